#pragma once
// The rule for summer time in the TZ string of POSIX, as the footer of zone files has it (RFC 9636,
// section 3.3): "CET-1CEST,M3.5.0,M10.5.0/3".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dsched {

struct TzRule {
  struct LocalType {
    std::string abbreviation;
    std::int32_t offset_s = 0;  // east of Greenwich is positive
  };
  struct Change {
    enum class Kind { julian, day_of_year, month_week_day } kind = Kind::day_of_year;
    int month = 0, week = 0, weekday = 0;  // month_week_day; week 5 is the last
    int day = 0;                 // julian: 1 to 365, never 29 February; day_of_year: 0 to 365
    std::int32_t time_s = 7200;  // on that day's clock before the change; -167 to 167 hours

    std::int64_t local_second_in(int year) const;
  };
  struct Summer {
    LocalType type;
    Change start, end;
  };

  LocalType standard;
  std::optional<Summer> summer;
};

// Nothing when the text is not such a rule.
std::optional<TzRule> parse_tz_rule(std::string_view text);

}  // namespace dsched
