#pragma once
// Which seconds of a day match: the second, minute and hour fields of a cron expression, or every
// so many seconds.

#include <bit>
#include <cstdint>

namespace dsched {

inline constexpr std::int32_t kSecondsPerDay = 86400;
inline constexpr std::uint64_t kAllMinutes = (std::uint64_t{1} << 60) - 1;
inline constexpr std::uint64_t kAllSeconds = kAllMinutes;
inline constexpr std::uint32_t kAllHours = 0xffffff;

class TimePattern {
 public:
  TimePattern() = default;  // 00:00
  // One bit per value. Requires: each argument has a bit. wildcard: see wildcard().
  static TimePattern of_fields(std::uint64_t seconds, std::uint64_t minutes, std::uint32_t hours,
                               bool wildcard);
  // first, first + step, ... up to the end of the day. Requires: 0 <= first < step <=
  // kSecondsPerDay.
  static TimePattern of_step(std::int32_t first, std::int32_t step);

  std::int32_t first() const { return static_cast<std::int32_t>(first_); }
  std::int32_t last() const { return static_cast<std::int32_t>(last_); }

  // All matches are at second 0 of a minute.
  bool whole_minutes() const { return seconds_ == 1; }
  // Requires of all: !is_step().
  // The minutes of that hour that match, from that minute on, which is bit 0. Of the two only the
  // last 5 and 6 bits count.
  std::uint64_t minutes_from(std::uint32_t hour, std::uint32_t minute) const {
    return (hours() >> (hour & 31) & 1) != 0 ? minutes_ >> (minute & 63) : 0;
  }
  // How many hours it is to the next one that matches. Requires: there is one on that day.
  std::uint32_t hours_after(std::uint32_t hour) const {
    return 1 + static_cast<std::uint32_t>(std::countr_zero(hours() >> (hour & 31) >> 1));
  }
  std::uint32_t first_minute() const {  // of an hour
    return static_cast<std::uint32_t>(std::countr_zero(minutes_));
  }

  // The first match at or after that second of the day. Requires: second <= last().
  std::int32_t next(std::int32_t second) const;
  // The last match at or before. Requires: first() <= second < kSecondsPerDay.
  std::int32_t previous(std::int32_t second) const;

  // The schedule follows the clock through changes of offset instead of standing for fixed times:
  // its minute or hour field starts with '*', or it repeats every so many seconds.
  bool wildcard() const { return wildcard_ != 0; }

  bool is_step() const { return hours_ == 0; }
  std::int32_t step() const { return static_cast<std::int32_t>(minutes_); }  // Requires: is_step()
  // Requires of these: !is_step()
  std::uint64_t seconds() const { return seconds_; }
  std::uint64_t minutes() const { return minutes_; }
  std::uint32_t hours() const { return static_cast<std::uint32_t>(hours_); }

 private:
  TimePattern(std::uint64_t seconds, std::uint64_t minutes, std::uint32_t hours, std::int32_t first,
              std::int32_t last, bool wildcard)
      : seconds_(seconds),
        minutes_(minutes),
        first_(static_cast<std::uint32_t>(first) & 0x1ffff),
        wildcard_(wildcard),
        hours_(hours & kAllHours),
        last_(static_cast<std::uint32_t>(last) & 0x1ffff) {}

  // Packed, so that a whole Schedule stays within a cache line. first_ and last_ are at the ends of
  // their word, where one instruction gets them.
  std::uint64_t seconds_ = 1;  // 0 for a step
  std::uint64_t minutes_ = 1;  // the step, when hours_ is 0
  std::uint64_t first_ : 17 = 0;
  std::uint64_t wildcard_ : 1 = 0;
  std::uint64_t : 5;
  std::uint64_t hours_ : 24 = 1;
  std::uint64_t last_ : 17 = 0;
};

}  // namespace dsched
