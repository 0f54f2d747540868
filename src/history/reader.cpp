#include "history/reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "history/conditions.h"
#include "history/rows.h"
#include "history/sqlite.h"

namespace dsched {

namespace {

// Both columns compare without regard to case, so a range finds a prefix of any case through the
// index.
void add_id_prefix(Conditions& conditions, const std::string& prefix) {
  if (prefix.empty()) return;
  static const std::string kHighest = "\U0010FFFF";
  conditions.add("(r.run_id BETWEEN ? AND ? OR r.short_id BETWEEN ? AND ?)");
  for (const std::string& value : {prefix, prefix + kHighest, prefix, prefix + kHighest})
    conditions.add_value(value);
}

Conditions conditions_of(const RunQuery& query) {
  Conditions conditions;
  conditions.add_any_of("j.name", query.jobs);
  conditions.add_span("r.claimed_at", query.since, query.until);
  std::vector<std::string> results;
  for (const RunResult result : query.results) results.emplace_back(to_text(result));
  conditions.add_any_of("r.result", results);
  add_id_prefix(conditions, query.run_id_prefix);
  if (query.unfinished_only) conditions.add("r.ended_at IS NULL");
  // The key of the decisions finds the run of a firing; runs have no index for it.
  if (query.firing_at) {
    conditions.add(fmt::format(
        "r.seq = (SELECT run_seq FROM decisions WHERE job_id = j.job_id AND firing_at = {})",
        to_unix_us(*query.firing_at)));
  }
  return conditions;
}

Result<std::vector<Attempt>> read_attempts(Connection& connection, std::int64_t run_seq) {
  static const std::string sql = fmt::format(
      "SELECT {} FROM attempts WHERE run_seq = ? AND ended_at IS NOT NULL ORDER BY number",
      kAttemptColumns);
  DSCHED_TRY_ASSIGN(Statement rows, connection.statement(sql));
  rows.bind(run_seq);
  std::vector<Attempt> attempts;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return attempts;
    DSCHED_TRY_ASSIGN(Attempt attempt, read_attempt(rows));
    attempts.push_back(std::move(attempt));
  }
}

Result<std::optional<Instant>> read_running_since(Connection& connection, std::int64_t run_seq) {
  DSCHED_TRY_ASSIGN(Statement query,
                    connection.statement(
                        "SELECT started_at FROM attempts WHERE run_seq = ? AND ended_at IS NULL"));
  DSCHED_TRY_ASSIGN(const bool found, query.bind(run_seq).step());
  if (!found) return std::optional<Instant>();
  return std::optional<Instant>(query.next_instant());
}

Result<RunRecord> read_run_with_attempts(Connection& connection, Statement& row) {
  DSCHED_TRY_ASSIGN(RunRow read, read_run(row));
  if (!read.run.ended_at) {
    DSCHED_TRY_ASSIGN(read.run.running_since, read_running_since(connection, read.seq));
  }
  DSCHED_TRY_ASSIGN(read.run.attempts, read_attempts(connection, read.seq));
  return std::move(read.run);
}

Result<std::vector<RunRecord>> collect_runs(Connection& connection, Statement& rows) {
  std::vector<RunRecord> runs;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return runs;
    DSCHED_TRY_ASSIGN(RunRecord run, read_run_with_attempts(connection, rows));
    runs.push_back(std::move(run));
  }
}

Result<std::vector<Decision>> collect_decisions(Statement& rows) {
  std::vector<Decision> decisions;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return decisions;
    DSCHED_TRY_ASSIGN(Decision decision, read_decision(rows));
    decisions.push_back(std::move(decision));
  }
}

using Summaries = std::map<std::string, JobSummary>;

Result<void> add_last_runs(Connection& connection, Summaries& summaries) {
  DSCHED_TRY_ASSIGN(Statement rows,
                    connection.prepare_once(fmt::format(
                        "SELECT {} FROM jobs j JOIN runs r ON r.seq = j.last_run", kRunColumns)));
  DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, collect_runs(connection, rows));
  for (RunRecord& run : runs) summaries[run.job].last = std::move(run);
  return {};
}

Result<void> add_last_skips(Connection& connection, Summaries& summaries) {
  DSCHED_TRY_ASSIGN(Statement rows, connection.prepare_once(fmt::format(
                                        "SELECT {} FROM jobs j JOIN decisions d ON d.job_id = "
                                        "j.job_id AND d.firing_at = j.last_skip_at"
                                        " LEFT JOIN runs r ON r.seq = d.run_seq",
                                        kDecisionColumns)));
  DSCHED_TRY_ASSIGN(std::vector<Decision> decisions, collect_decisions(rows));
  for (Decision& decision : decisions) summaries[decision.job].last_decision = std::move(decision);
  return {};
}

Result<void> add_running(Connection& connection, Summaries& summaries) {
  RunQuery unfinished;
  unfinished.unfinished_only = true;
  DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, read_runs(connection, unfinished));
  for (RunRecord& run : runs) summaries[run.job].running.push_back(std::move(run));
  return {};
}

