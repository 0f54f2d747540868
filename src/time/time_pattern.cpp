#include "time/time_pattern.h"

#include "base/check.h"

namespace dsched {
namespace {

// The place of the highest bit. Requires: bits is not 0.
int highest(std::uint64_t bits) {
  return std::bit_width(bits) - 1;
}

// The bits 0 to n.
std::uint64_t up_to(int n) {
  return ~std::uint64_t{0} >> (63 - n);
}

}  // namespace

TimePattern TimePattern::of_fields(std::uint64_t seconds, std::uint64_t minutes,
                                   std::uint32_t hours, bool wildcard) {
  DSCHED_CHECK(seconds != 0 && minutes != 0 && hours != 0 && hours < 1u << 24);
  const int first =
      (std::countr_zero(hours) * 60 + std::countr_zero(minutes)) * 60 + std::countr_zero(seconds);
  const int last = (highest(hours) * 60 + highest(minutes)) * 60 + highest(seconds);
  return TimePattern(seconds, minutes, hours, first, last, wildcard);
}

TimePattern TimePattern::of_step(std::int32_t first, std::int32_t step) {
  DSCHED_CHECK(0 <= first && first < step && step <= kSecondsPerDay);
  const std::int32_t last = first + (kSecondsPerDay - 1 - first) / step * step;
  return TimePattern(0, static_cast<std::uint64_t>(step), 0, first, last, true);
}

std::int32_t TimePattern::next(std::int32_t second) const {
  if (second <= first()) return first();
  if (is_step()) return first() + (second - first() + step() - 1) / step() * step();
  std::int32_t minute = second / 60;
  const std::int32_t hour = minute / 60;
  const bool this_minute = (hours_ >> hour & 1) != 0 && (minutes_ >> (minute - hour * 60) & 1) != 0;
  if (this_minute) {
    const std::uint64_t rest = seconds_ >> (second - minute * 60);
    if (rest != 0) return second + std::countr_zero(rest);
  }
  if (this_minute || second % 60 != 0) ++minute;
  const auto next_hour = static_cast<std::uint32_t>(minute / 60);
  const std::uint64_t rest = minutes_from(next_hour, static_cast<std::uint32_t>(minute % 60));
  if (rest != 0) return (minute + std::countr_zero(rest)) * 60 + std::countr_zero(seconds_);
  const std::uint32_t first = (next_hour + hours_after(next_hour)) * 60 + first_minute();
  return static_cast<std::int32_t>(first) * 60 + std::countr_zero(seconds_);
}

std::int32_t TimePattern::previous(std::int32_t second) const {
  if (is_step()) return second - (second - first()) % step();
  std::int32_t minute = second / 60;
  std::int32_t hour = minute / 60;
  const bool this_hour = (hours_ >> hour & 1) != 0;
  if (this_hour && (minutes_ >> (minute - hour * 60) & 1) != 0) {
    const std::uint64_t rest = seconds_ & up_to(second - minute * 60);
    if (rest != 0) return minute * 60 + highest(rest);
  }
  const int minute_of_hour = minute - hour * 60;
  if (this_hour && minute_of_hour > 0) {
    const std::uint64_t rest = minutes_ & up_to(minute_of_hour - 1);
    if (rest != 0) return (hour * 60 + highest(rest)) * 60 + highest(seconds_);
  }
  hour = highest(hours_ & up_to(hour - 1));
  return (hour * 60 + highest(minutes_)) * 60 + highest(seconds_);
}

}  // namespace dsched
