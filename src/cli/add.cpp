#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/jobs.h"
#include "cli/json.h"
#include "cli/records.h"
#include "cli/report.h"
#include "daemon/control.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"schedule", 's', "EXPR", "when: '15 2 * * *', 'every 5m', '@daily'", true},
    {"tz", 0, "ZONE", "the zone of the schedule"},
    {"timeout", 0, "DURATION", "end the job after this long: 90s, 2h"},
    {"run-as", 0, "USER", "run as this user (system scope)"},
    {"env", 0, "NAME=VALUE", "set a variable of its environment", true},
    {"tag", 0, "TAG", "label it", true},
    {"description", 0, "TEXT", "what it is for"},
    {"overlap", 0, "skip|queue|allow|replace", "what to do when the last run is still going"},
    {"retry", 0, "N", "try a failed run again, up to N times"},
    {"disabled", 0, "", "do not schedule it yet"},
    {"force", 0, "", "replace a job of that name"},
    {"dry-run", 0, "", "check and show, write nothing"},
    {"print", 0, "", "print the file instead of writing it"},
};

constexpr std::size_t kNextTimes = 3;

struct Draft {
  std::string name;
  NewJob job;
};

std::optional<std::string> asked(const Context& context, std::string_view question) {
  const std::optional<std::string> line = context.platform.ask(question);
  if (!line) return std::nullopt;
  return std::string(trim(*line));
}

// Four questions on the terminal; an empty line leaves out what may be left out.
Outcome<Draft> ask_for_draft(const Context& context) {
  const Failure given_up = usage_failure("no job: nothing was written");
  Draft draft;
  const auto name = asked(context, "Name of the job: ");
  if (!name || name->empty()) return given_up;
  draft.name = *name;
  const auto command = asked(context, "Command: ");
  if (!command || command->empty()) return given_up;
  draft.job.command = {*command};
  const auto schedule = asked(context, "When ('15 2 * * *', 'every 5m'; empty = by hand only): ");
  if (!schedule) return given_up;
  if (!schedule->empty()) draft.job.schedules = {*schedule};
  const auto timeout = asked(context, "End it after ('2h'; empty = never): ");
  if (!timeout) return given_up;
  draft.job.timeout = *timeout;
  return draft;
}

Outcome<Draft> draft_of(const Context& context) {
  const Arguments& arguments = context.arguments;
  if (arguments.words().empty() && !arguments.job_words() && context.may_ask())
    return ask_for_draft(context);
  if (arguments.words().empty())
    return usage_failure("a name is missing: dsched add NAME -- COMMAND...");
  if (!arguments.job_words() || arguments.job_words()->empty())
    return usage_failure("a command is missing: dsched add NAME -- COMMAND...");
  Draft draft;
  draft.name = arguments.words().front();
  NewJob& job = draft.job;
  job.command = *arguments.job_words();
  job.schedules = arguments.values("schedule");
  job.timezone = arguments.value("tz").value_or("");
  job.timeout = arguments.value("timeout").value_or("");
  job.user = arguments.value("run-as").value_or("");
  job.overlap = arguments.value("overlap").value_or("");
  job.description = arguments.value("description").value_or("");
  job.tags = arguments.values("tag");
  job.enabled = !arguments.has("disabled");
  DSCHED_TRY_ASSIGN(job.env, assignments(arguments, "env"));
  DSCHED_TRY_ASSIGN(job.retry, arguments.number("retry", 0, 0));
  return draft;
}

Failure with_errors(const Context& context, const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics)
    context.err().write(render(diagnostic, context.err_style.colour()) + "\n");
  return usage_failure("the job has errors: nothing was written");
}

// The new text as the daemon will read it, with the defaults of dsched.toml.
Outcome<Job> load_new_job(const Context& context, const Paths& paths, const std::string& name,
                          const std::string& path, const std::string& text) {
  Paths alone = paths;
  alone.job_directories.clear();
  alone.job_files.clear();
  ConfigSources sources = config_sources(alone, context);
  sources.job_directories.clear();
  sources.job_files = {"-"};
  sources.stdin_text = text;
  sources.check_owner = false;
  Configuration configuration =
      load_configuration(sources, context.platform.files, context.platform.zones);
  for (Diagnostic& diagnostic : configuration.diagnostics) diagnostic.file = path;
  if (has_errors(configuration.diagnostics)) return with_errors(context, configuration.diagnostics);
  DSCHED_CHECK(configuration.jobs.size() == 1);
  Job job = std::move(configuration.jobs.front());
  job.name = name;
  for (const Diagnostic& doubt : configuration.diagnostics)
    context.err().write(render(doubt, context.err_style.colour()) + "\n");
  return job;
}

