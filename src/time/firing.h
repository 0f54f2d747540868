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
inline ClockRules clock_rules(const Schedule& schedule, const TimetableRules& rules) {
  const bool wildcard =
      schedule.kind() == Schedule::Kind::pattern && schedule.pattern().time().wildcard();
  return {rules.dst_gap == DstGap::after && (!wildcard || rules.dst_gap_set),
          rules.dst_repeat == DstRepeat::once && !wildcard};
}

// What next_firing does where clock changes are near, and for schedules that are no patterns.
std::int64_t next_firing_slow(const Schedule& schedule, const Zone& zone, ClockRules rules,
                              std::int64_t after_s);

// Unix time of the first firing later than after_s; kNever without one.
inline std::int64_t next_firing(const Schedule& schedule, const Zone& zone, ClockRules rules,
                                std::int64_t after_s) {
  if (schedule.kind() == Schedule::Kind::pattern) [[likely]] {
    const Zone::Interval* interval = &zone.intervals()[zone.interval_at(after_s)];
    const bool in_fold =
        interval->change_s < 0 && after_s + 1 < interval->start_s - interval->change_s;
    const std::int64_t found =
        schedule.pattern().next(after_s + 1 + interval->offset_s) - interval->offset_s;
    if (found < interval[1].start_s && !in_fold) [[likely]]
      return found;
  }
  return next_firing_slow(schedule, zone, rules, after_s);
}

// Unix time of the last firing at or before not_after_s; kNeverBefore without one.
std::int64_t previous_firing(const Schedule& schedule, const Zone& zone, ClockRules rules,
                             std::int64_t not_after_s);

}  // namespace dsched
