#include <algorithm>
#include <cstdint>
#include <utility>

#include "history/alerts.h"
#include "history/changes.h"
#include "history/sqlite.h"
#include "history/summary.h"

namespace dsched {

namespace {

// How much one call drops, so that the writer is never away for long.
constexpr std::int64_t kRunsPerCall = 500;
constexpr std::int64_t kDecisionsPerCall = 2000;
constexpr std::int64_t kAlertsPerCall = 500;

constexpr std::int64_t kLongAgo = INT64_MIN;  // older than anything

constexpr std::string_view kNthNewestRun =
    "SELECT claimed_at FROM runs WHERE job_id = ? ORDER BY claimed_at DESC LIMIT 1 OFFSET ?";
constexpr std::string_view kNthNewestSkip =
    "SELECT firing_at FROM decisions WHERE job_id = ? AND kind <> 'started' ORDER BY firing_at "
    "DESC LIMIT 1 OFFSET ?";

// The time of the n-th newest, from 0; kLongAgo when there are fewer.
Result<std::int64_t> time_of_nth(Connection& connection, std::string_view sql, std::int64_t job_id,
                                 std::int64_t n) {
  DSCHED_TRY_ASSIGN(Statement query, connection.statement(sql));
  DSCHED_TRY_ASSIGN(const bool found, query.bind(job_id).bind(n).step());
  return found ? query.next_integer() : kLongAgo;
}

// What is older than the answer is beyond the policy.
Result<std::int64_t> limit_of(Connection& connection, std::string_view nth_newest,
                              std::int64_t job_id, std::int64_t oldest_us, int keep_runs) {
  if (keep_runs <= 0) return oldest_us;
  DSCHED_TRY_ASSIGN(const std::int64_t oldest_kept,
                    time_of_nth(connection, nth_newest, job_id, keep_runs - 1));
  return std::max(oldest_us, oldest_kept);
}

struct OldRun {
  std::int64_t seq = 0;
  std::int64_t firing_at = 0;
  std::string log_path;
  int last_attempt = 0;
};

Result<std::vector<OldRun>> find_old_runs(Connection& connection, std::int64_t job_id,
                                          std::int64_t limit) {
  DSCHED_TRY_ASSIGN(
      Statement rows,
      connection.statement("SELECT seq, firing_at, log_path,"
                           " (SELECT coalesce(max(number), 1) FROM attempts WHERE run_seq = seq)"
                           " FROM runs WHERE job_id = ? AND claimed_at < ? AND ended_at IS NOT NULL"
                           " ORDER BY claimed_at LIMIT ?"));
  rows.bind(job_id).bind(limit).bind(kRunsPerCall);
  std::vector<OldRun> old;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return old;
    OldRun& run = old.emplace_back();
    run.seq = rows.next_integer();
    run.firing_at = rows.next_integer();
    run.log_path = rows.next_text();
    run.last_attempt = static_cast<int>(rows.next_integer());
  }
}

Result<void> drop_run(Connection& connection, std::int64_t job_id, const OldRun& run) {
  DSCHED_TRY_ASSIGN(
      Statement decision,
      connection.statement("DELETE FROM decisions WHERE job_id = ? AND firing_at = ?"));
  DSCHED_TRY(decision.bind(job_id).bind(run.firing_at).run());
  DSCHED_TRY_ASSIGN(Statement remove, connection.statement("DELETE FROM runs WHERE seq = ?"));
  return remove.bind(run.seq).run();
}

Result<std::vector<std::string>> drop_runs(Connection& connection, std::int64_t job_id,
                                           std::int64_t oldest_us, int keep_runs) {
  DSCHED_TRY_ASSIGN(const std::int64_t limit,
                    limit_of(connection, kNthNewestRun, job_id, oldest_us, keep_runs));
  DSCHED_TRY_ASSIGN(const std::int64_t newest, time_of_nth(connection, kNthNewestRun, job_id, 0));
  DSCHED_TRY_ASSIGN(const std::vector<OldRun> old,
                    find_old_runs(connection, job_id, std::min(limit, newest)));
  std::vector<std::string> log_paths;
  for (const OldRun& run : old) {
    DSCHED_TRY(drop_run(connection, job_id, run));
    if (run.log_path.empty()) continue;
    for (int attempt = 1; attempt <= run.last_attempt; ++attempt) {
      log_paths.push_back(attempt_log_path(run.log_path, attempt));
    }
  }
  return log_paths;
}

Result<void> drop_skips(Connection& connection, std::int64_t job_id, std::int64_t oldest_us,
                        int keep_runs) {
  DSCHED_TRY_ASSIGN(const std::int64_t limit,
                    limit_of(connection, kNthNewestSkip, job_id, oldest_us, keep_runs));
  DSCHED_TRY_ASSIGN(
      Statement remove,
      connection.statement(
          "DELETE FROM decisions WHERE job_id = ?1 AND firing_at IN"
          " (SELECT firing_at FROM decisions WHERE job_id = ?1 AND firing_at < ?2"
          "  AND last_firing_at < ?2 AND kind <> 'started' ORDER BY firing_at LIMIT ?3)"));
  return remove.bind(job_id).bind(limit).bind(kDecisionsPerCall).run();
}

}  // namespace

Result<std::vector<std::string>> prune_job(Connection& connection, const std::string& job,
                                           Duration keep, int keep_runs, Instant now) {
  DSCHED_TRY_ASSIGN(Transaction transaction, Transaction::begin_write(connection));
  std::int64_t job_id = 0;
  {
    DSCHED_TRY_ASSIGN(Statement query,
                      connection.statement("SELECT job_id FROM jobs WHERE name = ?"));
    DSCHED_TRY_ASSIGN(const bool known, query.bind(job).step());
    if (!known) return std::vector<std::string>();
    job_id = query.next_integer();
  }
  const std::int64_t oldest_us = keep > Duration{0} ? to_unix_us(now - keep) : kLongAgo;
  DSCHED_TRY_ASSIGN(std::vector<std::string> log_paths,
                    drop_runs(connection, job_id, oldest_us, keep_runs));
  DSCHED_TRY(drop_skips(connection, job_id, oldest_us, keep_runs));
  DSCHED_TRY(drop_alerts(connection, job_id, oldest_us, kAlertsPerCall));
  DSCHED_TRY(refresh_summary(connection, job_id));
  DSCHED_TRY(transaction.commit());
  return log_paths;
}

}  // namespace dsched
