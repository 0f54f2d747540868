#include "daemon/state_lock.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace dsched {

Result<StateLock> StateLock::take(const std::string& state_directory) {
  const std::string path = state_directory + "/daemon.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) return system_error("cannot open " + path, errno);
  StateLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error("cannot lock " + path, errno);
    char pid[24] = {};
    const ssize_t got = ::pread(fd, pid, sizeof pid - 1, 0);
    const std::string who =
        got > 1 ? " (pid " + std::string(pid, static_cast<std::size_t>(got) - 1) + ")" : "";
    return Error{ErrorCode::unavailable,
                 "another dsched daemon" + who + " is using " + state_directory,
                 "stop it first, or give this one a state directory of its own with --state"};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  // The pid is for people; the lock works without it.
  if (::ftruncate(fd, 0) == 0) [[maybe_unused]]
    const ssize_t written = ::pwrite(fd, pid.data(), pid.size(), 0);
  return lock;
}

StateLock::~StateLock() {
  if (fd_ >= 0) ::close(fd_);
}

StateLock::StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

}  // namespace dsched
