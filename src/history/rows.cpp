#include "history/rows.h"

#include <fmt/format.h>

#include "history/values.h"

namespace dsched {

namespace {

std::optional<StartStep> start_step_from_text(std::string_view text) {
  for (int step = 0; step <= static_cast<int>(StartStep::exec); ++step) {
    if (to_text(static_cast<StartStep>(step)) == text) return static_cast<StartStep>(step);
  }
  return std::nullopt;
}

std::int64_t as_stored(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}
std::uint64_t as_unsigned(std::int64_t number) {
  return static_cast<std::uint64_t>(number);
}

}  // namespace

Error unknown_name(std::string_view text) {
  return {ErrorCode::corrupt, fmt::format("history: '{}' is not a name that dsched writes", text),
          ""};
}

Result<Values> read_values(Statement& row) {
  return values_from_text(row.next_text());
}

Result<std::optional<RunResult>> read_result(Statement& row) {
  const std::string text = row.next_text();
  if (text.empty()) return std::optional<RunResult>();
  if (const std::optional<RunResult> result = run_result_from_text(text)) return result;
  return unknown_name(text);
}

Result<RunRow> read_run(Statement& row) {
  RunRow read;
  RunRecord& run = read.run;
  read.seq = row.next_integer();
  run.run_id = row.next_text();
  run.job = row.next_text();
  run.firing_at = row.next_instant();
  DSCHED_TRY_ASSIGN(run.trigger, read_name(row, trigger_from_text));
  run.host = row.next_text();
  run.fence = as_unsigned(row.next_integer());
  run.supervisor = row.next_text();
  run.user = row.next_text();
  run.log_path = row.next_text();
  run.max_attempts = static_cast<int>(row.next_integer());
  run.claimed_at = row.next_instant();
  run.started_at = row.next_optional_instant();
  run.ended_at = row.next_optional_instant();
  DSCHED_TRY_ASSIGN(run.result, read_result(row));
  run.exit_status = static_cast<int>(row.next_integer());
  DSCHED_TRY_ASSIGN(run.params, read_values(row));
  DSCHED_TRY_ASSIGN(run.outputs, read_values(row));
  return read;
}

Result<Attempt> read_attempt(Statement& row) {
  Attempt attempt;
  AttemptOutcome& outcome = attempt.outcome;
  attempt.number = static_cast<int>(row.next_integer());
  outcome.started_at = row.next_instant();
  outcome.ended_at = row.next_instant();
  DSCHED_TRY_ASSIGN(outcome.failure.step, read_name(row, start_step_from_text));
  outcome.failure.error_number = static_cast<int>(row.next_integer());
  outcome.failure.detail = row.next_text();
  outcome.lost = row.next_flag();
  outcome.timed_out = row.next_flag();
  outcome.stopped = row.next_flag();
  outcome.exit_code = static_cast<int>(row.next_integer());
  outcome.signal = static_cast<int>(row.next_integer());
  outcome.duration = row.next_duration();
  outcome.cpu_user = row.next_duration();
  outcome.cpu_system = row.next_duration();
  outcome.max_rss_bytes = as_unsigned(row.next_integer());
  outcome.output_bytes = as_unsigned(row.next_integer());
  outcome.dropped_bytes = as_unsigned(row.next_integer());
  outcome.left_processes = row.next_flag();
  return attempt;
}

void bind_attempt(Statement& statement, const Attempt& attempt) {
  const AttemptOutcome& outcome = attempt.outcome;
  statement.bind(std::int64_t{attempt.number})
      .bind(outcome.started_at)
      .bind(outcome.ended_at)
      .bind(to_text(outcome.failure.step))
      .bind(std::int64_t{outcome.failure.error_number})
      .bind(outcome.failure.detail)
      .bind(std::int64_t{outcome.lost})
      .bind(std::int64_t{outcome.timed_out})
      .bind(std::int64_t{outcome.stopped})
      .bind(std::int64_t{outcome.exit_code})
      .bind(std::int64_t{outcome.signal})
      .bind(outcome.duration)
      .bind(outcome.cpu_user)
      .bind(outcome.cpu_system)
      .bind(as_stored(outcome.max_rss_bytes))
      .bind(as_stored(outcome.output_bytes))
      .bind(as_stored(outcome.dropped_bytes))
      .bind(std::int64_t{outcome.left_processes});
}

Result<Decision> read_decision(Statement& row) {
  Decision decision;
  decision.job = row.next_text();
  decision.firing_at = row.next_instant();
  decision.last_firing_at = row.next_instant();
  decision.firings = as_unsigned(row.next_integer());
  DSCHED_TRY_ASSIGN(decision.kind, read_name(row, decision_kind_from_text));
  DSCHED_TRY_ASSIGN(decision.reason, read_name(row, reason_from_text));
  decision.detail = row.next_text();
  decision.decided_at = row.next_instant();
  decision.run_id = row.next_text();
  return decision;
}

}  // namespace dsched
