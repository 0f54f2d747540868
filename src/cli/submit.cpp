#include <fmt/format.h>

#include "base/rfc3339.h"
#include "base/run_id.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/daemon_call.h"
#include "cli/records.h"
#include "config/toml_text.h"
#include "daemon/control.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"at", 0, "TIME", "not now but then: 22:00, +30m, 2026-11-20T02:15"},
    {"name", 0, "NAME", "call it submit/NAME"},
    {"pool", 0, "POOL", "wait for a place in this pool"},
    {"env", 0, "NAME=VALUE", "set a variable of its environment", true},
    {"dir", 0, "DIR", "run it there (where you are now)"},
    {"timeout", 0, "DURATION", "end it after this long: 90s, 2h"},
    {"wait", 0, "", "until it has ended; exit with its code"},
};

Outcome<Instant> due_at(const Arguments& arguments, const TimeView& view) {
  const std::optional<std::string> text = arguments.value("at");
  if (!text) return Instant{floor_second(view.now())};
  const Result<Instant> at = parse_time(*text, view.zone(), view.now());
  if (!at) return usage_failure(fmt::format("--at: {}", at.error().message));
  if (*at < floor_second(view.now())) return usage_failure("--at: that time is over");
  return Instant{floor_second(*at)};
}

// "submit/" and what --name says, or a word of its own.
std::string name_of(const Context& context) {
  const std::optional<std::string> given = context.arguments.value("name");
  if (given) return "submit/" + *given;
  Platform& platform = context.platform;
  return "submit/" + short_run_id(make_run_id(platform.clock.now(), platform.entropy.next_u64(),
                                              platform.entropy.next_u64()));
}

// As a value of `env` that means itself.
std::string unexpanded(const std::string& value) {
  std::string text;
  for (const char c : value) text += c == '$' ? "$$" : std::string(1, c);
  return text;
}

// The text of the job file that the daemon keeps until the job has run.
Outcome<std::string> definition_of(const Context& context, Instant due) {
  const Arguments& arguments = context.arguments;
  if (!arguments.job_words() || arguments.job_words()->empty())
    return usage_failure("a command is missing: dsched submit -- COMMAND...");
  DSCHED_TRY_ASSIGN(const auto variables, assignments(arguments, "env"));
  DSCHED_TRY(arguments.duration("timeout"));
  std::string text = fmt::format(
      "schedule = \"at {}\"\ncatch_up = \"last\"\ncatch_up_window = \"365d\"\n"
      "command = {}\ndir = {}\n",
      format_rfc3339(due, std::chrono::seconds{0}, true), toml_strings(*arguments.job_words()),
      toml_string(absolute_path(
          context, arguments.value("dir").value_or(context.platform.working_directory))));
  for (const std::string_view key : {"pool", "timeout"}) {
    if (const auto value = arguments.value(key))
      text += fmt::format("{} = {}\n", key, toml_string(*value));
  }
  if (!variables.empty()) text += "\n[env]\n";
  for (const auto& [name, value] : variables)
    text += fmt::format("{} = {}\n", toml_string(name), toml_string(unexpanded(value)));
  return text;
}

void print(const Context& context, const SubmitReport& report, const TimeView& view) {
  if (context.arguments.has("quiet")) {
    context.out().write(report.job + "\n");
    return;
  }
  const bool now = report.firing_at <= view.now();
  const std::string when =
      now ? "now" : fmt::format("{} ({})", view.full(report.firing_at), view.zone().name());
  context.out().write(fmt::format("{}: runs {}.  Result: dsched wait {}  Undo: dsched stop {}\n",
                                  report.job, when, report.job, report.job));
}

Json answer_json(const SubmitReport& report, const TimeView& view) {
  return Json::object({{"schema", "dsched.submit/1"},
                       {"job", report.job},
                       {"firing_at", view.rfc3339(report.firing_at)},
                       {"firing_unix", unix_json(report.firing_at)}});
}

Outcome<int> wait_for(Context& context, const Workspace& workspace, const SubmitReport& report) {
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> history, open_reader(workspace.paths));
  if (!history) return Failure(kExitTemporary, "unavailable", "there is no history to wait on");
  DSCHED_TRY_ASSIGN(
      const std::vector<Ending> endings,
      await_endings(context, *history, {{report.job, report.firing_at, ""}}, std::nullopt));
  if (context.json) {
    Json answer = answer_json(report, workspace.view);
    answer.merge(endings_json(endings, workspace.view, context.platform.host));
    context.out().write(answer.dump() + "\n");
  } else {
    context.out().write(ending_in_words(endings.front()) + "\n");
  }
  return exit_code_of(endings);
}

Outcome<int> run(Context& context) {
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_for_daemon(context));
  DSCHED_TRY_ASSIGN(const Instant due, due_at(context.arguments, workspace.view));
  SubmitRequest request{name_of(context), ""};
  if (Result<void> good = check_job_name(request.name); !good)
    return usage_failure(good.error().message);
  DSCHED_TRY_ASSIGN(request.definition, definition_of(context, due));
  Result<SubmitReport> report = ask_submit(workspace.paths.run_directory, request);
  if (!report) return daemon_failure(std::move(report).error(), {}, {});
  if (!context.json) print(context, *report, workspace.view);
  if (context.arguments.has("wait")) return wait_for(context, workspace, *report);
  if (context.json) context.out().write(answer_json(*report, workspace.view).dump() + "\n");
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "submit",
    .heading = "Run",
    .summary = "a command once, now or later, by the daemon",
    .usage = "[--at TIME] -- COMMAND...",
    .takes_command = true,
    .groups = kReadsJobs | kTimes,
    .options = kOptions,
    .description =
        "Like at(1) and batch(1). The daemon keeps the job, also over restarts, runs it once, and "
        "forgets its\n"
        "definition; the run stays in the history. One word after -- is text for the shell; "
        "several "
        "are a program\n"
        "and its arguments. It runs in this directory, with the environment that jobs have: --env "
        "adds to it.\n"
        "--quiet prints the name of the job only.",
    .examples =
        "dsched submit -- make -C /srv/site\ndsched submit --at 22:00 --pool heavy -- "
        "./convert.sh big.mov\n"
        "job=$(dsched submit -q -- ./report.sh) && dsched wait $job",
    .run = run,
};

}  // namespace

const CommandSpec& submit_command() {
  return kCommand;
}

}  // namespace dsched
