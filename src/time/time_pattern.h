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
  // How many minutes after that one the first match at or after it is. Requires: whole_minutes(),
  // and there is one on that day.
  int minutes_until_next(int hour, int minute) const {
    const auto hours_left = static_cast<std::uint32_t>(hours_) >> hour;
    const std::uint64_t rest = minutes_ >> minute;
    if ((hours_left & 1) != 0 && rest != 0) return std::countr_zero(rest);
    const int hours = 1 + std::countr_zero(hours_left >> 1);
    return hours * 60 - minute + std::countr_zero(minutes_);
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
  // Packed, so that a whole Pattern stays within a cache line.
  std::uint64_t seconds_ = 1;  // 0 for a step
  std::uint64_t minutes_ = 1;  // the step, when hours_ is 0
  std::uint64_t hours_ : 24 = 1;
  std::uint64_t first_ : 17 = 0;
  std::uint64_t last_ : 17 = 0;
  std::uint64_t wildcard_ : 1 = 0;
};

}  // namespace dsched
