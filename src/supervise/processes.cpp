#include "supervise/processes.h"

#include <charconv>

#include <dirent.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "supervise/descriptor.h"
#include "supervise/small_file.h"

namespace dsched {

namespace {

template <class Integer>
Integer number(std::string_view text) {
  Integer value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool carries(pid_t pid, std::string_view entry) {
  const std::string environment = read_small_file(fmt::format("/proc/{}/environ", pid));
  for (const std::string_view part : split(environment, '\0')) {
    if (part == entry) return true;
  }
  return false;
}

std::vector<pid_t> all_processes() {
  std::vector<pid_t> pids;
  DIR* directory = ::opendir("/proc");
  if (directory == nullptr) return pids;
  while (const dirent* entry = ::readdir(directory)) {
    if (const pid_t pid = number<pid_t>(entry->d_name); pid > 0) pids.push_back(pid);
  }
  ::closedir(directory);
  return pids;
}

}  // namespace

bool read_process(pid_t pid, ProcessInfo& info) {
  const std::string text = read_small_file(fmt::format("/proc/{}/stat", pid));
  // The name in parentheses may hold anything, parentheses included. What follows counts from
  // field 3.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return false;
  const auto fields = split_words(std::string_view(text).substr(name_end + 1));
  if (fields.size() < 20) return false;
  info = {pid, fields[0].front(), number<pid_t>(fields[2]), number<pid_t>(fields[3]),
          number<std::uint64_t>(fields[19])};
  return true;
}

std::vector<pid_t> processes_of(const std::string& run_id, pid_t session) {
  const std::string entry = "DSCHED_RUN_ID=" + run_id;
  std::vector<pid_t> found;
  for (const pid_t pid : all_processes()) {
    ProcessInfo info;
    if (pid == ::getpid() || !read_process(pid, info) || info.state == 'Z') continue;
    const bool in_session = session > 0 && (info.session == session || info.group == session);
    if (in_session || carries(pid, entry)) found.push_back(pid);
  }
  return found;
}

bool wait_until_ended(const std::vector<pid_t>& pids, int timeout_ms) {
  bool all = true;
  for (const pid_t pid : pids) {
    const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process) continue;
    pollfd end{process.get(), POLLIN, 0};
    all = ::poll(&end, 1, timeout_ms) == 1 && all;
  }
  return all;
}

}  // namespace dsched
