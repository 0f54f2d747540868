#pragma once
// A schedule given on the command line instead of in a file.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "cli/context.h"
#include "time/schedule.h"

namespace dsched {

struct Expression {
  std::optional<Schedule> schedule;  // always there when parse_expression answers a value
  std::vector<ScheduleIssue> issues;
  std::shared_ptr<const Zone> zone;  // --tz, DSCHED_TZ, else the local zone
};

// An expression with errors is shown with its carets on stderr and ends as a Failure.
Outcome<Expression> parse_expression(const Context& context, const std::string& text);

// The doubts of the expression on stderr.
void print_issues(const Context& context, const Expression& expression);

// The issue as messages about files look; file is empty.
Diagnostic to_diagnostic(const ScheduleIssue& issue, const std::string& text);

}  // namespace dsched
