#pragma once
// `dsched run`: the engine driven in the foreground, with the attempts as children of this process.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "daemon/world.h"
#include "history/history.h"
#include "model/job.h"
#include "model/limits.h"
#include "model/run.h"
#include "supervise/attempts.h"

namespace dsched {

struct ForegroundOptions {
  // The jobs of this invocation, upstreams included; all of them get one firing, now. With
  // by_schedule they fire by their timetables instead, until the user interrupts.
  std::vector<Job> jobs;
  bool by_schedule = false;
  int parallel = 1;               // attempts at a time
  bool keep_going = false;        // go on with what does not depend on a failed job
  bool as_daemon = false;         // the daemon's environment and directory instead of ours
  std::string working_directory;  // directory of jobs without `dir` when not as_daemon
  Limits limits;                  // pools and resources; `parallel` is its max_running
  Values params;                  // of all runs
  std::string scratch_place;      // where private directories are made; empty: there are none
  std::string log_directory;      // where output files go; empty: none are kept
  std::string foreground_id;      // RunRecord::supervisor
};

struct ForegroundListener {
  std::function<void(const Job&, const RunRecord&, int attempt)> on_started;
  std::function<void(const Job&, OutputStream, std::string_view)> on_output;
  // An attempt failed and another follows after the pause.
  std::function<void(const Job&, int attempt, const AttemptOutcome&, Duration pause)> on_retry;
  std::function<void(const Job&, const RunRecord&)> on_ended;
  std::function<void(const Decision&)> on_decision;  // skipped or missed
  std::function<void(int count)> on_interrupt;       // 1: stopping what runs, 2: killing it
  std::function<void(const Error&)>
      on_history_trouble;  // runs go on without being recorded; told once
};

struct ForegroundReport {
  std::vector<RunRecord> runs;      // in order of their ends
  std::vector<Decision> decisions;  // skipped and missed
  int interrupted_by = 0;           // signal number, 0 = not
};

// Runs until all is settled. history may be null (nothing is recorded).
ForegroundReport run_foreground(World world, const HostFacts& host, ForegroundOptions options,
                                History* history, ForegroundListener listener);

}  // namespace dsched
