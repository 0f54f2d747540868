#include "engine/due.h"

#include <doctest/doctest.h>

#include "support/engine_world.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

const Second kNoon{std::chrono::seconds{1795176000}};  // 2026-11-20T12:00:00Z

Timetable timetable(const std::string& schedule) {
  return make_job("j", {schedule}).timetable;
}

}  // namespace

TEST_CASE("nothing is due at the cursor itself, nor after now") {
  const Timetable minutes = timetable("* * * * *");
  CHECK(due_firings(minutes, LatePolicy{}, kNoon, kNoon).on_time.empty());
  CHECK(due_firings(minutes, LatePolicy{}, kNoon, kNoon + 59s).on_time.empty());
  CHECK(due_firings(minutes, LatePolicy{}, kNoon - Duration{1}, kNoon).on_time ==
        std::vector<Second>{kNoon});
  CHECK(due_firings(minutes, LatePolicy{}, kNoon, kNoon + 2min).on_time ==
        std::vector<Second>{kNoon + 1min, kNoon + 2min});
}

TEST_CASE("up to five minutes late is on time, anything older is one missed span") {
  const Due due = due_firings(timetable("* * * * *"), LatePolicy{}, kNoon, kNoon + 10min);
  REQUIRE(due.missed);
  CHECK(due.missed->first == kNoon + 1min);
  CHECK(due.missed->last == kNoon + 4min);
  CHECK(due.missed->firings == 4);
  REQUIRE(due.on_time.size() == 6);
  CHECK(due.on_time.front() == kNoon + 5min);
  CHECK(due.on_time.back() == kNoon + 10min);
}

TEST_CASE("a hundred years of missed seconds are counted without being walked") {
  const Due due = due_firings(timetable("* * * * * *"), LatePolicy{}, kNoon,
                              kNoon + std::chrono::hours{24 * 36500});
  REQUIRE(due.missed);
  CHECK(due.missed->firings == kMissedCountLimit);
  CHECK(due.on_time.size() == 301);
}

TEST_CASE("a cursor in the future makes nothing due") {
  const Due due = due_firings(timetable("* * * * *"), LatePolicy{}, kNoon + 1h, kNoon);
  CHECK_FALSE(due.missed);
  CHECK(due.on_time.empty());
}
