#include "history/summary.h"

#include <algorithm>
#include <string>

#include "history/rows.h"
#include "history/sqlite.h"

namespace dsched {

namespace {

char letter_of(RunResult result) {
  switch (result) {
    case RunResult::ok:
      return 'o';
    case RunResult::failed:
      return 'f';
    case RunResult::timeout:
      return 't';
    case RunResult::killed:
      return 'k';
    case RunResult::cancelled:
      return 'c';
    case RunResult::lost:
      return 'l';
  }
  return '?';
}

struct Recent {
  std::string letters;  // oldest first
  std::optional<std::int64_t> last_skip_at;
};

Result<Recent> read_recent(Connection& connection, std::int64_t job_id) {
  DSCHED_TRY_ASSIGN(Statement rows,
                    connection.statement("SELECT d.kind, d.firing_at, r.result"
                                         " FROM decisions d LEFT JOIN runs r ON r.seq = d.run_seq"
                                         " WHERE d.job_id = ? ORDER BY d.firing_at DESC LIMIT 10"));
  rows.bind(job_id);
  Recent recent;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) break;
    const std::string kind = rows.next_text();
    const std::int64_t firing_at = rows.next_integer();
    DSCHED_TRY_ASSIGN(const std::optional<RunResult> result, read_result(rows));
    const bool started = kind == to_text(DecisionKind::started);
    if (!started && recent.letters.empty()) recent.last_skip_at = firing_at;
    recent.letters += !started ? kind.front() : result ? letter_of(*result) : 'r';
  }
  std::reverse(recent.letters.begin(), recent.letters.end());
  return recent;
}

}  // namespace

Result<void> count_ended_run(Connection& connection, std::int64_t job_id, RunResult result,
                             Instant ended_at) {
  // Somebody's wish to end a run says nothing about the job.
  if (result == RunResult::cancelled) return {};
  if (result == RunResult::ok) {
    DSCHED_TRY_ASSIGN(
        Statement update,
        connection.statement("UPDATE jobs SET consecutive_failures = 0,"
                             " last_success_at = max(coalesce(last_success_at, ?1), ?1)"
                             " WHERE job_id = ?2"));
    return update.bind(ended_at).bind(job_id).run();
  }
  DSCHED_TRY_ASSIGN(
      Statement update,
      connection.statement("UPDATE jobs SET consecutive_failures = consecutive_failures + 1"
                           " WHERE job_id = ?"));
  return update.bind(job_id).run();
}

Result<void> refresh_summary(Connection& connection, std::int64_t job_id) {
  DSCHED_TRY_ASSIGN(const Recent recent, read_recent(connection, job_id));
  DSCHED_TRY_ASSIGN(
      Statement update,
      connection.statement("UPDATE jobs SET recent = ?1, last_skip_at = ?2, last_run ="
                           " (SELECT seq FROM runs WHERE job_id = ?3"
                           "  ORDER BY claimed_at DESC, seq DESC LIMIT 1)"
                           " WHERE job_id = ?3"));
  return update.bind(recent.letters).bind(recent.last_skip_at).bind(job_id).run();
}

}  // namespace dsched
