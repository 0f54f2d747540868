#pragma once
// Which days match: the day-of-month, month, day-of-week and year fields of a cron expression. Days
// are counted from 1970-01-01 and are days of local time. The pattern of a month is one 31-bit
// word, computed from its length and the weekday of its first; for the years around now a table
// that is shared by all patterns with the same fields is faster.

#include <bit>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "time/civil.h"
#include "time/day_table.h"

namespace dsched {

inline constexpr std::int32_t kNoDayAfter = std::numeric_limits<std::int32_t>::max();
inline constexpr std::int32_t kNoDayBefore = std::numeric_limits<std::int32_t>::min();
inline constexpr int kFirstYearField = 1970;
inline constexpr int kLastYearField = 2199;

inline constexpr std::uint32_t kAllDays = 0xfffffffe;
inline constexpr std::uint16_t kAllMonths = 0x1ffe;
inline constexpr std::uint8_t kAllWeekdays = 0x7f;

// The rare parts of the day fields.
struct SpecialDays {
  std::uint32_t from_last = 0;          // L, L-n: bit n is the day n before the last
  std::uint32_t weekday_from_last = 0;  // LW, L-nW: the weekday nearest to it
  std::uint32_t nearest_weekday = 0;    // nW: bit n
  std::uint64_t nth = 0;                // w#n: bit (n - 1) * 8 + w, Sunday 0; w#L and wL: n = 6
  std::bitset<kLastYearField - kFirstYearField + 1> years;
  bool every_year = true;  // years does not count

  bool operator==(const SpecialDays&) const = default;
};

struct DayFields {
  std::uint32_t days = 0;     // bits 1 to 31
  std::uint16_t months = 0;   // bits 1 to 12
  std::uint8_t weekdays = 0;  // bits 0 (Sunday) to 6
  bool both = true;           // day of month AND day of week must match; else either

  bool operator==(const DayFields&) const = default;
};

class DayPattern {
 public:
  DayPattern() = default;  // every day
  // Requires of both: fields have no other bits than those of days, months and weekdays.
  explicit DayPattern(DayFields fields);
  DayPattern(DayFields fields, const SpecialDays& special);
  // Every period days, counted from 1970-01-01. Requires: period > 0.
  static DayPattern every(std::int32_t period);

  // The first matching day at or after; kNoDayAfter when there is none before the end of kLastYear.
  std::int32_t next(std::int32_t day) const {
    if (kind_ == Kind::every_day) return day;
    if (table_ != DayTable::kNone && DayTable::holds(day)) [[likely]]
      return DayTable::at(table_).next(day);
    return next_by_months(day);
  }
  // The last matching day at or before; kNoDayBefore when there is none since kFirstYear.
  std::int32_t previous(std::int32_t day) const;

  bool never() const { return kind_ == Kind::never; }
  bool every_day() const { return kind_ == Kind::every_day; }
  std::int32_t period() const;  // of every(); otherwise 0
  const DayFields& fields() const { return fields_; }
  const SpecialDays& special() const;

 private:
  enum class Kind : std::uint8_t { every_day, period, calendar, never };
  friend class DayTable;

  std::int32_t next_by_months(std::int32_t day) const;
  std::int32_t previous_in_calendar(std::int32_t day) const;
  std::uint32_t month_bits(std::size_t index) const;
  std::uint32_t matches_among(std::int32_t first) const;
  std::size_t skip_years(std::size_t index) const;
  bool matches_in(int year) const;  // whatever the year field says
  bool fires_in(int year) const;
  void find_year_types();
  void set_year_types(std::uint16_t types);
  static std::size_t year_index(int year) {
    return static_cast<std::size_t>(year - kFirstYearField);
  }

  std::shared_ptr<const SpecialDays> special_;  // null without any
  DayFields fields_{kAllDays, kAllMonths, kAllWeekdays, true};
  std::uint16_t year_types_ = 0x3fff;  // which of the 14 kinds of year have a matching day
  Kind kind_ = Kind::every_day;
  std::uint8_t table_ = DayTable::kNone;
  bool fires_every_year_ = true;
  bool any_weekday_ = false;  // days and months alone decide
};

}  // namespace dsched
