#include "model/retry.h"

#include <doctest/doctest.h>

using namespace dsched;
using namespace std::chrono_literals;

namespace {

AttemptOutcome exited(int code) {
  AttemptOutcome outcome;
  outcome.exit_code = code;
  return outcome;
}

constexpr std::uint64_t kMiddle = std::uint64_t{1} << 63;  // no spread

}  // namespace

TEST_CASE("the pause grows as the policy says and stops at max_delay") {
  RetryPolicy policy{
      .max = 10, .delay = 10s, .backoff = Backoff::exponential, .max_delay = 60s, .on = {}};
  const Duration exponential[] = {10s, 20s, 40s, 60s, 60s};
  for (int failed = 1; failed <= 5; ++failed)
    CHECK(retry_pause(policy, failed, exited(1), kMiddle) == exponential[failed - 1]);
  policy.backoff = Backoff::linear;
  CHECK(retry_pause(policy, 3, exited(1), kMiddle) == Duration{30s});
  policy.backoff = Backoff::constant;
  CHECK(retry_pause(policy, 3, exited(1), kMiddle) == Duration{10s});
}

TEST_CASE("the pause is spread by a tenth and never above max_delay") {
  const RetryPolicy policy{
      .max = 1, .delay = 10s, .backoff = Backoff::constant, .max_delay = 10500ms, .on = {}};
  CHECK(retry_pause(policy, 1, exited(1), 0) == Duration{9s});
  CHECK(retry_pause(policy, 1, exited(1), ~0ULL) == Duration{10500ms});
}

TEST_CASE("after max retries there is none") {
  const RetryPolicy policy{.max = 2, .delay = 1s, .on = {}};
  CHECK(retry_pause(policy, 2, exited(1), 0));
  CHECK_FALSE(retry_pause(policy, 3, exited(1), 0));
  CHECK_FALSE(retry_pause(RetryPolicy{}, 1, exited(1), 0));
}

TEST_CASE(
    "only the exit codes of `on` are retried, time-outs and signals as the shell would see them") {
  const RetryPolicy policy{.max = 5, .on = {75, 124, 137}};
  AttemptOutcome timed_out;
  timed_out.timed_out = true;
  timed_out.signal = 15;
  AttemptOutcome killed;
  killed.signal = 9;
  CHECK(retry_pause(policy, 1, exited(75), 0));
  CHECK_FALSE(retry_pause(policy, 1, exited(1), 0));
  CHECK(retry_pause(policy, 1, timed_out, 0));
  CHECK(retry_pause(policy, 1, killed, 0));
}

TEST_CASE("stopped and lost attempts are not tried again") {
  const RetryPolicy policy{.max = 5, .on = {}};
  AttemptOutcome stopped;
  stopped.stopped = true;
  AttemptOutcome lost;
  lost.lost = true;
  CHECK_FALSE(retry_pause(policy, 1, stopped, 0));
  CHECK_FALSE(retry_pause(policy, 1, lost, 0));
}

TEST_CASE("a huge attempt number does not overflow") {
  const RetryPolicy policy{.max = 1 << 30, .delay = 1h, .max_delay = 24h, .on = {}};
  CHECK(retry_pause(policy, 1 << 29, exited(1), kMiddle) == Duration{24h});
}
