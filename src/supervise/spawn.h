#pragma once
// Starts one process. The child shares our memory until exec (CLONE_VM), so the cost does not grow
// with our size; and we do not wait for it (no CLONE_VFORK), so a directory or program on a dead
// file server hangs only that child.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/types.h>

#include "base/result.h"
#include "model/run.h"
#include "supervise/start_request.h"

namespace dsched {

struct SpawnPlan {
  std::vector<std::string> argv;  // never empty; argv[0] without '/' is searched in PATH of env
  std::vector<std::string> env;
  std::string dir;  // empty: ours
  std::optional<Identity> identity;
  std::uint32_t umask = 022;
  std::string input_path;  // opened by the child, as its user; empty: `input` is its standard input
  // Descriptors are the caller's and may be closed after spawn(). They are > 2.
  int input = -1;
  int output = -1;
  int error = -1;
  int cgroup_procs = -1;             // -1: no cgroup
  std::optional<rlimit> open_files;  // RLIMIT_NOFILE of the job; none: ours
};

// A child between clone and exec.
class Spawning {
 public:
  virtual ~Spawning() = default;  // Requires: finished, or the child is being killed
  virtual pid_t pid() const = 0;
  // Becomes readable when the child has passed exec, has failed, or is dead.
  virtual int status_fd() const = 0;
  // Requires: status_fd is readable. None: exec has passed. The child of a failure exits by itself.
  virtual std::optional<StartFailure> finish() = 0;
  // After finish(): the errno with which the child could not join its cgroup (it went on without),
  // or 0.
  virtual int cgroup_error() const = 0;
};

// The failure is that of making the process (StartStep::fork).
tl::expected<std::unique_ptr<Spawning>, StartFailure> spawn(SpawnPlan plan);

// Where execvp(3) would look for the program `name` in the environment `env`.
std::vector<std::string> program_candidates(const std::string& name,
                                            const std::vector<std::string>& env);

}  // namespace dsched
