#pragma once
// The all-day events of an iCalendar file (RFC 5545).

#include <string_view>
#include <vector>

#include "base/result.h"
#include "time/calendar.h"

namespace dsched {

// In the order of the file; repeated events up to kLastYear. Events with a time of day
// are left out. ErrorCode::invalid for text that is no calendar or a damaged date,
// ErrorCode::unsupported for repetitions of all-day events that Recurrence does not know.
Result<std::vector<DayRange>> all_day_events(std::string_view text);

}  // namespace dsched
