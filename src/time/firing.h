#pragma once
// The firings of one schedule in one zone: local times meet clock changes here.

#include <cstdint>

#include "time/schedule.h"
#include "time/timetable.h"
#include "time/zone.h"

namespace dsched {

// Longer changes of offset are no summer time: nothing is caught up, nothing suppressed.
inline constexpr std::int32_t kLongestDstChange_s = 180 * 60;

// What the rules of a timetable mean for one of its schedules.
struct ClockRules {
  bool catch_up = false;  // a time inside a gap fires when the gap is over
  bool once = false;      // a time inside a fold fires in its first pass only
};
ClockRules clock_rules(const Schedule& schedule, const TimetableRules& rules);

// Unix time of the first firing later than after_s; kNever without one.
std::int64_t next_firing(const Schedule& schedule, const Zone& zone, ClockRules rules,
                         std::int64_t after_s);
// Unix time of the last firing at or before not_after_s; kNeverBefore without one.
std::int64_t previous_firing(const Schedule& schedule, const Zone& zone, ClockRules rules,
                             std::int64_t not_after_s);

}  // namespace dsched
