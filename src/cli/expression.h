#pragma once
// A schedule given on the command line instead of in a file.

#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "cli/context.h"
#include "time/schedule.h"

namespace dsched {

struct Expression {
  std::string text;
  Schedule schedule;
  std::vector<ScheduleIssue> warnings;
  std::shared_ptr<const Zone> zone;  // --tz, DSCHED_TZ, else the local zone
};

// An expression with errors is shown with its carets on stderr and ends as a Failure.
Outcome<Expression> parse_expression(const Context& context, const std::string& text);

// On stderr.
void print_warnings(const Context& context, const Expression& expression);

// The issue as messages about files look; file is empty.
Diagnostic to_diagnostic(const ScheduleIssue& issue, const std::string& text);

}  // namespace dsched
