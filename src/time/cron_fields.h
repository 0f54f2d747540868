#pragma once
// The fields of a cron expression as bits, and the pattern they make together.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "time/pattern.h"

namespace dsched {

enum class Unit : std::uint8_t { second, minute, hour, day_of_month, month, day_of_week, year };
inline constexpr std::size_t kUnits = 7;

struct UnitInfo {
  std::string_view name;    // "hour"
  std::string_view plural;  // "hours"
  int low, high;            // as people write them; day_of_week also takes 7
};
inline constexpr std::array<UnitInfo, kUnits> kUnitInfos{{
    {"second", "seconds", 0, 59},
    {"minute", "minutes", 0, 59},
    {"hour", "hours", 0, 23},
    {"day of month", "days of the month", 1, 31},
    {"month", "months", 1, 12},
    {"day of week", "days of the week", 0, 6},
    {"year", "years", kFirstYearField, kLastYearField},
}};
constexpr const UnitInfo& unit_info(Unit unit) {
  return kUnitInfos[static_cast<std::size_t>(unit)];
}

// Where a word stands in a text.
struct Word {
  std::size_t begin = 0, end = 0;
};
using Words = std::array<Word, kUnits>;  // by unit; empty ones are not there

struct Field {
  std::uint64_t bits = 0;  // Sunday is bit 0; not used for years
  bool star = false;       // starts with '*' or '?': matters for the rule about the two day fields
  bool plus = false;       // day_of_week only: '+' in front
};

class CronFields {
 public:
  Field& operator[](Unit unit) { return fields_[static_cast<std::size_t>(unit)]; }
  const Field& operator[](Unit unit) const { return fields_[static_cast<std::size_t>(unit)]; }

  TimePattern time() const;
  DayFields days() const;

 private:
  std::array<Field, kUnits> fields_;
};

inline TimePattern CronFields::time() const {
  const Field& minutes = (*this)[Unit::minute];
  const Field& hours = (*this)[Unit::hour];
  return TimePattern::of_fields((*this)[Unit::second].bits, minutes.bits,
                                static_cast<std::uint32_t>(hours.bits), minutes.star || hours.star);
}

inline DayFields CronFields::days() const {
  const Field& days = (*this)[Unit::day_of_month];
  const Field& weekdays = (*this)[Unit::day_of_week];
  return {static_cast<std::uint32_t>(days.bits),
          static_cast<std::uint16_t>((*this)[Unit::month].bits),
          static_cast<std::uint8_t>(weekdays.bits), days.star || weekdays.star || weekdays.plus};
}

}  // namespace dsched
