#pragma once
// Asking the running daemon: one framed JSON request and reply over the control socket
// (daemon/control.md).

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/instant.h"
#include "base/result.h"

namespace dsched {

struct DaemonStatus {
  int pid = 0;
  std::string version;
  Instant started_at{};
  std::size_t jobs = 0;
  std::size_t running = 0;
  bool draining = false;
};

struct ReloadReport {
  std::size_t jobs = 0;  // active now
  std::vector<std::string> added, changed, removed;
  std::vector<Diagnostic> diagnostics;
};

std::string control_socket_path(const std::string& run_directory);

// Blocking, with a deadline of a few seconds. ErrorCode::unavailable: no daemon there; denied: not
// ours.
Result<DaemonStatus> ask_status(const std::string& run_directory);
Result<ReloadReport> ask_reload(const std::string& run_directory);

}  // namespace dsched