// The value below which the share of the values lies (nearest rank). Requires: values is not empty.
Duration percentile(std::vector<Duration>& values, double share) {
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank),
                   values.end());
  return values[rank];
}

std::optional<Duration> longest_gap(std::vector<Instant> ends) {
  if (ends.size() < 2) return std::nullopt;
  std::sort(ends.begin(), ends.end());
  Duration longest{0};
  for (std::size_t i = 1; i < ends.size(); ++i) longest = std::max(longest, ends[i] - ends[i - 1]);
  return longest;
}

Result<void> count_runs(Connection& connection, std::int64_t job_id, std::int64_t since_us,
                        RunStatistics& statistics) {
  DSCHED_TRY_ASSIGN(
      Statement rows,
      connection.prepare_once("SELECT result, ended_at, took_us FROM runs"
                              " WHERE job_id = ? AND claimed_at >= ? AND ended_at IS NOT NULL"));
  rows.bind(job_id).bind(since_us);
  std::vector<Duration> durations;
  std::vector<Instant> successes;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) break;
    ++statistics.runs;
    DSCHED_TRY_ASSIGN(const std::optional<RunResult> result, read_result(rows));
    const Instant ended_at = rows.next_instant();
    if (result == RunResult::ok) successes.push_back(ended_at);
    if (const auto took_us = rows.next_optional_integer()) durations.emplace_back(*took_us);
  }
  statistics.ok = successes.size();
  statistics.longest_gap = longest_gap(std::move(successes));
  if (durations.empty()) return {};
  statistics.p50 = percentile(durations, 0.50);
  statistics.p95 = percentile(durations, 0.95);
  statistics.max = *std::max_element(durations.begin(), durations.end());
  return {};
}

Result<void> count_decisions(Connection& connection, std::int64_t job_id, std::int64_t since_us,
                             RunStatistics& statistics) {
  DSCHED_TRY_ASSIGN(
      Statement rows,
      connection.prepare_once("SELECT coalesce(sum(iif(kind = 'skipped', firings, 0)), 0),"
                              " coalesce(sum(iif(kind = 'missed', firings, 0)), 0)"
                              " FROM decisions WHERE job_id = ? AND firing_at >= ?"));
  DSCHED_TRY(rows.bind(job_id).bind(since_us).step());
  statistics.skipped = static_cast<std::uint64_t>(rows.next_integer());
  statistics.missed = static_cast<std::uint64_t>(rows.next_integer());
  return {};
}

Result<std::optional<SettledFiring>> last_settled_of(Connection& connection, std::int64_t job_id,
                                                     const std::string& job) {
  DSCHED_TRY_ASSIGN(
      Statement row,
      connection.statement("SELECT d.last_firing_at, r.result, coalesce(r.outputs, '')"
                           " FROM decisions d LEFT JOIN runs r ON r.seq = d.run_seq"
                           " WHERE d.job_id = ? AND (d.kind <> 'started' OR r.ended_at IS NOT NULL)"
                           " ORDER BY d.firing_at DESC LIMIT 1"));
  DSCHED_TRY_ASSIGN(const bool found, row.bind(job_id).step());
  if (!found) return std::optional<SettledFiring>();
  SettledFiring settled{.job = job, .firing_at = row.next_instant(), .result = {}, .outputs = {}};
  DSCHED_TRY_ASSIGN(settled.result, read_result(row));
  DSCHED_TRY_ASSIGN(settled.outputs, read_values(row));
  return std::optional(std::move(settled));
}

}  // namespace

Result<std::vector<RunRecord>> read_runs(Connection& connection, const RunQuery& query) {
  const Conditions conditions = conditions_of(query);
  // The plus keeps SQLite from walking all runs in order of time where another index leads to a
  // few.
  const bool few =
      query.unfinished_only || !query.run_id_prefix.empty() || query.firing_at.has_value();
  // The runs of a firing are asked for job by job.
  const std::string_view tables =
      query.firing_at ? "jobs j CROSS JOIN runs r" : "runs r JOIN jobs j";
  const std::string sql = fmt::format(
      "SELECT {} FROM {} ON j.job_id = r.job_id{} ORDER BY {}r.claimed_at DESC, r.seq DESC{}",
      kRunColumns, tables, conditions.sql(), few ? "+" : "", limit_sql(query.limit, query.skip));
  DSCHED_TRY_ASSIGN(Statement rows, connection.prepare_once(sql));
  conditions.bind_to(rows);
  return collect_runs(connection, rows);
}

