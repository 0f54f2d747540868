#pragma once
// When a failed attempt is tried again.

#include <cstdint>
#include <optional>

#include "model/job.h"
#include "model/run.h"

namespace dsched {

// The pause before attempt number `failed_attempt` + 1, or nullopt when the policy is used up or
// does not cover the outcome. Stopped and lost attempts are never retried. The pause is spread by
// +-10 % with `spread` (any 64 random bits) so that jobs that fail together do not return together;
// it never exceeds max_delay.
std::optional<Duration> retry_pause(const RetryPolicy& policy, int failed_attempt,
                                    const AttemptOutcome& outcome, std::uint64_t spread);

}  // namespace dsched
