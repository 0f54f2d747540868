#pragma once
// The firings of one schedule in one zone: local times meet clock changes here.

#include <cstdint>

#include "time/schedule.h"
#include "time/zone.h"

namespace dsched {

// Longer changes of offset are no summer time: nothing is caught up, nothing suppressed.
inline constexpr std::int32_t kLongestDstChange_s = 180 * 60;

// What the rules of a timetable mean for one of its schedules.
struct ClockRules {
  bool catch_up = false;  // a time inside a gap fires when the gap is over
  bool once = false;      // a time inside a fold fires in its first pass only
};
// What next_firing does behind a fold, and for schedules that are no patterns.
std::int64_t next_firing_slow(const Schedule& schedule, const Zone& zone, ClockRules rules,
                              std::int64_t after_s);
// What it does with a match beyond the interval in which the search began.
std::int64_t follow_match(const Pattern& pattern, const Zone& zone, ClockRules rules,
                          std::size_t interval, LocalSecond from, LocalSecond found);

// Unix time of the first firing later than after_s; kNever without one.
inline std::int64_t next_firing(const Schedule& schedule, const Zone& zone, ClockRules rules,
                                std::int64_t after_s) {
  const auto [i, offset_s] = zone.place_at(after_s);
  const Zone::Interval* interval = &zone.intervals()[i];
  const bool in_fold =
      interval->change_s < 0 && after_s + 1 < interval->start_s - interval->change_s;
  if (schedule.kind() != Schedule::Kind::pattern || in_fold) [[unlikely]] {
    return next_firing_slow(schedule, zone, rules, after_s);
  }
  const LocalSecond from = after_s + 1 + offset_s;
  const LocalSecond found = schedule.pattern().next(from);
  if (found - offset_s < interval[1].start_s) [[likely]]
    return found - offset_s;
  return follow_match(schedule.pattern(), zone, rules, i, from, found);
}

// Unix time of the last firing at or before not_after_s; kNeverBefore without one.
std::int64_t previous_firing(const Schedule& schedule, const Zone& zone, ClockRules rules,
                             std::int64_t not_after_s);

}  // namespace dsched