Result<std::vector<Decision>> read_decisions(Connection& connection, const DecisionQuery& query) {
  Conditions conditions;
  conditions.add_any_of("j.name", query.jobs);
  conditions.add_span("d.firing_at", query.since, query.until);
  if (query.without_started) conditions.add("d.kind <> 'started'");
  const std::string sql = fmt::format(
      "SELECT {} FROM decisions d JOIN jobs j ON j.job_id = d.job_id"
      " LEFT JOIN runs r ON r.seq = d.run_seq{}"
      " ORDER BY d.firing_at DESC, d.job_id DESC{}",
      kDecisionColumns, conditions.sql(), limit_sql(query.limit, 0));
  DSCHED_TRY_ASSIGN(Statement rows, connection.prepare_once(sql));
  conditions.bind_to(rows);
  return collect_decisions(rows);
}

Result<std::optional<Decision>> read_decision_at(Connection& connection, const std::string& job,
                                                 Instant firing_at) {
  // Two questions, so that each has its index, and a plus that leads SQLite to that of the ranges.
  // A decision of its own goes before a range.
  const std::string sql = fmt::format(
      "SELECT * FROM (SELECT {0}, 1 AS own FROM jobs j JOIN decisions d ON d.job_id = j.job_id"
      " LEFT JOIN runs r ON r.seq = d.run_seq WHERE j.name = ?1 AND d.firing_at = ?2"
      " UNION ALL SELECT {0}, 0 AS own FROM jobs j JOIN decisions d ON d.job_id = j.job_id"
      " LEFT JOIN runs r ON r.seq = d.run_seq WHERE j.name = ?1 AND d.firings > 1"
      " AND +d.firing_at < ?2 AND d.last_firing_at >= ?2) ORDER BY own DESC LIMIT 1",
      kDecisionColumns);
  DSCHED_TRY_ASSIGN(Statement rows, connection.prepare_once(sql));
  rows.bind(job).bind(firing_at);
  DSCHED_TRY_ASSIGN(std::vector<Decision> decisions, collect_decisions(rows));
  if (decisions.empty()) return std::optional<Decision>();
  return std::optional(std::move(decisions.front()));
}

Result<Summaries> read_summaries(Connection& connection) {
  DSCHED_TRY_ASSIGN(const Transaction snapshot, Transaction::begin_read(connection));
  Summaries summaries;
  DSCHED_TRY_ASSIGN(
      Statement rows,
      connection.prepare_once("SELECT name, last_success_at, consecutive_failures, recent FROM jobs"
                              " WHERE recent <> '' OR last_success_at IS NOT NULL"));
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) break;
    JobSummary& summary = summaries[rows.next_text()];
    summary.last_success_at = rows.next_optional_instant();
    summary.consecutive_failures = static_cast<int>(rows.next_integer());
    summary.recent = rows.next_text();
  }
  DSCHED_TRY(add_last_runs(connection, summaries));
  DSCHED_TRY(add_last_skips(connection, summaries));
  DSCHED_TRY(add_running(connection, summaries));
  return summaries;
}

Result<RunStatistics> read_statistics(Connection& connection, const std::string& job,
                                      std::optional<Instant> since) {
  DSCHED_TRY_ASSIGN(const Transaction snapshot, Transaction::begin_read(connection));
  RunStatistics statistics;
  DSCHED_TRY_ASSIGN(Statement job_row,
                    connection.prepare_once("SELECT job_id FROM jobs WHERE name = ?"));
  DSCHED_TRY_ASSIGN(const bool known, job_row.bind(job).step());
  if (!known) return statistics;
  const std::int64_t job_id = job_row.next_integer();
  const std::int64_t since_us = since ? to_unix_us(*since) : INT64_MIN;
  DSCHED_TRY(count_runs(connection, job_id, since_us, statistics));
  DSCHED_TRY(count_decisions(connection, job_id, since_us, statistics));
  return statistics;
}

Result<std::vector<JobCursor>> read_cursors(Connection& connection) {
  DSCHED_TRY_ASSIGN(Statement rows,
                    connection.prepare_once("SELECT name, decided_until, schedule_hash FROM jobs"
                                            " WHERE decided_until IS NOT NULL ORDER BY name"));
  std::vector<JobCursor> cursors;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return cursors;
    JobCursor cursor{
        .job = rows.next_text(), .decided_until = rows.next_instant(), .schedule_hash = 0};
    cursor.schedule_hash = static_cast<std::uint64_t>(rows.next_integer());
    cursors.push_back(std::move(cursor));
  }
}

Result<std::vector<SettledFiring>> read_last_settled(Connection& connection) {
  DSCHED_TRY_ASSIGN(const Transaction snapshot, Transaction::begin_read(connection));
  DSCHED_TRY_ASSIGN(Statement jobs,
                    connection.prepare_once("SELECT job_id, name FROM jobs ORDER BY name"));
  std::vector<SettledFiring> settled;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, jobs.step());
    if (!row) return settled;
    const std::int64_t job_id = jobs.next_integer();
    DSCHED_TRY_ASSIGN(std::optional<SettledFiring> newest,
                      last_settled_of(connection, job_id, jobs.next_text()));
    if (newest) settled.push_back(std::move(*newest));
  }
}

}  // namespace dsched
