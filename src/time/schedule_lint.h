#pragma once
// What is doubtful about a cron expression that is right.

#include <array>
#include <string_view>
#include <vector>

#include "time/field_parser.h"
#include "time/schedule.h"

namespace dsched {

using CronFields = std::array<Field, 7>;  // by Unit

// zone may be null. The warnings are added behind those already there.
void lint_schedule(std::string_view text, const CronFields& fields, const Schedule& schedule,
                   const Zone* zone, std::vector<ScheduleIssue>& issues);

}  // namespace dsched
