#pragma once
// Values in iCalendar files (RFC 5545).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "time/civil.h"

namespace dsched {

std::string ical_upper(std::string_view text);             // names are written in any case
std::optional<int> ical_number(std::string_view digits);   // up to six digits
std::optional<CivilDay> ical_date(std::string_view text);  // YYYYMMDD, and any time behind

inline std::int32_t day_number(CivilDay day) {
  return days_from_civil(day.year, day.month, day.day);
}

}  // namespace dsched
