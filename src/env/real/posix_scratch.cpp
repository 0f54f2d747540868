#include "env/real/posix_scratch.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dsched {

namespace {

namespace fs = std::filesystem;

using Owner = std::optional<std::pair<std::uint32_t, std::uint32_t>>;

Result<void> make_directory(const std::string& path, mode_t mode, const Owner& owner) {
  if (::mkdir(path.c_str(), mode) != 0) return system_error("cannot make " + path, errno);
  if (owner && ::lchown(path.c_str(), owner->first, owner->second) != 0)
    return system_error("cannot give " + path + " to the user", errno);
  return {};
}

Result<void> make_file(const std::string& path, const Owner& owner) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return system_error("cannot make " + path, errno);
  const bool given = !owner || ::fchown(fd, owner->first, owner->second) == 0;
  const int error = errno;
  ::close(fd);
  if (!given) return system_error("cannot give " + path + " to the user", error);
  return {};
}

class PosixScratch final : public Scratch {
 public:
  Result<ScratchPaths> make(const std::string& place, const std::string& name,
                            Owner owner) override {
    const std::string whole = place + "/" + name;
    ScratchPaths paths{whole + "/tmp", whole + "/output"};
    // Others pass through the place, but cannot look around in it.
    if (::mkdir(place.c_str(), 0711) != 0 && errno != EEXIST)
      return system_error("cannot make " + place, errno);
    remove(place, name);
    DSCHED_TRY(make_directory(whole, 0700, owner));
    DSCHED_TRY(make_directory(paths.directory, 0700, owner));
    DSCHED_TRY(make_file(paths.output, owner));
    return paths;
  }

  std::string read_output(const std::string& place, const std::string& name,
                          std::size_t max_bytes) override {
    const std::string path = place + "/" + name + "/output";
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return "";
    std::string text;
    struct stat status {};
    if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
      text.resize(max_bytes);
      const ssize_t got = ::read(fd, text.data(), max_bytes);
      text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    ::close(fd);
    return text;
  }

  void remove(const std::string& place, const std::string& name) override {
    std::error_code ignored;
    fs::remove_all(fs::path(place) / name, ignored);
  }

  std::vector<std::string> names(const std::string& place) override {
    std::vector<std::string> names;
    std::error_code ignored;
    for (fs::directory_iterator entry(place, ignored), end; entry != end; entry.increment(ignored))
      names.push_back(entry->path().filename());
    return names;
  }
};

}  // namespace

std::unique_ptr<Scratch> make_posix_scratch() {
  return std::make_unique<PosixScratch>();
}

}  // namespace dsched
