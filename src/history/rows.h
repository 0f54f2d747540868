#pragma once
// Runs, attempts and decisions as rows of the history: the one place that knows the order of their
// columns.

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "history/history.h"
#include "history/sqlite.h"

namespace dsched {

Error unknown_name(std::string_view text);

// A column that holds one of the names of an enum.
template <class Enum>
Result<Enum> read_name(Statement& row, std::optional<Enum> (*from_text)(std::string_view)) {
  const std::string text = row.next_text();
  if (const std::optional<Enum> value = from_text(text)) return *value;
  return unknown_name(text);
}

Result<Values> read_values(Statement& row);

// For a query over jobs j JOIN runs r; read_run() reads these columns. Attempts are not among them.
inline constexpr std::string_view kRunColumns =
    "r.seq, r.run_id, j.name, r.firing_at, r.trigger, r.host, r.fence, r.supervisor, r.user, "
    "r.log_path,"
    " r.max_attempts, r.claimed_at, r.started_at, r.ended_at, r.result, r.exit_status, r.params,"
    " r.outputs";

struct RunRow {
  std::int64_t seq = 0;
  RunRecord run;
};
Result<RunRow> read_run(Statement& row);

inline constexpr std::string_view kAttemptColumns =
    "number, started_at, ended_at, failed_step, error_number, failure_detail, lost, timed_out, "
    "stopped, exit_code,"
    " signal, duration_us, cpu_user_us, cpu_system_us, max_rss_bytes, output_bytes, dropped_bytes, "
    "left_processes";

Result<Attempt> read_attempt(Statement& row);
void bind_attempt(Statement& statement, const Attempt& attempt);

// For a query over jobs j JOIN decisions d LEFT JOIN runs r ON r.seq = d.run_seq.
inline constexpr std::string_view kDecisionColumns =
    "j.name, d.firing_at, d.last_firing_at, d.firings, d.kind, d.reason, d.detail, d.decided_at, "
    "r.run_id";

Result<Decision> read_decision(Statement& row);

// The result column of a run, which may be NULL.
Result<std::optional<RunResult>> read_result(Statement& row);

}  // namespace dsched
