#pragma once
// Days since 1970-01-01 <-> year, month, day in the Gregorian calendar. Algorithms: Neri and
// Schneider, "Euclidean affine functions and their application to calendar algorithms", Software:
// Practice and Experience 53 (2023).

#include <cstdint>

namespace dsched {

struct CivilDay {
  int year, month, day;
};

constexpr bool is_leap_year(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr int days_in_month(int month, bool leap) {
  if (month == 2) return leap ? 29 : 28;
  return 30 | (month ^ month >> 3);  // 31 and 30 alternate, and once more from August
}

namespace civil_detail {
// Shifts days and years so that unsigned arithmetic works for 32,800 years around the epoch, from a
// 1 March.
inline constexpr std::uint32_t kCycles = 82;
inline constexpr std::uint32_t kDayShift = 719468 + 146097 * kCycles;
inline constexpr std::uint32_t kYearShift = 400 * kCycles;
}  // namespace civil_detail

constexpr CivilDay civil_from_days(std::int32_t days) {
  const std::uint32_t quarters =
      4 * (static_cast<std::uint32_t>(days) + civil_detail::kDayShift) + 3;
  const std::uint32_t century = quarters / 146097;
  const std::uint32_t in_century = (quarters % 146097) | 3;
  const std::uint64_t product = std::uint64_t{2939745} * in_century;  // 2^32 / 1461, rounded up
  const auto year_of_century = static_cast<std::uint32_t>(product >> 32);
  const std::uint32_t day_of_year = static_cast<std::uint32_t>(product) / 2939745 / 4;
  const std::uint32_t packed = 2141 * day_of_year + 197913;
  const bool next_year = day_of_year >= 306;  // January and February
  const auto year = static_cast<int>(100 * century + year_of_century - civil_detail::kYearShift) +
                    (next_year ? 1 : 0);
  const auto month = static_cast<int>(packed >> 16) - (next_year ? 12 : 0);
  return {year, month, static_cast<int>((packed & 0xffff) / 2141) + 1};
}

constexpr std::int32_t days_from_civil(int year, int month, int day) {
  const bool previous_year = month <= 2;
  const std::uint32_t y =
      static_cast<std::uint32_t>(year) + civil_detail::kYearShift - (previous_year ? 1 : 0);
  const auto m = static_cast<std::uint32_t>(month + (previous_year ? 12 : 0));
  const std::uint32_t century = y / 100;
  const std::uint32_t days_before_year = 1461 * y / 4 - century + century / 4;
  const std::uint32_t days_before_month = (979 * m - 2919) / 32;
  return static_cast<std::int32_t>(days_before_year + days_before_month +
                                   static_cast<std::uint32_t>(day - 1) - civil_detail::kDayShift);
}

// 0 is Sunday. Requires: days > -719999, which is a multiple of 7.
constexpr int weekday_of(std::int32_t days) {
  return static_cast<int>(static_cast<std::uint32_t>(days + 719999 + 4) % 7);
}

}  // namespace dsched
