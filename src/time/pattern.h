#pragma once
// The compiled form of a repeating schedule: which seconds of local time match. Two words of bits
// for the time of day and one for the days; no zone, no text, no tables of its own, less than a
// cache line.

#include <cstdint>
#include <limits>
#include <utility>

#include "time/day_pattern.h"
#include "time/time_pattern.h"

namespace dsched {

// Seconds of local time: Unix time plus the UTC offset.
using LocalSecond = std::int64_t;
inline constexpr LocalSecond kNever = std::numeric_limits<LocalSecond>::max() / 4;
inline constexpr LocalSecond kNeverBefore = -kNever;

constexpr std::int32_t second_of_day(LocalSecond local) {
  const auto second = static_cast<std::int32_t>(local % kSecondsPerDay);
  return second < 0 ? second + kSecondsPerDay : second;
}

class Pattern {
 public:
  Pattern() = default;  // every day at 00:00
  Pattern(const TimePattern& time, DayPattern days) : days_(std::move(days)), time_(time) {}

  // Requires of all: a time from a day before kFirstYear to a day after kLastYear.
  // The first match at or after; kNever without one.
  LocalSecond next(LocalSecond from) const {
    if (!time_.whole_minutes()) [[unlikely]]
      return next_second(from);
    return next_minute_after(from - 1, 0);
  }
  // Unix time of the first match later than after_s where clocks show offset_s more; kNever without
  // one. Requires: time().whole_minutes().
  // Every line counts here: what does not depend on after_s is added up beside the rest, and day,
  // hour and minute are divided from the same number, so that a processor works on all side by
  // side.
  std::int64_t next_minute_after(std::int64_t after_s, std::int32_t offset_s) const {
    const std::int64_t shift = kShift + offset_s;
    const auto at = static_cast<std::uint64_t>(after_s) + static_cast<std::uint64_t>(shift + 60);
    const std::uint64_t minute = at / 60;
    const std::uint64_t hour = at / 3600;
    const std::uint64_t day = at / kSecondsPerDay;
    const auto second_of_day = static_cast<std::int32_t>(at - day * kSecondsPerDay);
    const auto today = static_cast<std::int32_t>(day) - kShiftDays;
    const std::int32_t wanted = second_of_day < time_.last() + 60 ? today : today + 1;
    const std::int32_t found = days_.next(wanted);
    if (found == today && second_of_day >= time_.first()) {
      // Shift counts know 5 and 6 bits: hour - 24 * day is hour + 8 * day to them.
      const auto hour_of_day = static_cast<std::uint32_t>(hour + day * 8);
      const auto minute_of_hour = static_cast<std::uint32_t>(minute + hour * 4);
      const std::uint64_t rest = time_.minutes_from(hour_of_day, minute_of_hour);
      if (rest != 0) {
        const auto minutes = static_cast<std::uint32_t>(std::countr_zero(rest));
        return static_cast<std::int64_t>(minute * 60) - shift + minutes * 60;
      }
      const std::uint32_t minutes = time_.hours_after(hour_of_day) * 60 + time_.first_minute();
      return static_cast<std::int64_t>(hour * 3600) - shift + minutes * 60;
    }
    if (found == kNoDayAfter) [[unlikely]]
      return kNever;
    return std::int64_t{found} * kSecondsPerDay + (time_.first() - offset_s);
  }
  // The last match at or before; kNeverBefore without one.
  LocalSecond previous(LocalSecond from) const {
    auto [day, second] = split(from);
    if (second < time_.first()) {
      --day;
      second = kSecondsPerDay - 1;
    }
    const std::int32_t found = days_.previous(day);
    if (found == day && second < time_.last()) return join(day, time_.previous(second));
    if (found == kNoDayBefore) return kNeverBefore;
    return join(found, time_.last());
  }

  const TimePattern& time() const { return time_; }
  const DayPattern& days() const { return days_; }

 private:
  // Added to be positive: unsigned division by a constant is one multiplication.
  static constexpr std::int32_t kShiftDays = 1 << 20;
  static constexpr LocalSecond kShift = LocalSecond{kShiftDays} * kSecondsPerDay;

  struct DayAndSecond {
    std::int32_t day, second;
  };
  static DayAndSecond split(LocalSecond local) {
    const auto shifted = static_cast<std::uint64_t>(local + kShift);
    const auto day = static_cast<std::uint32_t>(shifted / kSecondsPerDay);
    return {static_cast<std::int32_t>(day) - kShiftDays,
            static_cast<std::int32_t>(shifted - std::uint64_t{day} * kSecondsPerDay)};
  }
  static LocalSecond join(std::int32_t day, std::int32_t second) {
    return std::int64_t{day} * kSecondsPerDay + second;
  }

  LocalSecond next_second(LocalSecond from) const;

  DayPattern days_;
  TimePattern time_;
};
static_assert(sizeof(Pattern) < 64);

}  // namespace dsched
