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

class CronFields {
 public:
  // The values that match; Sunday is bit 0. Not used for years. Second 0 matches at first.
  std::uint64_t& operator[](Unit unit) { return bits_[static_cast<std::size_t>(unit)]; }
  std::uint64_t operator[](Unit unit) const { return bits_[static_cast<std::size_t>(unit)]; }

  // It starts with '*' or '?', which matters for the rules about clock changes and the day fields.
  void set_star(Unit unit) { stars_ |= mask(unit); }
  bool star(Unit unit) const { return (stars_ & mask(unit)) != 0; }
  // There is a '+' in front of the day of the week.
  void set_plus() { plus_ = true; }
  bool plus() const { return plus_; }

  TimePattern time() const {
    return TimePattern::of_fields((*this)[Unit::second], (*this)[Unit::minute],
                                  static_cast<std::uint32_t>((*this)[Unit::hour]),
                                  star(Unit::minute) || star(Unit::hour));
  }
  DayFields days() const {
    return {static_cast<std::uint32_t>((*this)[Unit::day_of_month]),
            static_cast<std::uint16_t>((*this)[Unit::month]),
            static_cast<std::uint8_t>((*this)[Unit::day_of_week]),
            star(Unit::day_of_month) || star(Unit::day_of_week) || plus_};
  }

 private:
  static unsigned mask(Unit unit) { return 1u << static_cast<unsigned>(unit); }

  std::array<std::uint64_t, kUnits> bits_{1};
  unsigned stars_ = 0;  // by unit
  bool plus_ = false;
};

}  // namespace dsched
