#include "cli/expression.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"

namespace dsched {
namespace {

// Of the byte at the offset, from 1, in code points.
int column_of(std::string_view text, std::size_t offset) {
  int column = 1;
  std::size_t at = 0;
  while (at < std::min(offset, text.size())) {
    at += front_code_point(text.substr(at)).size;
    ++column;
  }
  return column;
}

// --tz is the zone of the expression itself; --utc only says how times are shown.
Outcome<std::shared_ptr<const Zone>> zone_of_expression(const Context& context) {
  std::string name = context.platform.environment.get("DSCHED_TZ");
  if (context.arguments.has("tz")) name = *context.arguments.value("tz");
  if (name.empty() || name == "local")
    return context.platform.zones.find(context.platform.local_zone).value_or(Zone::utc());
  Result<std::shared_ptr<const Zone>> zone = context.platform.zones.find(name);
  if (zone) return *zone;
  Failure failure = usage_failure("--tz: " + zone.error().message);
  failure.hint = zone.error().hint;
  return failure;
}

}  // namespace

Diagnostic to_diagnostic(const ScheduleIssue& issue, const std::string& text) {
  Diagnostic diagnostic;
  diagnostic.severity = issue.severity;
  diagnostic.code = issue.code;
  diagnostic.message = issue.message;
  diagnostic.line = 1;
  diagnostic.column = column_of(text, issue.begin);
  diagnostic.end_column = column_of(text, issue.end);
  diagnostic.source_line = text;
  diagnostic.label = issue.label;
  diagnostic.help = issue.help;
  diagnostic.replacement = issue.replacement;
  return diagnostic;
}

void print_issues(const Context& context, const Expression& expression) {
  for (const ScheduleIssue& issue : expression.issues) {
    const Diagnostic diagnostic = to_diagnostic(issue, expression.schedule->text());
    context.err().write(render(diagnostic, context.err_style.colour()));
  }
}

Outcome<Expression> parse_expression(const Context& context, const std::string& text) {
  Expression expression;
  DSCHED_TRY_ASSIGN(expression.zone, zone_of_expression(context));
  ScheduleContext schedule_context;
  schedule_context.host = context.platform.host;
  schedule_context.zone = expression.zone;
  Schedule::Parsed parsed = Schedule::parse(text, schedule_context);
  expression.issues = std::move(parsed.issues);
  expression.schedule = std::move(parsed.schedule);
  if (expression.schedule) return expression;

  const auto first_error =
      std::find_if(expression.issues.begin(), expression.issues.end(),
                   [](const ScheduleIssue& issue) { return issue.severity == Severity::error; });
  for (const ScheduleIssue& issue : expression.issues)
    context.err().write(render(to_diagnostic(issue, text), context.err_style.colour()));
  Failure failure = usage_failure("bad schedule");
  if (first_error != expression.issues.end())
    failure.message = "bad schedule: " + first_error->message;
  return failure;
}

}  // namespace dsched