Outcome<void> write_file(const Context& context, const std::string& path, const std::string& text) {
  Files& files = context.platform.files;
  const std::string directory = std::filesystem::path(path).parent_path().string();
  DSCHED_TRY(files.make_directories(directory, 0755));
  const bool must_be_new = !context.arguments.has("force");
  Result<void> written = files.write_whole(path, text, 0644, must_be_new);
  if (written) return {};
  if (written.error().code != ErrorCode::exists) return std::move(written).error();
  Failure failure(kExitExists, "exists",
                  fmt::format("{} exists already", tilde_path(context, path)));
  failure.hint = "--force replaces it";
  return failure;
}

std::vector<Instant> next_times(const Job& job, Instant now) {
  std::vector<Instant> times;
  std::optional<Second> next = job.timetable.next(floor_second(now));
  while (next && times.size() < kNextTimes) {
    times.push_back(*next);
    next = job.timetable.next(*next);
  }
  return times;
}

std::string daemon_line(const Paths& paths, const std::string& name) {
  if (paths.files_only) return "none with --file";
  const Result<ReloadReport> reload = ask_reload(paths.run_directory);
  if (reload)
    return fmt::format("running, loaded it.  Try it now: dsched run --as-daemon {}", name);
  if (reload.error().code == ErrorCode::unavailable)
    return fmt::format("not running: nothing will start.  {}",
                       paths.system_scope ? "systemctl enable --now dsched"
                                          : "systemctl --user enable --now dsched");
  return "did not answer: " + reload.error().message;
}

void print_result(const Context& context, const Paths& paths, const Job& job,
                  const std::string& path, bool written) {
  const TimeView view(
      context.platform.zones.find(job.timetable.zone().name()).value_or(Zone::utc()),
      context.platform.clock.now());
  Output& out = context.out();
  out.write(
      fmt::format("{}  {}\n", written ? "created" : "would create", tilde_path(context, path)));
  out.write(fmt::format("when     {} ({})\n", schedule_text(job), view.zone().name()));
  std::string label = "next     ";
  for (const Instant at : next_times(job, view.now())) {
    const bool first = label != "         ";
    out.write(
        fmt::format("{}{}{}\n", label, view.full(at), first ? "   " + view.relative(at) : ""));
    label = "         ";
  }
  if (!job.enabled) out.write("state    disabled: it will not start by itself\n");
  if (!written) return;
  out.write(fmt::format("daemon   {}\n", daemon_line(paths, job.name)));
  out.write(fmt::format("undo     rm {}\n", path));
}

void print_json(const Context& context, const Paths& paths, const Job& job, const std::string& path,
                bool written) {
  const TimeView view(
      context.platform.zones.find(job.timetable.zone().name()).value_or(Zone::utc()),
      context.platform.clock.now());
  Json next = Json::array();
  for (const Instant at : next_times(job, view.now())) next.push(view.rfc3339(at));
  const bool reloaded = written && !paths.files_only && ask_reload(paths.run_directory).has_value();
  context.out().write(Json::object({{"schema", "dsched.add/1"},
                                    {"job", job.name},
                                    {"file", path},
                                    {"created", written},
                                    {"schedule_text", schedule_text(job)},
                                    {"timezone", view.zone().name()},
                                    {"next_at", next},
                                    {"enabled", job.enabled},
                                    {"daemon_reloaded", reloaded}})
                          .dump() +
                      "\n");
}

Outcome<int> run(Context& context) {
  DSCHED_TRY_ASSIGN(const Paths paths, resolve_paths(context));
  if (paths.job_directories.empty())
    return usage_failure("--file is read only; write into that file yourself");
  DSCHED_TRY_ASSIGN(const Draft draft, draft_of(context));
  if (Result<void> good = check_job_name(draft.name); !good)
    return usage_failure(good.error().message);
  const std::string text = new_job_text(draft.job);
  const std::string path = fmt::format("{}/{}.toml", paths.job_directories.back(), draft.name);
  DSCHED_TRY_ASSIGN(const Job job, load_new_job(context, paths, draft.name, path, text));
  if (context.arguments.has("print")) {
    context.out().write(text);
    return kExitOk;
  }
  const bool write = !context.arguments.has("dry-run");
  if (write) DSCHED_TRY(write_file(context, path, text));
  if (context.json) {
    print_json(context, paths, job, path, write);
  } else {
    print_result(context, paths, job, path, write);
  }
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "add",
    .heading = "Change",
    .summary = "make a job",
    .usage = "NAME [-s EXPR] -- COMMAND...",
    .words = Words::one,
    .word_kind = "",
    .takes_command = true,
    .groups = kReadsJobs,
    .options = kOptions,
    .description =
        "Writes jobs.d/NAME.toml after checking it. One word after -- is text for the shell; "
        "several are\n"
        "a program and its arguments, started without a shell. Without arguments it asks, on a "
        "terminal.",
    .examples =
        "dsched add backup/db -s '15 2 * * *' --timeout 2h -- /usr/local/bin/backup.sh --to /srv\n"
        "dsched add hello -s 'every 5m' -- 'date >> /tmp/hello'",
    .run = run,
};

}  // namespace

const CommandSpec& add_command() {
  return kCommand;
}

}  // namespace dsched
