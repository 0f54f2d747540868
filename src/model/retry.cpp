#include "model/retry.h"

#include <algorithm>
#include <cmath>

namespace dsched {

namespace {

bool covers(const RetryPolicy& policy, const AttemptOutcome& outcome) {
  if (outcome.lost || outcome.stopped) return false;
  if (policy.on.empty()) return true;
  const int status = exit_status_of(outcome);
  return std::find(policy.on.begin(), policy.on.end(), status) != policy.on.end();
}

double growth(Backoff backoff, int failed_attempt) {
  switch (backoff) {
    case Backoff::constant:
      return 1.0;
    case Backoff::linear:
      return failed_attempt;
    case Backoff::exponential:
      return std::exp2(std::min(failed_attempt - 1, 60));
  }
  return 1.0;
}

}  // namespace

std::optional<Duration> retry_pause(const RetryPolicy& policy, int failed_attempt,
                                    const AttemptOutcome& outcome, std::uint64_t spread) {
  if (failed_attempt > policy.max || !covers(policy, outcome)) return std::nullopt;
  const double limit = static_cast<double>(policy.max_delay.count());
  const double base = std::min(
      static_cast<double>(policy.delay.count()) * growth(policy.backoff, failed_attempt), limit);
  const double unit = static_cast<double>(spread >> 11) * 0x1.0p-53;  // [0, 1)
  return Duration{static_cast<Duration::rep>(std::min(base * (0.9 + 0.2 * unit), limit))};
}

}  // namespace dsched
