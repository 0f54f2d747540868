#pragma once
// The summary that each job's row carries (schema.md), kept within the transaction of a change.

#include <cstdint>
#include <string_view>
#include <vector>

#include "history/history.h"

namespace dsched {

class Connection;

// Remembers the first decision.
Result<void> count_decision(Connection& connection, std::int64_t job_id, Instant decided_at);

// Counts a run that ended just now, with all its attempts.
Result<void> count_ended_run(Connection& connection, std::int64_t job_id, std::int64_t run_seq,
                             RunResult result, Instant ended_at);

// The column durations_us.
std::vector<Duration> durations_from_text(std::string_view text);

// Finds last run, last skip and recent letters anew. Once per changed job is enough.
Result<void> refresh_summary(Connection& connection, std::int64_t job_id);

}  // namespace dsched
