#pragma once
// Control groups (version 2) as containers of processes: nothing a job starts can leave its group.
// No controller is needed. Works where the group of this process is delegated to it; elsewhere
// there are none and callers do without.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "supervise/descriptor.h"

namespace dsched {

class Cgroups {
 public:
  // Makes "dsched-<pid>" below the group of this process. nullptr when that is not possible.
  static std::unique_ptr<Cgroups> open();
  ~Cgroups();  // removes the group when it is empty
  Cgroups(const Cgroups&) = delete;
  Cgroups& operator=(const Cgroups&) = delete;

  // The directory of a new group; it does not exist yet. name has no '/'.
  std::string path_of(std::string_view name) const;
  // Makes the group; the descriptor is that of its cgroup.procs, > 2. Not valid when it cannot be
  // made.
  Descriptor make(const std::string& path);

 private:
  explicit Cgroups(std::string root) : root_(std::move(root)) {}
  std::string root_;
};

// Of a group and all groups below it. Groups that are gone have no processes.
std::vector<pid_t> cgroup_processes(const std::string& path);
void signal_cgroup(const std::string& path, int signal_number);
// Kills all at once where the kernel can (5.14), one by one otherwise.
void kill_cgroup(const std::string& path);
// True when it is gone now: it was empty, or did not exist.
bool remove_cgroup(const std::string& path);

}  // namespace dsched
