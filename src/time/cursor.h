#pragma once
// Walks from one match of a pattern to the next without a division: eight bytes that stand for a
// local time, taken apart. For lists of firings in a zone of one offset; clock changes are
// firing.h's work.

#include <bit>
#include <cstdint>

#include "time/pattern.h"

namespace dsched {

class Cursor {
 public:
  // Requires: at matches the pattern that advance() is called with.
  explicit Cursor(LocalSecond at) {
    second_ = static_cast<std::uint8_t>(second_of_day(at) % 60);
    minute_ = static_cast<std::uint8_t>(second_of_day(at) / 60 % 60);
    hour_ = static_cast<std::uint8_t>(second_of_day(at) / 3600);
    day_ = static_cast<std::int32_t>((at - second_of_day(at)) / kSecondsPerDay);
  }

  // Goes to the next match and returns it; kNever, and stays, without one.
  LocalSecond advance(const Pattern& pattern) {
    const TimePattern& time = pattern.time();
    if (time.is_step()) return advance_step(pattern);
    if (to_next(time.seconds(), second_)) return at();
    if (to_next(time.minutes(), minute_)) return at();
    if (to_next(time.hours(), hour_)) return at();
    const std::int32_t day = pattern.days().next(day_ + 1);
    if (day == kNoDayAfter) return kNever;
    day_ = day;
    return at();
  }

  LocalSecond at() const {
    return LocalSecond{day_} * kSecondsPerDay + (hour_ * 60 + minute_) * 60 + second_;
  }

 private:
  // To the next bit, or back to the first one: then the next larger unit has to move.
  static bool to_next(std::uint64_t bits, std::uint8_t& value) {
    const std::uint64_t rest = bits >> value >> 1;
    value = static_cast<std::uint8_t>(rest != 0 ? value + 1 + std::countr_zero(rest)
                                                : std::countr_zero(bits));
    return rest != 0;
  }
  LocalSecond advance_step(const Pattern& pattern) {
    const LocalSecond next = pattern.next(at() + 1);
    if (next != kNever) *this = Cursor(next);
    return next;
  }

  std::int32_t day_;
  std::uint8_t hour_, minute_, second_;
};
static_assert(sizeof(Cursor) == 8);

}  // namespace dsched
