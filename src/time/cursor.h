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
    const std::int32_t second = second_of_day(at);
    second_ = static_cast<std::uint8_t>(second % 60);
    minute_ = static_cast<std::uint8_t>(second / 60 % 60);
    hour_ = static_cast<std::uint8_t>(second / 3600);
    day_ = static_cast<std::int32_t>((at - second) / kSecondsPerDay);
  }

  // Goes to the next match and returns it; kNever, and stays, without one.
  LocalSecond advance(const Pattern& pattern) {
    const TimePattern& time = pattern.time();
    if (!time.whole_minutes()) [[unlikely]]
      return jump(pattern);
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
    const std::uint64_t rest = bits >> (value + 1);
    const bool found = rest != 0;
    value = static_cast<std::uint8_t>(found ? value + 1 + std::countr_zero(rest)
                                            : std::countr_zero(bits));
    return found;
  }
  LocalSecond jump(const Pattern& pattern) {
    const LocalSecond next = pattern.next(at() + 1);
    if (next != kNever) *this = Cursor(next);
    return next;
  }

  std::int32_t day_;
  std::uint8_t hour_, minute_, second_;
};
static_assert(sizeof(Cursor) == 8);

}  // namespace dsched
