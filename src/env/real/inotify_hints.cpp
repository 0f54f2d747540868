#include "env/real/inotify_hints.h"

#include <array>
#include <cerrno>
#include <set>
#include <utility>

#include <sys/inotify.h>
#include <unistd.h>

namespace dsched {

namespace {

constexpr std::uint32_t kWhatCounts = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                      IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF |
                                      IN_MOVE_SELF | IN_ONLYDIR;

class InotifyHints final : public DirectoryHints {
 public:
  explicit InotifyHints(int fd) : fd_(fd) {}
  ~InotifyHints() override { ::close(fd_); }
  InotifyHints(const InotifyHints&) = delete;
  InotifyHints& operator=(const InotifyHints&) = delete;

  // Watches belong to inodes: a directory that is there already keeps its number, also when it is
  // added by another path.
  Result<void> add(const std::string& directory) override {
    const int watch = ::inotify_add_watch(fd_, directory.c_str(), kWhatCounts);
    if (watch < 0) {
      const int error = errno;
      Error refused = system_error("cannot watch " + directory, error);
      if (error == ENOSPC) refused.hint = "raise the sysctl fs.inotify.max_user_watches";
      return refused;
    }
    added_.insert(watch);
    return {};
  }

  // The watch of a directory that was removed is gone already, which rm_watch may well find.
  void drop_others() override {
    for (const int watch : watches_) {
      if (added_.count(watch) == 0) ::inotify_rm_watch(fd_, watch);
    }
    watches_ = std::exchange(added_, {});
  }

  int descriptor() const override { return fd_; }

  // What the events say does not matter, and an overflow is a hint as good as any.
  void take() override {
    std::array<char, 64 << 10> events;
    while (::read(fd_, events.data(), events.size()) > 0) {
    }
  }

 private:
  int fd_;
  std::set<int> watches_;
  std::set<int> added_;  // since drop_others
};

}  // namespace

Result<std::unique_ptr<DirectoryHints>> make_inotify_hints() {
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) {
    Error refused = system_error("cannot watch directories", errno);
    refused.hint = "raise the sysctl fs.inotify.max_user_instances";
    return refused;
  }
  return std::make_unique<InotifyHints>(fd);
}

}  // namespace dsched
