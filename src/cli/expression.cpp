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

void print_issues(const Context& context, const std::vector<ScheduleIssue>& issues,
                  const std::string& text) {
  for (const ScheduleIssue& issue : issues)
    context.err().write(render(to_diagnostic(issue, text), context.err_style.colour()));
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

void print_warnings(const Context& context, const Expression& expression) {
  print_issues(context, expression.warnings, expression.text);
}

Dialect dialect_of(const Arguments& arguments) {
  const std::string name = arguments.value("dialect").value_or(std::string(kDialectNames[0]));
  const auto known = std::find(std::begin(kDialectNames), std::end(kDialectNames), name);
  return static_cast<Dialect>(known - std::begin(kDialectNames));
}

Outcome<Expression> parse_expression(const Context& context, const std::string& text,
                                     Dialect dialect) {
  DSCHED_TRY_ASSIGN(std::shared_ptr<const Zone> zone, zone_of_expression(context));
  ScheduleContext schedule_context;
  schedule_context.host = context.platform.host;
  schedule_context.dialect = dialect;
  Schedule::Parsed parsed = Schedule::parse(text, schedule_context);
  if (!parsed.schedule) {
    print_issues(context, parsed.errors, text);
    return usage_failure("bad schedule: " + parsed.errors.front().message);
  }
  std::vector<ScheduleIssue> warnings = schedule_warnings(text, schedule_context, zone.get());
  return Expression{text, std::move(*parsed.schedule), std::move(warnings), std::move(zone)};
}

}  // namespace dsched
