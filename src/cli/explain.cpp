#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/explain_codes.h"
#include "cli/expression.h"
#include "cli/jobs.h"
#include "cli/records.h"
#include "cli/report.h"
#include "time/words.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"count", 'n', "N", "how many next times (4)"},
    kDialectOption,
};

std::vector<Instant> next_times(const Timetable& timetable, Instant now, int count) {
  std::vector<Instant> times;
  std::optional<Second> next = timetable.next(floor_second(now));
  for (; next && count > 0; --count) {
    times.push_back(*next);
    next = timetable.next(*next);
  }
  return times;
}

std::string drawing(const Expression& expression) {
  std::string text;
  for (const std::string& line : schedule_breakdown(expression.schedule, expression.text))
    text += fmt::format("  {}\n", line);
  return text.empty() ? text : text + "\n";
}

std::string times_text(const std::vector<Instant>& times, const TimeView& view) {
  if (times.empty()) return "next      never\n";
  std::string text = fmt::format("next ({})\n", view.zone().name());
  for (const Instant at : times) {
    const std::string abbreviation = view.abbreviation(at);
    text += fmt::format("  {} {}   {}\n", view.full(at), abbreviation, view.relative(at));
  }
  return text;
}

Json expression_json(const Expression& expression, const std::vector<Instant>& times,
                     const TimeView& view) {
  Json next = Json::array();
  for (const Instant at : times) next.push(view.rfc3339(at));
  Json diagnostics = Json::array();
  for (const ScheduleIssue& warning : expression.warnings)
    diagnostics.push(diagnostic_json(to_diagnostic(warning, expression.text)));
  return Json::object({{"schema", "dsched.explain/1"},
                       {"kind", "schedule"},
                       {"schedule", trim(expression.text)},
                       {"text", schedule_sentence(expression.schedule, expression.text)},
                       {"timezone", view.zone().name()},
                       {"diagnostics", diagnostics},
                       {"next_at", next}});
}

Outcome<int> explain_expression(const Context& context, const std::string& text, int count) {
  DSCHED_TRY_ASSIGN(const Instant now, context.now());
  DSCHED_TRY_ASSIGN(const Expression expression,
                    parse_expression(context, text, dialect_of(context.arguments)));
  const Timetable timetable({expression.schedule}, expression.zone);
  const TimeView view(context.arguments.has("utc") ? Zone::utc() : expression.zone, now);
  const std::vector<Instant> times = next_times(timetable, now, count);
  if (context.json) {
    context.out().write(expression_json(expression, times, view).dump() + "\n");
    return kExitOk;
  }
  std::string answer = schedule_sentence(expression.schedule, text) + "\n\n" + drawing(expression);
  for (const ScheduleIssue& warning : expression.warnings)
    answer += render(to_diagnostic(warning, text), context.out_style.colour()) + "\n";
  context.out().write(answer + times_text(times, view));
  return kExitOk;
}

Outcome<int> explain_code(const Context& context, const CodeText& code) {
  if (context.json) {
    context.out().write(Json::object({{"schema", "dsched.explain/1"},
                                      {"kind", "code"},
                                      {"code", code.code},
                                      {"text", code.meaning},
                                      {"remedy", code.remedy.empty() ? Json() : Json(code.remedy)}})
                            .dump() +
                        "\n");
    return kExitOk;
  }
  context.out().write(fmt::format("{}  {}\n", code.code, code.meaning));
  if (!code.remedy.empty()) context.out().write(fmt::format("  = {}\n", code.remedy));
  return kExitOk;
}

std::string command_text(const Job& job) {
  struct Words {
    std::string operator()(const ShellCommand& command) const { return command.text; }
    std::string operator()(const ArgvCommand& command) const { return join(command.words, " "); }
    std::string operator()(const ScriptCommand&) const { return "a script"; }
  };
  return std::visit(Words{}, job.command);
}

std::vector<std::string> sentences_of(const Job& job) {
  std::vector<std::string> sentences;
  for (std::size_t i = 0; i < job.schedules.size(); ++i)
    sentences.push_back(schedule_sentence(job.timetable.schedules()[i], job.schedules[i]));
  return sentences;
}

Outcome<int> explain_job(const Context& context, const Workspace& workspace, const Job& job,
                         int count) {
  const TimeView& view = workspace.view;
  const std::vector<Instant> times =
      job.enabled ? next_times(job.timetable, view.now(), count) : std::vector<Instant>{};
  if (context.json) {
    Json next = Json::array();
    for (const Instant at : times) next.push(view.rfc3339(at));
    Json sentences = Json::array();
    for (const std::string& sentence : sentences_of(job)) sentences.push(sentence);
    context.out().write(Json::object({{"schema", "dsched.explain/1"},
                                      {"kind", "job"},
                                      {"job", job.name},
                                      {"file", job.place.file},
                                      {"line", job.place.line},
                                      {"schedules", sentences},
                                      {"timezone", job.timetable.zone().name()},
                                      {"next_at", next}})
                            .dump() +
                        "\n");
    return kExitOk;
  }
  std::string answer =
      fmt::format("{}  {}:{}\n", job.name, tilde_path(context, job.place.file), job.place.line);
  if (!job.description.empty()) answer += visible(job.description) + "\n";
  answer += fmt::format("runs      {}\n", visible(command_text(job)));
  for (const std::string& sentence : sentences_of(job))
    answer += fmt::format("when      {} ({})\n", sentence, job.timetable.zone().name());
  if (!job.after.empty())
    answer += fmt::format("after     {} ({})\n", join(job.after, ", "), to_text(job.after_on));
  if (!job.enabled) answer += "disabled  enabled = false\n";
  context.out().write(answer + times_text(times, view));
  return kExitOk;
}

// More than one word, or one that only a schedule can be.
bool looks_like_schedule(const std::string& text) {
  return text.find(' ') != std::string::npos || text.front() == '@' ||
         text.find('*') != std::string::npos;
}

Outcome<int> run(Context& context) {
  const std::string what = join(context.arguments.words(), " ");
  if (what.empty()) return usage_failure("say what: a schedule, a job or a code");
  DSCHED_TRY_ASSIGN(const int count, context.arguments.number("count", 4, 0));
  if (context.arguments.has("dialect")) return explain_expression(context, what, count);
  if (const CodeText* code = find_code(what)) return explain_code(context, *code);
  if (looks_like_schedule(what)) return explain_expression(context, what, count);
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_workspace(context));
  for (const Job& job : workspace.configuration.jobs) {
    if (job.name == what) return explain_job(context, workspace, job, count);
  }
  return unknown_name("job, code or schedule", what, names_of(workspace.configuration.jobs));
}

constexpr CommandSpec kCommand{
    .name = "explain",
    .heading = "Look",
    .summary = "a schedule or an error code, in words",
    .usage = "SCHEDULE | JOB | CODE",
    .words = Words::any,
    .word_kind = "job",
    .groups = kReadsJobs | kTimes | kReadOnly,
    .options = kOptions,
    .description =
        "A schedule in plain English with its next times, a job, or a code: an error (E304), a "
        "warning\n"
        "(W311), an exit code (75), a result (lost) or the reason of a decision (overlap).",
    .examples = "dsched explain '0 9 1 * 1'\ndsched explain E304\ndsched explain exit 75",
    .run = run,
};

}  // namespace

const CommandSpec& explain_command() {
  return kCommand;
}

}  // namespace dsched
