#include "env/real/fed_program.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace dsched {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostSaidBytes = 1000;

// As process 1 the daemon reaps every child, ours too, and the exit status is gone. So it comes
// through descriptor 3, from a shell around the program.
constexpr const char* kWrapper = "\"$@\" 3>&-; echo $? >&3";

class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  ~OwnedFd() { reset(); }
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  OwnedFd read_end, write_end;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("cannot make a pipe", errno);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Pipe{OwnedFd(ends[0]), OwnedFd(ends[1])};
}

// All of the input in a file without a name: nobody has to feed it, and no pipe can break.
Result<OwnedFd> file_with(const std::string& input) {
  OwnedFd file(::memfd_create("message", MFD_CLOEXEC));
  if (file.get() < 0) return system_error("cannot hold the message", errno);
  for (std::size_t done = 0; done < input.size();) {
    const ssize_t written = ::write(file.get(), input.data() + done, input.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("cannot hold the message", errno);
    done += static_cast<std::size_t>(written);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

class SpawnSettings {
 public:
  SpawnSettings() {
    DSCHED_CHECK(::posix_spawnattr_init(&attributes_) == 0);
    DSCHED_CHECK(::posix_spawn_file_actions_init(&actions_) == 0);
    // Worker threads block all signals, and the daemon handles some.
    sigset_t signals;
    sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    ::posix_spawn_file_actions_addchdir_np(&actions_, "/");
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  void connect(const OwnedFd& source, int target) {
    ::posix_spawn_file_actions_adddup2(&actions_, source.get(), target);
  }
  const posix_spawnattr_t* attributes() const { return &attributes_; }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
};

// Reads what is there. Answers false at the end.
bool read_some(int fd, std::string& text) {
  std::array<char, 4096> bytes;
  for (;;) {
    const ssize_t got = ::read(fd, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    text.append(bytes.data(), static_cast<std::size_t>(got));
    if (text.size() > kMostSaidBytes) text.erase(0, text.size() - kMostSaidBytes);
    if (static_cast<std::size_t>(got) < bytes.size()) return true;
  }
}

int left_until(SteadyClock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

// Until the status has come, or nobody is left who could send it.
ProgramEnd watch(const Pipe& status, const Pipe& output, Duration timeout, const StopFlag& stop) {
  const SteadyClock::time_point deadline = SteadyClock::now() + timeout;
  ProgramEnd end;
  std::string status_line;
  pollfd ready[] = {{status.read_end.get(), POLLIN, 0},
                    {output.read_end.get(), POLLIN, 0},
                    {stop.fd(), POLLIN, 0}};
  for (bool open = true; open && status_line.find('\n') == std::string::npos;) {
    const int count = ::poll(ready, std::size(ready), left_until(deadline));
    if (count < 0) continue;
    end.timed_out = count == 0;
    end.stopped = ready[2].revents != 0;
    if (end.timed_out || end.stopped) break;
    // A program that has closed its outputs goes on.
    if (ready[1].revents != 0 && !read_some(ready[1].fd, end.said)) ready[1].fd = -1;
    if (ready[0].revents != 0) open = read_some(ready[0].fd, status_line);
  }
  if (ready[1].fd >= 0) read_some(ready[1].fd, end.said);
  int exit = 0;
  const auto [last, fault] =
      std::from_chars(status_line.data(), status_line.data() + status_line.size(), exit);
  if (fault == std::errc{}) end.status = exit;
  return end;
}

}  // namespace

Result<ProgramEnd> run_fed_program(const FedProgram& program, const StopFlag& stop) {
  DSCHED_TRY_ASSIGN(OwnedFd input, file_with(program.input));
  DSCHED_TRY_ASSIGN(Pipe status, make_pipe());
  DSCHED_TRY_ASSIGN(Pipe output, make_pipe());
  SpawnSettings settings;
  settings.connect(input, 0);
  settings.connect(output.write_end, 1);
  settings.connect(output.write_end, 2);
  settings.connect(status.write_end, 3);
  std::vector<std::string> argv = {"/bin/sh", "-c", kWrapper, "sh"};
  argv.insert(argv.end(), program.argv.begin(), program.argv.end());
  std::vector<std::string> environment = program.environment;
  pid_t pid = -1;
  const int fault =
      ::posix_spawn(&pid, argv.front().c_str(), settings.actions(), settings.attributes(),
                    pointers(argv).data(), pointers(environment).data());
  if (fault != 0) return system_error("cannot start " + program.argv.front(), fault);
  status.write_end.reset();
  output.write_end.reset();
  ProgramEnd end = watch(status, output, program.timeout, stop);
  if (!end.status) ::kill(-pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return end;
}

}  // namespace dsched
