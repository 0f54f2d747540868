#pragma once
// What is written down about runs, and the changes that write it: the language between the engine,
// which decides, and the history, which keeps. Plain data, owned by value.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "model/run.h"

namespace dsched {

struct RunRecord {
  std::string run_id;
  std::string job;
  Instant firing_at{};
  Trigger trigger = Trigger::schedule;
  std::string host;
  std::uint64_t fence = 0;  // grows per job, set by the history when the run is claimed
  std::string
      supervisor;  // uuid of the supervisor process that has it; "foreground:<pid>" for dsched run
  std::string user;
  std::string log_path;  // of the first attempt; attempt N > 1: see attempt_log_path
  int max_attempts = 1;
  Instant claimed_at{};
  std::optional<Instant> started_at;
  std::optional<Instant> ended_at;
  std::optional<RunResult> result;       // none while it runs
  int exit_status = 0;                   // as a shell would see it
  std::vector<Attempt> attempts;         // ended ones, in order
  std::optional<Instant> running_since;  // the attempt after those has started, then
};

// Up to where a job's schedule has been decided. Moves back by RebaseJob only.
struct JobCursor {
  std::string job;
  Instant decided_until{};
  std::uint64_t schedule_hash = 0;
};

// A change of history; all changes of one apply() are one transaction.
// Decision `started` and its run, or nothing when the firing already has a decision, or lies in the
// range of one (manual firings are their own: only the same instant refuses them). Requires: both
// name the same job and firing_at. What is known of a run later (fence, started_at, ended_at,
// result, attempts) is not taken from `run`.
struct ClaimRun {
  Decision decision;
  RunRecord run;
};
struct AddDecision {  // skipped or missed; nothing when the firing already has one, or lies in the
                      // range of one
  Decision decision;
};
struct AttemptStarted {
  AttemptKey key;
  Instant started_at{};
};
struct AttemptEnded {  // idempotent by key
  AttemptKey key;
  AttemptOutcome outcome;
};
struct RunEnded {  // idempotent by run
  std::string run_id;
  RunResult result = RunResult::ok;
  int exit_status = 0;
  Instant ended_at{};
};
struct MoveCursor {
  JobCursor cursor;
};
struct ForgetJob {  // its cursor; runs stay
  std::string job;
};
// The wall clock had been wrong: the cursor goes back, and what was skipped or missed after it is
// no longer decided. Runs that were started stay decided. The count of a missed span that is cut
// stays as it was.
struct RebaseJob {
  JobCursor cursor;
};
using HistoryChange = std::variant<ClaimRun, AddDecision, AttemptStarted, AttemptEnded, RunEnded,
                                   MoveCursor, ForgetJob, RebaseJob>;

// How the newest firing of a job settled.
struct SettledFiring {
  std::string job;
  Instant firing_at{};
  std::optional<RunResult> result;  // none: skipped or missed
};

}  // namespace dsched
