#pragma once
// Asking the running daemon: one framed JSON request and reply over the control socket
// (daemon/control.md).

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/diagnostic.h"
#include "base/instant.h"
#include "base/result.h"
#include "model/run.h"

namespace dsched {

struct StatusRequest {};
struct ReloadRequest {};
struct TriggerRequest {
  std::vector<std::string> jobs;
  Values params;
  std::vector<Instant> firings;  // of the past, to make up for, of the one job; empty: one now
  bool force = false;            // also while it is paused or running
};
struct StopRequest {
  std::string run_id;  // or
  std::string job;     // all of its runs, and what waits
  bool kill = false;
};
struct PauseRequest {
  std::vector<std::string> jobs;  // empty: all
  std::optional<Instant> until;
  std::string reason;
  bool kill = false;  // what runs of them
};
struct ResumeRequest {
  std::vector<std::string> jobs;  // empty: the pause of all jobs
};
struct ResolveRequest {
  std::string job;
};
struct SubmitRequest {
  std::string name;
  std::string definition;  // text of a job file
};
using ControlRequest = std::variant<StatusRequest, ReloadRequest, TriggerRequest, StopRequest,
                                    PauseRequest, ResumeRequest, ResolveRequest, SubmitRequest>;

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

// What became of a firing that was asked for.
struct TriggeredFiring {
  enum class State {
    started,
    waiting,
    skipped,
    refused,  // it has run already
  };
  std::string job;
  Instant firing_at{};
  State state = State::waiting;
  std::string run_id;               // when started
  Reason reason = Reason::started;  // what it waits for, or why it was skipped
  std::string detail;
};
std::string_view to_text(TriggeredFiring::State state);

struct StopReport {
  std::vector<std::string> stopping;  // run ids
  std::size_t taken_back = 0;         // firings that waited
};

struct PauseReport {
  std::vector<std::string> jobs;  // empty: all
  std::optional<Instant> until;
  std::vector<std::string> stopping;  // run ids
};

struct ResumeReport {
  std::vector<std::string> resumed, not_paused;  // "": all jobs
};

struct SubmitReport {
  std::string job;
  Instant firing_at{};
};

std::string control_socket_path(const std::string& run_directory);

// Blocking, with a deadline of some seconds. ErrorCode::unavailable: no daemon there; denied: not
// ours.
Result<DaemonStatus> ask_status(const std::string& run_directory);
Result<ReloadReport> ask_reload(const std::string& run_directory);
Result<std::vector<TriggeredFiring>> ask_trigger(const std::string& run_directory,
                                                 TriggerRequest request);
Result<StopReport> ask_stop(const std::string& run_directory, StopRequest request);
Result<PauseReport> ask_pause(const std::string& run_directory, PauseRequest request);
Result<ResumeReport> ask_resume(const std::string& run_directory, ResumeRequest request);
Result<ResumeReport> ask_resolve(const std::string& run_directory, ResolveRequest request);
Result<SubmitReport> ask_submit(const std::string& run_directory, SubmitRequest request);

}  // namespace dsched
