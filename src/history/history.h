#pragma once
// What happened: runs, attempts and decisions in one SQLite file (history/schema.md). One writer
// (the daemon, or a foreground run), any number of readers in other processes. Nothing here touches
// output files but to name them.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "model/record.h"

namespace dsched {

// RUN.log, RUN.2.log, ...
std::string attempt_log_path(const std::string& log_path, int attempt);
// Standard error of a job with capture = "separate": RUN.err, RUN.2.err, ...
std::string attempt_error_path(const std::string& log_path, int attempt);

struct AppliedChange {
  // False: nothing changed, because the firing already had a decision, the run or delivery is not
  // known (any more), the delivery was over, or the cursor would have moved back. Telling again
  // what is recorded already is accepted.
  bool accepted = true;
  std::uint64_t fence = 0;  // of an accepted ClaimRun
};

struct RunQuery {
  std::vector<std::string> jobs;        // exact names; empty = all
  std::optional<Instant> since, until;  // by claimed_at, until exclusive
  std::vector<RunResult> results;       // empty = all, unfinished too
  std::string run_id_prefix;            // of the id or of its short form, any case
  std::optional<Instant> firing_at;     // of exactly this firing
  bool unfinished_only = false;
  std::size_t limit = 0;  // newest first; 0 = all
  std::size_t skip = 0;
};

struct DecisionQuery {
  std::vector<std::string> jobs;
  std::optional<Instant> since, until;  // by firing_at
  bool without_started = false;
  std::size_t limit = 0;  // newest first
};

// What `list` shows of a job.
struct JobSummary {
  std::optional<RunRecord> last;           // newest run, finished or not
  std::optional<Decision> last_decision;   // newest skip or miss, when newer than the last run
  std::optional<Instant> last_success_at;  // its end
  int consecutive_failures = 0;
  std::string recent;  // last ten, oldest first: o ok, f failed, t timeout, k killed,
                       // c cancelled, l lost, s skipped, m missed, r running
  std::vector<RunRecord> running;
};

// Of ended runs. A run took what its attempts took together, by the boot clock; waits between them
// do not count.
struct RunStatistics {
  std::uint64_t runs = 0, ok = 0, skipped = 0, missed = 0;
  Duration p50{0}, p95{0}, max{0};
  std::optional<Duration> longest_gap;  // between ends of successful runs
};

struct AlertQuery {
  std::vector<std::string> jobs;
  std::optional<Instant> since;  // by raised_at
  std::size_t limit = 0;         // newest first
};

// An alert on its way to one channel.
struct Delivery {
  std::int64_t id = 0;
  std::string channel;
  int tries = 0;
  std::optional<Instant> tried_at;     // the last try
  std::optional<Instant> next_try_at;  // none: over
  std::string error;  // of the last try; when over: empty = delivered, else given up
};

struct AlertRecord {
  Alert alert;
  std::vector<Delivery> deliveries;  // one for each of its channels
};

struct DueDelivery {
  Alert alert;
  Delivery delivery;
};

// A reader or writer may be handed from thread to thread, but is used by one at a time.
class HistoryReader {
 public:
  virtual ~HistoryReader() = default;
  virtual Result<std::vector<RunRecord>> runs(const RunQuery& query) = 0;
  virtual Result<std::vector<Decision>> decisions(const DecisionQuery& query) = 0;
  // The decision that the firing has, of its own or as one of a range.
  virtual Result<std::optional<Decision>> decision_at(const std::string& job,
                                                      Instant firing_at) = 0;
  virtual Result<std::map<std::string, JobSummary>> summaries() = 0;  // jobs that have any history
  virtual Result<RunStatistics> statistics(const std::string& job,
                                           std::optional<Instant> since) = 0;
  virtual Result<std::vector<JobCursor>> cursors() = 0;
  // The newest settled firing of each job, for jobs that wait for others.
  virtual Result<std::vector<SettledFiring>> last_settled() = 0;
  // Of every job that was ever seen, in order of their names.
  virtual Result<std::vector<JobPast>> pasts() = 0;
  // In order of firing_at; no jobs = of all.
  virtual Result<std::vector<WaitingRecord>> waiting(const std::vector<std::string>& jobs) = 0;
  // Also those whose end has passed and nobody has ended.
  virtual Result<std::vector<Pause>> pauses() = 0;
  virtual Result<std::vector<AlertRecord>> alerts(const AlertQuery& query) = 0;
  // What is to be delivered by now, the longest due first; limit 0 = all. What was raised or tried
  // later than now is due as well: the clock had been wrong.
  virtual Result<std::vector<DueDelivery>> deliveries_due(Instant now, std::size_t limit) = 0;
  // When the next delivery is due; none when all are over.
  virtual Result<std::optional<Instant>> next_delivery_at(Instant now) = 0;
};

class History : public HistoryReader {
 public:
  // One transaction, on disk when it returns. Answers one entry per change. After an Error nothing
  // of it happened and the same changes may be applied again (no_space, io, unavailable when
  // another process holds the lock too long).
  virtual Result<std::vector<AppliedChange>> apply(const std::vector<HistoryChange>& changes) = 0;

  // Drops ended runs, and skips and misses, that are older than `keep` or not among the newest
  // `keep_runs`; zero means no such limit. The newest run always stays. Alerts older than `keep` go
  // too, but for those that are still to be delivered. Answers the log files (all attempts) that
  // belong to dropped runs. Drops at most some hundred runs per call, the oldest first: call again
  // for the rest.
  virtual Result<std::vector<std::string>> prune(const std::string& job, Duration keep,
                                                 int keep_runs, Instant now) = 0;
};

// Creates or migrates the file. A file that is no database, damaged, or written by a newer dsched
// is refused (ErrorCode::corrupt, ErrorCode::unsupported) with what to do, and left as it is.
Result<std::unique_ptr<History>> open_history(const std::string& path);

// ErrorCode::not_found when there is no file yet.
Result<std::unique_ptr<HistoryReader>> open_history_for_reading(const std::string& path);

}  // namespace dsched
