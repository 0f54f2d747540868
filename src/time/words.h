#pragma once
// Schedules in plain English. text is what the schedule was parsed from.

#include <string>
#include <string_view>
#include <vector>

#include "time/schedule.h"

namespace dsched {

// Short, for a column: "02:15 every day", "every 5 min", "09:00 on Mondays", "12:30 on the 1st,
// 20th". The expression itself where words would be long.
std::string schedule_words(const Schedule& schedule, std::string_view text);

// One full sentence for any schedule: "At 09:00 on day 1 of the month, and also on every Monday."
std::string schedule_sentence(const Schedule& schedule, std::string_view text);

// The fields of a cron expression, each with its meaning, as lines of a drawing below the
// expression; empty for nicknames, intervals and instants.
//   0 9 1 * 1
//   | | | | `- day of week    Monday
//   | | | `--- month          any
std::vector<std::string> schedule_breakdown(const Schedule& schedule, std::string_view text);

}  // namespace dsched
