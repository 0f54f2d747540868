#include "time/firing.h"

#include <algorithm>

namespace dsched {
namespace {

constexpr std::int64_t kTwoDays_s = 2 * kSecondsPerDay;  // no offset and no change is longer

// One local time, as a pattern has many.
class OneTime {
 public:
  explicit OneTime(LocalSecond time) : time_(time) {}
  LocalSecond next(LocalSecond from) const { return from <= time_ ? time_ : kNever; }
  LocalSecond previous(LocalSecond from) const { return from >= time_ ? time_ : kNeverBefore; }

 private:
  LocalSecond time_;
};

bool plays_twice(const Zone::Interval& interval, ClockRules rules) {
  return !rules.once || -interval.change_s > kLongestDstChange_s;
}

// How long local times of the interval repeat earlier ones that have had their firing.
std::int32_t suppressed_s(const Zone::Interval& interval, ClockRules rules) {
  return plays_twice(interval, rules) ? 0 : std::max(-interval.change_s, 0);
}

// A match of local time, found by a search that began at `from` in an interval, is followed to the
// interval that holds it. On the way a gap may swallow it, and a fold may bring back local times
// that the search has not seen.
template <class LocalTimes>
std::int64_t follow(const LocalTimes& times, const Zone& zone, ClockRules rules, std::size_t i,
                    LocalSecond from, LocalSecond found) {
  const auto& list = zone.intervals();
  while (found - list[i].offset_s >= list[i + 1].start_s) {
    ++i;
    if (i + 1 == list.size()) return kNever;
    const Zone::Interval& interval = list[i];
    const LocalSecond start = interval.start_s + interval.offset_s;
    const bool swallowed = found < start;
    if (swallowed && rules.catch_up && interval.change_s <= kLongestDstChange_s)
      return interval.start_s;
    const bool brought_back = start < from && plays_twice(interval, rules);
    if (swallowed || brought_back) {
      from = start;
      found = times.next(start);
    } else {
      // Local times at interval starts only grow, so intervals that end before the match hold
      // nothing.
      i = std::max(i + 1, zone.interval_at(found - kTwoDays_s)) - 1;
    }
  }
  return found - list[i].offset_s;
}

template <class LocalTimes>
std::int64_t next_in_zone(const LocalTimes& times, const Zone& zone, ClockRules rules,
                          std::int64_t after_s) {
  const std::size_t i = zone.interval_at(after_s);
  const Zone::Interval& interval = zone.intervals()[i];
  const std::int64_t from_s =
      std::max(after_s + 1, interval.start_s + suppressed_s(interval, rules));
  const LocalSecond from = from_s + interval.offset_s;
  return follow(times, zone, rules, i, from, times.next(from));
}

template <class LocalTimes>
std::int64_t previous_in_zone(const LocalTimes& times, const Zone& zone, ClockRules rules,
                              std::int64_t not_after_s) {
  const auto& list = zone.intervals();
  std::size_t i = zone.interval_at(not_after_s);
  LocalSecond local = not_after_s + list[i].offset_s;
  for (bool to_end = false;; to_end = true) {
    const Zone::Interval& interval = list[i];
    const LocalSecond start = interval.start_s + interval.offset_s;
    const LocalSecond found = times.previous(local);
    if (found >= start + suppressed_s(interval, rules)) return found - interval.offset_s;
    const bool jumped_over = found < start && found >= start - interval.change_s;
    if (jumped_over && rules.catch_up && interval.change_s <= kLongestDstChange_s)
      return interval.start_s;
    if (i == 0) return kNeverBefore;
    // Local times at interval ends only grow: once a search began at an end, no earlier interval
    // reaches beyond it.
    if (to_end) i = std::min(i, zone.interval_at(found + kTwoDays_s) + 1);
    --i;
    local = list[i + 1].start_s - 1 + list[i].offset_s;
  }
}

// The largest multiple of period plus phase that is not above.
std::int64_t round_down(std::int64_t value, std::int64_t period, std::int64_t phase) {
  const std::int64_t remainder = (value - phase) % period;
  return value - (remainder < 0 ? remainder + period : remainder);
}

}  // namespace

std::int64_t follow_match(const Pattern& pattern, const Zone& zone, const ClockRules& rules,
                          std::size_t interval, LocalSecond from, LocalSecond found) {
  return follow(pattern, zone, rules, interval, from, found);
}

std::int64_t next_firing_of_pattern(const Pattern& pattern, const Zone& zone,
                                    const ClockRules& rules, std::int64_t after_s) {
  return next_in_zone(pattern, zone, rules, after_s);
}

std::int64_t next_firing(const Schedule& schedule, const Zone& zone, ClockRules rules,
                         std::int64_t after_s) {
  switch (schedule.kind()) {
    case Schedule::Kind::pattern:
      if (const Pattern& pattern = schedule.pattern(); pattern.time().whole_minutes())
        return next_firing_of_minutes(pattern, zone, rules, after_s);
      return next_firing_of_pattern(schedule.pattern(), zone, rules, after_s);
    case Schedule::Kind::every: {
      const std::int64_t period_s = schedule.every().period.count();
      return round_down(after_s, period_s, schedule.every().phase.count()) + period_s;
    }
    case Schedule::Kind::once:
      if (const auto [instant, has_offset] = schedule.once(); has_offset)
        return after_s < instant ? instant : kNever;
      return next_in_zone(OneTime(schedule.once().instant), zone, rules, after_s);
    case Schedule::Kind::boot:
      break;
  }
  return kNever;
}

std::int64_t previous_firing(const Schedule& schedule, const Zone& zone, ClockRules rules,
                             std::int64_t not_after_s) {
  switch (schedule.kind()) {
    case Schedule::Kind::pattern:
      return previous_in_zone(schedule.pattern(), zone, rules, not_after_s);
    case Schedule::Kind::every:
      return round_down(not_after_s, schedule.every().period.count(),
                        schedule.every().phase.count());
    case Schedule::Kind::once:
      if (const auto [instant, has_offset] = schedule.once(); has_offset)
        return not_after_s < instant ? kNeverBefore : instant;
      return previous_in_zone(OneTime(schedule.once().instant), zone, rules, not_after_s);
    case Schedule::Kind::boot:
      break;
  }
  return kNeverBefore;
}

}  // namespace dsched
