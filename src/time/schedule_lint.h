#pragma once
// What is doubtful about a cron expression that is right.

#include <string_view>
#include <vector>

#include "time/cron_fields.h"
#include "time/schedule.h"

namespace dsched {

struct CronExpression {
  std::string_view text;
  Words words;
  const CronFields& fields;
  const Pattern& pattern;
};

// zone may be null. The warnings are added behind those already there.
void lint_cron(const CronExpression& expression, const Zone* zone,
               std::vector<ScheduleIssue>& warnings);

}  // namespace dsched
