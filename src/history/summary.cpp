#include "history/summary.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/text.h"
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

constexpr std::size_t kDurationsKept = 20;

// Adds what the run took to the durations of its job.
Result<void> add_duration(Connection& connection, std::int64_t job_id, std::int64_t run_seq) {
  std::string durations;
  {
    DSCHED_TRY_ASSIGN(Statement query,
                      connection.statement("SELECT r.took_us, j.durations_us FROM runs r"
                                           " JOIN jobs j ON j.job_id = r.job_id WHERE r.seq = ?"));
    DSCHED_TRY(query.bind(run_seq).step());
    const std::optional<std::int64_t> took_us = query.next_optional_integer();
    if (!took_us) return {};
    durations = query.next_text();
    if (!durations.empty()) durations += ' ';
    durations += std::to_string(*took_us);
  }
  if (split_words(durations).size() > kDurationsKept) durations.erase(0, durations.find(' ') + 1);
  DSCHED_TRY_ASSIGN(Statement update,
                    connection.statement("UPDATE jobs SET durations_us = ? WHERE job_id = ?"));
  return update.bind(durations).bind(job_id).run();
}

Result<void> count_success(Connection& connection, std::int64_t job_id, Instant ended_at) {
  DSCHED_TRY_ASSIGN(
      Statement update,
      connection.statement("UPDATE jobs SET consecutive_failures = 0, consecutive_lost = 0,"
                           " last_success_at = max(coalesce(last_success_at, ?1), ?1)"
                           " WHERE job_id = ?2"));
  return update.bind(ended_at).bind(job_id).run();
}

Result<void> count_failure(Connection& connection, std::int64_t job_id, bool lost) {
  DSCHED_TRY_ASSIGN(
      Statement update,
      connection.statement("UPDATE jobs SET consecutive_failures = consecutive_failures + 1,"
                           " consecutive_lost = iif(?, consecutive_lost + 1, 0)"
                           " WHERE job_id = ?"));
  return update.bind(std::int64_t{lost}).bind(job_id).run();
}

}  // namespace

Result<void> count_decision(Connection& connection, std::int64_t job_id, Instant decided_at) {
  DSCHED_TRY_ASSIGN(Statement update,
                    connection.statement("UPDATE jobs SET first_seen_at = ?1 WHERE job_id = ?2"
                                         " AND (first_seen_at IS NULL OR first_seen_at > ?1)"));
  return update.bind(decided_at).bind(job_id).run();
}

Result<void> count_ended_run(Connection& connection, std::int64_t job_id, std::int64_t run_seq,
                             RunResult result, Instant ended_at) {
  // Somebody's wish to end a run says nothing about the job.
  if (result == RunResult::cancelled) return {};
  if (result != RunResult::ok) return count_failure(connection, job_id, result == RunResult::lost);
  DSCHED_TRY(add_duration(connection, job_id, run_seq));
  return count_success(connection, job_id, ended_at);
}

std::vector<Duration> durations_from_text(std::string_view text) {
  std::vector<Duration> durations;
  for (const std::string_view word : split_words(text)) {
    std::int64_t us = 0;
    std::from_chars(word.data(), word.data() + word.size(), us);
    durations.emplace_back(us);
  }
  return durations;
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
