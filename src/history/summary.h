#pragma once
// The summary that each job's row carries (schema.md), kept within the transaction of a change.

#include <cstdint>

#include "history/history.h"

namespace dsched {

class Connection;

// Counts a run that ended just now.
Result<void> count_ended_run(Connection& connection, std::int64_t job_id, RunResult result,
                             Instant ended_at);

// Finds last run, last skip and recent letters anew. Once per changed job is enough.
Result<void> refresh_summary(Connection& connection, std::int64_t job_id);

}  // namespace dsched
