#pragma once
// The table of firings that are due and may not start yet. Writers run within the transaction of a
// change.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/record.h"

namespace dsched {

class Connection;

Result<void> put_waiting(Connection& connection, std::int64_t job_id, const WaitingRecord& waiting);

Result<void> end_waiting(Connection& connection, std::int64_t job_id, Instant firing_at);
// Of the firings that a decision for the range stands for.
Result<void> end_waiting_in_range(Connection& connection, std::int64_t job_id, Instant first,
                                  Instant last);
Result<void> end_all_waiting(Connection& connection, const std::string& job);
// Of the firings later than `after` that the schedule will bring again.
Result<void> end_waiting_for_schedule(Connection& connection, std::int64_t job_id, Instant after);

// In order of firing_at. No jobs: of all.
Result<std::vector<WaitingRecord>> read_waiting(Connection& connection,
                                                const std::vector<std::string>& jobs);

}  // namespace dsched
