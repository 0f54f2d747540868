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

// Unix time of the first firing later than after_s; kNever, or later than all zones know, without
// one.
std::int64_t next_firing(const Schedule& schedule, const Zone& zone, ClockRules rules,
                         std::int64_t after_s);
// Unix time of the last firing at or before not_after_s; kNeverBefore without one.
std::int64_t previous_firing(const Schedule& schedule, const Zone& zone, ClockRules rules,
                             std::int64_t not_after_s);

// The parts of next_firing where clocks change: behind a fold, and for a match, of a search that
// began at `from`, that is not in the interval in which it began.
std::int64_t next_firing_of_pattern(const Pattern& pattern, const Zone& zone,
                                    const ClockRules& rules, std::int64_t after_s);
std::int64_t follow_match(const Pattern& pattern, const Zone& zone, const ClockRules& rules,
                          std::size_t interval, LocalSecond from, LocalSecond found);

// next_firing of a pattern. Requires: time().whole_minutes().
inline std::int64_t next_firing_of_minutes(const Pattern& pattern, const Zone& zone,
                                           const ClockRules& rules, std::int64_t after_s) {
  const Zone::Interval* interval = zone.intervals().data();
  if (zone.fixed()) return pattern.next_minute_after(after_s, interval->offset_s);
  const auto [i, offset_s] = zone.place_at(after_s);
  interval += i;
  const bool in_fold =
      interval->change_s < 0 && after_s + 1 < interval->start_s - interval->change_s;
  if (in_fold) [[unlikely]]
    return next_firing_of_pattern(pattern, zone, rules, after_s);
  const std::int64_t next_s = pattern.next_minute_after(after_s, offset_s);
  if (next_s < interval[1].start_s) [[likely]]
    return next_s;
  return follow_match(pattern, zone, rules, i, after_s + 1 + offset_s, next_s + offset_s);
}

}  // namespace dsched
