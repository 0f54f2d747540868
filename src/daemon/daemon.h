#pragma once
// The scheduler process: files -> engine -> supervisor and history, until it is told to stop.

#include <functional>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "daemon/world.h"
#include "time/zone_database.h"

namespace dsched {

struct DaemonOptions {
  ConfigSources sources;
  std::string state_directory;  // history, journals, locks
  std::string run_directory;    // sockets
  std::string log_directory;    // output of runs
  std::string program;          // this binary, to start the supervisor with
  std::string version;
  std::string notify_socket;         // $NOTIFY_SOCKET, may be empty
  std::optional<Duration> watchdog;  // $WATCHDOG_USEC for us
  bool once = false;                 // decide and run what is due now, then end
  bool dry_run = false;              // log decisions, start nothing, write nothing
  bool tee_output = false;           // every job's output also to our standard output
};

// Blocks until stopped. Errors are those of starting: another daemon has the state directory
// (unavailable), state not writable (denied, no_space, io), history refused (corrupt, unsupported),
// no file could be read. Faults of job files are logged, not returned.
Result<void> run_daemon(World world, const HostFacts& host, const DaemonOptions& options,
                        ZoneDatabase& zones, Log& log);

}  // namespace dsched
