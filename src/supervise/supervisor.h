#pragma once
// The supervisor process: the parent of every job of one state directory (supervise/protocol.md,
// supervise/journal.md). It outlives its daemon, starts each attempt key at most once, and keeps
// every outcome in its journal until the daemon has acknowledged that it is in the history.

#include <string>

#include "base/log.h"
#include "base/result.h"
#include "env/clock.h"
#include "env/entropy.h"
#include "env/loop.h"

namespace dsched {

struct SupervisorPaths {
  std::string socket;   // run directory / supervisor.sock
  std::string journal;  // state directory / supervisor.journal
  std::string lock;     // state directory / supervisor.lock: held while a supervisor lives
};
SupervisorPaths supervisor_paths(const std::string& state_directory,
                                 const std::string& run_directory);

// Serves until it is asked to end, or until it is idle without a daemon for `linger`. Errors:
// another supervisor holds the lock (unavailable), journal damaged beyond a torn tail (corrupt),
// socket cannot be made (io, denied).
Result<void> run_supervisor(const SupervisorPaths& paths, Loop& loop, Clock& clock,
                            Entropy& entropy, Log& log, Duration linger = std::chrono::seconds{10});

}  // namespace dsched
