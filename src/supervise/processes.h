#pragma once
// Finding and ending the processes of an attempt where no cgroup holds them: by session, process
// group, and the DSCHED_RUN_ID in their environment.

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace dsched {

struct ProcessInfo {
  pid_t pid = 0;
  char state = '?';  // 'Z': dead, not yet reaped
  pid_t group = 0;
  pid_t session = 0;
  std::uint64_t start_ticks = 0;
};

// False when there is no such process.
bool read_process(pid_t pid, ProcessInfo& info);

// What belongs to an attempt: the session (and group) of its main process, and whatever carries its
// run id. Zombies and this process are left out. session 0: by run id only.
std::vector<pid_t> processes_of(const std::string& run_id, pid_t session);

// True when all of pids ended within the time; waits for events, not by looking again.
bool wait_until_ended(const std::vector<pid_t>& pids, int timeout_ms);

}  // namespace dsched
