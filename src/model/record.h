#pragma once
// What is written down about runs, and the changes that write it: the language between the engine,
// which decides, and the history, which keeps. Plain data, owned by value.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "model/job.h"
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
  Values params;
  Values outputs;  // of the last attempt
};

// A firing that is due and may not start yet. It has no decision; claiming or deciding it ends the
// wait.
struct WaitingRecord {
  std::string job;
  Instant firing_at{};
  Trigger trigger = Trigger::schedule;
  Instant since{};
  Reason reason = Reason::pool_full;  // what it waits for
  std::string detail;
  Values params = {};
  // Of one that somebody asked for: whatever the rules say, and after these others of the request.
  bool force = false;
  std::vector<std::string> upstreams = {};
};

// Nothing of the job starts until this is lifted.
struct Pause {
  enum class Kind {
    person,    // `dsched pause`
    failures,  // pause_after_failures
    lost,      // pause_after_lost
    hold,      // on_lost = "hold": until `dsched resolve`
  };
  std::string job;  // empty: all jobs
  Kind kind = Kind::person;
  Instant since{};
  std::optional<Instant> until;
  std::string who;
  std::string reason;
};

// Something people should hear of. One per (job, kind, about).
struct Alert {
  std::string job;
  AlertKind kind = AlertKind::failure;
  Instant about{};  // the firing, or since when nothing happened
  Instant raised_at{};
  std::string run_id;   // may be empty
  std::string subject;  // one line, without the job's command
  std::string text;
  // "mailto:a@b", "webhook:0" (the first), "command". What they are is in the job's file: URLs and
  // commands may hold secrets, and the history may be read by everybody.
  std::vector<std::string> channels;
};

// What the engine has to know of a job's past.
struct JobPast {
  std::string job;
  int consecutive_failures = 0;
  int consecutive_lost = 0;
  std::optional<Instant> first_seen_at = {};  // its first decision
  std::optional<Instant> last_success_at = {};
  std::vector<Duration> durations = {};  // of the newest 20 successful runs, newest last
  std::vector<std::pair<AlertKind, Instant>> last_alerts =
      {};  // raised_at of the newest of each kind
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
  bool make_up = false;  // takes the place of a skip or a miss (backfill)
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
  Values outputs{};
};
struct MoveCursor {
  JobCursor cursor;
};
struct ForgetJob {  // its cursor and what waits; runs and its pause stay
  std::string job;
};
// The wall clock had been wrong: the cursor goes back, and what was skipped or missed after it is
// no longer decided; what waits after it and will come again by the schedule waits no longer. Runs
// that were started stay decided. The count of a missed span that is cut stays as it was.
struct RebaseJob {
  JobCursor cursor;
};
struct BeginWaiting {  // replaces what is known of the same firing; nothing when it is decided
  WaitingRecord waiting;
};
struct SetPause {  // replaces the job's pause
  Pause pause;
};
struct EndPause {
  std::string job;
};
struct RaiseAlert {  // nothing when it was raised before
  Alert alert;
};
// One try to hand an alert over on one channel; not from the engine. Nothing when that is over.
struct DeliveryTried {
  std::int64_t delivery_id = 0;
  Instant at{};
  std::string error;                   // empty: delivered
  std::optional<Instant> next_try_at;  // none with an error: given up
};
using HistoryChange =
    std::variant<ClaimRun, AddDecision, AttemptStarted, AttemptEnded, RunEnded, MoveCursor,
                 ForgetJob, RebaseJob, BeginWaiting, SetPause, EndPause, RaiseAlert, DeliveryTried>;

// How the newest firing of a job settled.
struct SettledFiring {
  std::string job;
  Instant firing_at{};
  std::optional<RunResult> result;  // none: skipped or missed
  Values outputs{};
};

}  // namespace dsched
