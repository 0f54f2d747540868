#pragma once
// All months from kFirstYear to kLastYear as one table: which month a day is in takes a
// multiplication and two loads.

#include <array>
#include <cstddef>
#include <cstdint>

#include "time/civil.h"

namespace dsched {

struct Month {
  std::uint32_t packed;

  // Days since 1970-01-01 of its first day.
  std::int32_t first() const { return static_cast<std::int32_t>(packed >> 7) - kDayShift; }
  int first_weekday() const { return static_cast<int>(packed >> 4 & 7); }
  int number() const { return static_cast<int>(packed & 15); }  // 1 is January

  static constexpr std::int32_t kDayShift = 1 << 18;
};

namespace months {

inline constexpr int kFirst = 1599;  // one year more at each end, for local times
inline constexpr int kLast = 2500;
inline constexpr std::size_t kCount = (kLast - kFirst + 1) * 12;

inline constexpr auto kTable = [] {
  std::array<Month, kCount + 1> table{};
  for (std::size_t i = 0; i <= kCount; ++i) {
    const int month = static_cast<int>(i % 12) + 1;
    const std::int32_t first = days_from_civil(kFirst + static_cast<int>(i / 12), month, 1);
    const auto day = static_cast<std::uint32_t>(first + Month::kDayShift);
    table[i].packed = day << 7 | static_cast<std::uint32_t>(weekday_of(first)) << 4 |
                      static_cast<std::uint32_t>(month);
  }
  return table;
}();

// The place in the table of the month that holds the day. Requires: the day is in kFirst to kLast.
inline std::size_t index_of(std::int32_t day) {
  // 12 months in 365.2425 days, less a little: the estimate is right or one too low.
  constexpr std::int32_t kStart = days_from_civil(kFirst, 1, 1);
  constexpr std::uint64_t kMonthsPerDay = (std::uint64_t{12} << 32) * 10000 / 3652425;
  constexpr std::int32_t kSlack = 3;
  const std::int32_t days = day - kStart - kSlack;
  const auto estimate = static_cast<std::size_t>(
      static_cast<std::uint64_t>(days < 0 ? 0 : days) * kMonthsPerDay >> 32);
  return estimate + (kTable[estimate + 1].first() <= day ? 1 : 0);
}

inline int year_of(std::size_t index) {
  return kFirst + static_cast<int>(index / 12);
}

}  // namespace months
}  // namespace dsched
