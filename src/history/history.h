#pragma once
// What happened: runs, attempts and decisions in one SQLite file (history/schema.md). One writer (the daemon, or a
// foreground run), any number of readers in other processes. Nothing here touches output files but to name them.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "model/run.h"

namespace dsched {

struct RunRecord {
  std::string run_id;
  std::string job;
  Instant firing_at{};
  Trigger trigger = Trigger::schedule;
  std::string host;
  std::uint64_t fence = 0;            // grows per job, set by the history when the run is claimed
  std::string supervisor;             // uuid of the supervisor process that has it; "foreground:<pid>" for dsched run
  std::string user;
  std::string log_path;               // of the first attempt; attempt N > 1: see attempt_log_path
  int max_attempts = 1;
  Instant claimed_at{};
  std::optional<Instant> started_at;
  std::optional<Instant> ended_at;
  std::optional<RunResult> result;    // none while it runs
  int exit_status = 0;                // as a shell would see it
  std::vector<Attempt> attempts;      // ended ones, in order
};

// RUN.log, RUN.2.log, ...
std::string attempt_log_path(const std::string& log_path, int attempt);

// Up to where a job's schedule has been decided. Never moves back but by an explicit re-base.
struct Cursor {
  std::string job;
  Instant decided_until{};
  std::uint64_t schedule_hash = 0;
};

// A change of history; all changes of one apply() are one transaction.
struct ClaimRun {          // decision `started` and its run, or nothing when the firing already has a decision
  Decision decision;
  RunRecord run;
};
struct AddDecision {       // skipped or missed; nothing when the firing already has one
  Decision decision;
};
struct AttemptStarted {
  AttemptKey key;
  Instant started_at{};
};
struct AttemptEnded {      // idempotent by key
  AttemptKey key;
  AttemptOutcome outcome;
};
struct RunEnded {          // idempotent by run
  std::string run_id;
  RunResult result = RunResult::ok;
  int exit_status = 0;
  Instant ended_at{};
};
struct MoveCursor {
  Cursor cursor;
};
struct ForgetJob {         // its cursor; runs stay
  std::string job;
};
using HistoryChange =
    std::variant<ClaimRun, AddDecision, AttemptStarted, AttemptEnded, RunEnded, MoveCursor, ForgetJob>;

struct AppliedChange {
  bool accepted = true;    // false: the firing already had a decision
  std::uint64_t fence = 0;  // of an accepted ClaimRun
};

struct RunQuery {
  std::vector<std::string> jobs;          // exact names; empty = all
  std::optional<Instant> since, until;    // by claimed_at, until exclusive
  std::vector<RunResult> results;         // empty = all, unfinished too
  std::string run_id_prefix;              // of the id or of its short form, any case
  bool unfinished_only = false;
  std::size_t limit = 0;                  // newest first; 0 = all
  std::size_t skip = 0;
};

struct DecisionQuery {
  std::vector<std::string> jobs;
  std::optional<Instant> since, until;    // by firing_at
  bool without_started = false;
  std::size_t limit = 0;                  // newest first
};

// What `list` shows of a job.
struct JobSummary {
  std::optional<RunRecord> last;                 // newest run, finished or not
  std::optional<Decision> last_decision;         // newest skip or miss, when newer than the last run
  std::optional<Instant> last_success_at;        // its end
  int consecutive_failures = 0;
  std::string recent;                            // last ten, oldest first: o ok, f failed, t timeout, k killed,
                                                 // c cancelled, l lost, s skipped, m missed, r running
  std::vector<RunRecord> running;
};

struct RunStatistics {
  std::uint64_t runs = 0, ok = 0, skipped = 0, missed = 0;
  Duration p50{0}, p95{0}, max{0};
  std::optional<Duration> longest_gap;           // between ends of successful runs
};

class HistoryReader {
 public:
  virtual ~HistoryReader() = default;
  virtual Result<std::vector<RunRecord>> runs(const RunQuery& query) = 0;
  virtual Result<std::vector<Decision>> decisions(const DecisionQuery& query) = 0;
  virtual Result<std::map<std::string, JobSummary>> summaries() = 0;       // jobs that have any history
  virtual Result<RunStatistics> statistics(const std::string& job, std::optional<Instant> since) = 0;
  virtual Result<std::vector<Cursor>> cursors() = 0;
  // The newest settled firing of each job, for jobs that wait for others: run result or skip/miss.
  struct Settled {
    std::string job;
    Instant firing_at{};
    std::optional<RunResult> result;  // none: skipped or missed
  };
  virtual Result<std::vector<Settled>> last_settled() = 0;
};

class History : public HistoryReader {
 public:
  // One transaction, on disk when it returns. Answers one entry per change. After an Error nothing of it happened and
  // the same changes may be applied again (no_space, io, unavailable when another process holds the lock too long).
  virtual Result<std::vector<AppliedChange>> apply(const std::vector<HistoryChange>& changes) = 0;

  // Drops runs and decisions beyond the policy; answers the log files (all attempts) that belong to dropped runs.
  virtual Result<std::vector<std::string>> prune(const std::string& job, Duration keep, int keep_runs, Instant now) = 0;
};

// Creates or migrates the file. A file that is no database, damaged, or written by a newer dsched is refused
// (ErrorCode::corrupt, ErrorCode::unsupported) with what to do, and left as it is.
Result<std::unique_ptr<History>> open_history(const std::string& path);

// ErrorCode::not_found when there is no file yet.
Result<std::unique_ptr<HistoryReader>> open_history_for_reading(const std::string& path);

}  // namespace dsched
