#include "simulate/sim_clock.h"

#include <doctest/doctest.h>

namespace dsched {
namespace {

using namespace std::chrono_literals;

constexpr Moment kStart{Instant{std::chrono::seconds{1'000'000}}, BootInstant{1h}};

TEST_CASE("both clocks run together, and wall times are found ahead") {
  SimClock clock(kStart);
  clock.advance_to(kStart.boot + 90s);
  CHECK(clock.now().wall == kStart.wall + 90s);
  CHECK(clock.when(kStart.wall + 2min) == kStart.boot + 2min);
  CHECK(clock.when(kStart.wall) == clock.now().boot);
}

TEST_CASE("a clock that was set goes on from there, forward and back") {
  SimClock clock(kStart);
  for (const Duration jump : {Duration{3h}, Duration{-5h}}) {
    const Instant wall = clock.now().wall + jump;
    clock.set_wall(wall);
    CHECK(clock.now().wall == wall);
    CHECK(clock.when(wall + 10s) == clock.now().boot + 10s);
    clock.advance_to(clock.now().boot + 10s);
    CHECK(clock.now().wall == wall + 10s);
  }
}

TEST_CASE("a clock that drifts reaches a wall time when it says so, and not before") {
  for (const std::int64_t gain_ppm : {400, -400, 1, -1}) {
    CAPTURE(gain_ppm);
    SimClock clock(kStart);
    clock.set_drift(gain_ppm);
    const Instant goal = kStart.wall + 24h * 365 * 20;
    const BootInstant when = clock.when(goal);
    clock.advance_to(when - 1us);
    CHECK(clock.now().wall < goal);
    clock.advance_to(when);
    CHECK(clock.now().wall >= goal);
  }
}

}  // namespace
}  // namespace dsched
