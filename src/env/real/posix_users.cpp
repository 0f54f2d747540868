#include "env/real/posix_users.h"

#include <cerrno>
#include <charconv>
#include <optional>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace dsched {

namespace {

constexpr std::size_t kMaxEntryBytes = std::size_t{1} << 20;

std::optional<std::uint32_t> parse_id(const std::string& text) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

// Calls one of the get*_r functions with a buffer that grows until the entry fits. Answers whether
// there is an entry.
template <class Entry, class Get>
Result<bool> look_up(Entry& entry, std::string& buffer, const std::string& what, Get get) {
  Entry* found = nullptr;
  for (buffer.resize(4096); buffer.size() <= kMaxEntryBytes; buffer.resize(buffer.size() * 2)) {
    const int error = get(&entry, buffer.data(), buffer.size(), &found);
    if (error == 0) return found != nullptr;
    if (error != ERANGE && error != EINTR) return system_error("cannot look up " + what, error);
  }
  return Error{ErrorCode::io, "cannot look up " + what + ": the entry is too large", ""};
}

std::vector<std::uint32_t> groups_of(const char* name, gid_t gid) {
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  while (getgrouplist(name, gid, groups.data(), &count) < 0)
    groups.resize(static_cast<std::size_t>(count));
  groups.resize(static_cast<std::size_t>(count));
  return {groups.begin(), groups.end()};
}

User to_user(const passwd& entry) {
  return User{entry.pw_name, entry.pw_uid,   entry.pw_gid,
              entry.pw_dir,  entry.pw_shell, groups_of(entry.pw_name, entry.pw_gid)};
}

class PosixUsers final : public Users {
 public:
  Result<User> find(const std::string& name) override {
    passwd entry{};
    std::string buffer;
    DSCHED_TRY_ASSIGN(bool found, look_up(entry, buffer, "user '" + name + "'", [&](auto... rest) {
                        return getpwnam_r(name.c_str(), rest...);
                      }));
    if (found) return to_user(entry);
    if (auto uid = parse_id(name)) return find_uid(*uid);
    return Error{ErrorCode::not_found, "there is no user '" + name + "'", ""};
  }

  Result<User> current() override {
    auto user = find_uid(geteuid());
    if (user || user.error().code != ErrorCode::not_found) return user;
    // A uid without an entry is usual in containers.
    const std::string id = std::to_string(geteuid());
    return User{id, geteuid(), getegid(), "/", "/bin/sh", {getegid()}};
  }

  Result<std::uint32_t> find_group(const std::string& name) override {
    group entry{};
    std::string buffer;
    DSCHED_TRY_ASSIGN(bool found, look_up(entry, buffer, "group '" + name + "'", [&](auto... rest) {
                        return getgrnam_r(name.c_str(), rest...);
                      }));
    if (found) return entry.gr_gid;
    if (auto gid = parse_id(name)) return *gid;
    return Error{ErrorCode::not_found, "there is no group '" + name + "'", ""};
  }

 private:
  Result<User> find_uid(std::uint32_t uid) {
    passwd entry{};
    std::string buffer;
    const std::string what = "uid " + std::to_string(uid);
    DSCHED_TRY_ASSIGN(bool found, look_up(entry, buffer, what,
                                          [&](auto... rest) { return getpwuid_r(uid, rest...); }));
    if (!found) return Error{ErrorCode::not_found, "there is no user with " + what, ""};
    return to_user(entry);
  }
};

}  // namespace

std::unique_ptr<Users> make_posix_users() {
  return std::make_unique<PosixUsers>();
}

}  // namespace dsched
