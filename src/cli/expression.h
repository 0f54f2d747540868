#pragma once
// A schedule given on the command line instead of in a file.

#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "cli/command.h"
#include "cli/context.h"
#include "time/schedule.h"

namespace dsched {

struct Expression {
  std::string text;
  Schedule schedule;
  std::vector<ScheduleIssue> warnings;
  std::shared_ptr<const Zone> zone;  // --tz, DSCHED_TZ, else the local zone
};

// Of the commands that take an expression.
inline constexpr OptionSpec kDialectOption{"dialect", 0, "dsched|crontab|quartz",
                                           "how the schedule is written (dsched)"};
// What it says; Dialect::dsched when it is not given.
Dialect dialect_of(const Arguments& arguments);

// An expression with errors is shown with its carets on stderr and ends as a Failure.
Outcome<Expression> parse_expression(const Context& context, const std::string& text,
                                     Dialect dialect);

// On stderr.
void print_warnings(const Context& context, const Expression& expression);

// The issue as messages about files look; file is empty.
Diagnostic to_diagnostic(const ScheduleIssue& issue, const std::string& text);

}  // namespace dsched
