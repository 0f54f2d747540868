#include "supervise/launch.h"

#include <cerrno>

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dsched {

namespace {

constexpr int kHighestSignal = 64;

// Runs in a forked child: async-signal-safe calls only.
[[noreturn]] void become(char* const* argv) {
  const int null_device = ::open("/dev/null", O_RDONLY);
  ::dup2(null_device, STDIN_FILENO);
  ::syscall(SYS_close_range, 3, ~0U, 0);
  for (int number = 1; number <= kHighestSignal; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(argv[0], argv);
  ::_exit(127);
}

}  // namespace

Result<void> launch_detached(const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  for (const std::string& word : argv) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  const pid_t middle = ::fork();
  if (middle < 0) return system_error("cannot start the supervisor", errno);
  if (middle == 0) {
    ::setsid();
    if (::fork() == 0) become(pointers.data());
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(middle, &status, 0) < 0 && errno == EINTR) {
  }
  return {};
}

}  // namespace dsched
