#pragma once
// The child's part of starting a process: from clone to execve, in memory that it shares with its
// running parent. It makes raw system calls only (raw_syscall.h) and reads only what is laid out
// here beforehand.

#include <cstddef>
#include <cstdint>

#include <sys/types.h>

#include "model/run.h"

namespace dsched {

// Laid out by the parent; valid and unchanged until the child has passed exec or is dead.
struct ChildPlan {
  char* const* argv = nullptr;      // ends in nullptr
  char* const* env = nullptr;       // ends in nullptr
  char* const* programs = nullptr;  // tried in turn by the rules of execvp(3); ends in nullptr
  const char* dir = nullptr;        // nullptr: stay
  std::uint32_t umask = 022;
  bool change_identity = false;
  uid_t uid = 0;
  gid_t gid = 0;
  const std::uint32_t* groups = nullptr;  // nullptr: keep (no privilege to set them)
  std::size_t group_count = 0;
  int cgroup_procs = -1;  // cgroup.procs to join; -1: none
  const char* input_path =
      nullptr;  // opened by the child, as its user and in its directory; nullptr: input
  int input = -1;
  int output = -1;
  int error = -1;
  int status = -1;  // write end of the status pipe, close-on-exec; all descriptors here are > 2
  pid_t parent = 0;
  std::uint64_t open_files_soft = 0;  // RLIMIT_NOFILE of the job; 0: as it is
  std::uint64_t open_files_hard = 0;

  // Answers of the child, to be read when the status pipe has told the end of its part.
  int cgroup_error = 0;  // why it could not join; it went on without
};

// What comes through the status pipe when a step failed. Nothing comes when exec has passed.
struct ChildFailure {
  std::uint32_t step = 0;  // StartStep
  std::int32_t error_number = 0;
};

// The entry point of the child. Does not return.
int run_child(void* plan);

}  // namespace dsched
