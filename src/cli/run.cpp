#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/expression.h"
#include "cli/host_facts.h"
#include "cli/jobs.h"
#include "cli/records.h"
#include "cli/run_choice.h"
#include "cli/run_plan.h"
#include "cli/run_progress.h"
#include "daemon/foreground.h"
#include "daemon/foreground_id.h"
#include "model/parameters.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"schedule", 's', "EXPR", "run the command after -- on this schedule, until Ctrl-C"},
    {"jobs", 'j', "N", "how many at a time (1)"},
    {"keep-going", 'k', "", "go on with what does not depend on a failed job"},
    {"only", 0, "", "just the named jobs, not those they run after"},
    {"timeout", 0, "DURATION", "end each job after this long"},
    {"retry", 0, "N", "try failed runs again, up to N times"},
    {"env", 0, "NAME=VALUE", "set a variable", true},
    {"param", 0, "NAME=VALUE", "set a parameter of the jobs", true},
    {"from", 0, "JOB", "again from this job on; what ended ok before it is not run again"},
    {"if-busy", 0, "wait|skip|fail",
     "when a job runs elsewhere: wait for it, do nothing, or exit 75"},
    {"as-daemon", 0, "", "with the environment and directory the daemon gives it"},
    {"dry-run", 0, "", "show what would run"},
    {"no-record", 0, "", "leave no trace in the history"},
};

// "make", for `dsched run -- /usr/bin/make -j4`.
std::string name_of_command(const std::vector<std::string>& words) {
  const std::vector<std::string_view> parts = split_words(words.front());
  std::string_view program = parts.empty() ? std::string_view("command") : parts.front();
  program.remove_prefix(program.rfind('/') == std::string_view::npos ? 0 : program.rfind('/') + 1);
  std::string name;
  for (char c : to_lower_ascii(program)) {
    const bool good = ('a' <= c && c <= 'z') || ('0' <= c && c <= '9');
    name += good || (!name.empty() && (c == '-' || c == '_')) ? c : '-';
  }
  if (name.empty() || name.front() == '-') name.insert(0, "command");
  return "run/" + name.substr(0, 64);
}

Command command_of(const std::vector<std::string>& words) {
  if (words.size() == 1) return ShellCommand{words.front()};
  return ArgvCommand{words};
}

Outcome<Job> anonymous_job(const Context& context) {
  const std::vector<std::string>& words = *context.arguments.job_words();
  if (words.empty()) return usage_failure("a command is missing after --");
  Job job;
  job.name = name_of_command(words);
  job.command = command_of(words);
  if (const auto text = context.arguments.value("schedule")) {
    DSCHED_TRY_ASSIGN(const Expression expression,
                      parse_expression(context, *text, Dialect::dsched));
    job.timetable = Timetable({expression.schedule}, expression.zone);
  }
  return job;
}

std::string shell_quoted(std::string_view word) {
  std::string quoted = "'";
  for (char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

// `dsched run JOB -- ARG...` puts the words behind the job's command.
Outcome<void> add_words(Job& job, const std::vector<std::string>& words) {
  if (auto* argv = std::get_if<ArgvCommand>(&job.command)) {
    argv->words.insert(argv->words.end(), words.begin(), words.end());
    return {};
  }
  auto* shell = std::get_if<ShellCommand>(&job.command);
  if (shell == nullptr)
    return usage_failure(fmt::format("'{}' is a script: it takes no words", job.name));
  for (const std::string& word : words) shell->text += " " + shell_quoted(word);
  return {};
}

// Names that were refused are not "unknown": their file has errors.
Outcome<void> refuse_rejected(const Configuration& configuration,
                              const std::vector<std::string>& words) {
  for (const Rejected& rejected : configuration.rejected) {
    if (std::find(words.begin(), words.end(), rejected.job) == words.end()) continue;
    Failure failure = usage_failure(fmt::format("job '{}' has errors", rejected.job));
    failure.hint = "dsched check";
    return failure;
  }
  return {};
}

// A file given with -f has to be right as a whole: a pipeline with holes is none.
Outcome<void> refuse_errors(const Context& context, const Workspace& workspace) {
  const std::vector<Diagnostic>& diagnostics = workspace.configuration.diagnostics;
  if (!workspace.paths.files_only || !has_errors(diagnostics)) return {};
  for (const Diagnostic& diagnostic : diagnostics)
    context.err().write(render(diagnostic, context.err_style.colour()) + "\n");
  return usage_failure("nothing was run: the file has errors");
}

// Waits for jobs that are not run here are over.
void keep_inner_edges(std::vector<Job>& jobs) {
  const std::vector<std::string> names = names_of(jobs);
  for (Job& job : jobs) {
    std::erase_if(job.after, [&](const std::string& upstream) {
      return std::find(names.begin(), names.end(), upstream) == names.end();
    });
  }
}

Outcome<std::vector<Job>> named_jobs(const Context& context, const Workspace& workspace) {
  const std::vector<Job>& all = workspace.configuration.jobs;
  const std::optional<std::string> from = context.arguments.value("from");
  std::vector<std::string> words = context.arguments.words();
  if (words.empty() && from && !workspace.paths.files_only) words = graph_around(all, *from);
  if (words.empty() && !workspace.paths.files_only)
    return usage_failure("the name of a job is missing, or -- and a command");
  DSCHED_TRY(refuse_rejected(workspace.configuration, words));
  DSCHED_TRY_ASSIGN(const std::vector<const Job*> selected, select_jobs(all, words, {}));
  std::vector<std::string> names;
  for (const Job* job : selected) {
    if (!words.empty() || job->enabled) names.push_back(job->name);
  }
  const bool with_others = workspace.paths.files_only && !context.arguments.has("only");
  const auto wanted =
      with_others ? with_upstreams(graph_of(all), names) : with_upstreams({}, names);
  std::vector<Job> jobs;
  for (const Job& job : all) {
    if (wanted.count(job.name) > 0) jobs.push_back(job);
  }
  if (!from) return jobs;
  DSCHED_TRY_ASSIGN(const auto summaries, read_summaries(workspace.paths));
  return jobs_from(std::move(jobs), *from, summaries);
}

Outcome<Values> parameters(const Arguments& arguments, const std::vector<Job>& jobs) {
  DSCHED_TRY_ASSIGN(Values given, assignments(arguments, "param"));
  std::vector<const Job*> pointers;
  for (const Job& job : jobs) pointers.push_back(&job);
  DSCHED_TRY(check_parameters(pointers, given));
  return given;
}

Outcome<void> apply_options(const Arguments& arguments, std::vector<Job>& jobs) {
  DSCHED_TRY_ASSIGN(const std::optional<Duration> timeout, arguments.duration("timeout"));
  DSCHED_TRY_ASSIGN(const auto variables, assignments(arguments, "env"));
  DSCHED_TRY_ASSIGN(const int retry, arguments.number("retry", -1, 0));
  for (Job& job : jobs) {
    job.enabled = true;
    if (timeout) job.timeout = timeout;
    if (retry >= 0) job.retry.max = retry;
    job.env.insert(job.env.end(), variables.begin(), variables.end());
  }
  return {};
}

struct ToRun {
  std::vector<Job> jobs;
  Limits limits;
};

Outcome<ToRun> jobs_to_run(const Context& context, const Paths& paths) {
  const Arguments& arguments = context.arguments;
  ToRun to_run;
  std::vector<Job>& jobs = to_run.jobs;
  if (arguments.words().empty() && arguments.job_words() && !paths.files_only) {
    DSCHED_TRY_ASSIGN(Job job, anonymous_job(context));
    jobs.push_back(std::move(job));
  } else {
    if (arguments.has("schedule")) return usage_failure("--schedule needs -- and a command");
    DSCHED_TRY_ASSIGN(const Workspace workspace, open_workspace(context));
    DSCHED_TRY(refuse_errors(context, workspace));
    DSCHED_TRY_ASSIGN(jobs, named_jobs(context, workspace));
    to_run.limits = workspace.configuration.settings.limits;
    if (arguments.job_words()) {
      if (jobs.size() != 1) return usage_failure("words after -- need exactly one job");
      DSCHED_TRY(add_words(jobs.front(), *arguments.job_words()));
    }
  }
  DSCHED_TRY(apply_options(arguments, jobs));
  keep_inner_edges(jobs);
  return to_run;
}

// nullptr: the runs are not recorded, which is said unless it was asked for.
std::unique_ptr<History> open_record(const Context& context, const Paths& paths) {
  if (context.arguments.has("no-record") || paths.state_directory.empty()) return nullptr;
  Result<void> made = context.platform.files.make_directories(paths.state_directory, 0700);
  Result<std::unique_ptr<History>> history =
      made ? open_history(paths.history_file()) : Result<std::unique_ptr<History>>(made.error());
  if (history) return std::move(*history);
  context.err().write(fmt::format("dsched: not recorded: {}\n", visible(history.error().message)));
  context.err().flush();
  return nullptr;
}

// What follows from the results of others is no news of its own.
bool is_consequence(const Decision& decision) {
  return decision.reason == Reason::condition || decision.reason == Reason::upstream_failed ||
         decision.reason == Reason::draining;
}

// The code of the first run that failed; 75 when nothing failed but something was too busy to
// start.
int exit_code_of(const ForegroundReport& report) {
  if (report.interrupted_by != 0) return 128 + report.interrupted_by;
  for (const RunRecord& run : report.runs) {
    if (const int code = exit_code_of(run); code != kExitOk) return code;
  }
  const auto& decisions = report.decisions;
  return std::all_of(decisions.begin(), decisions.end(), is_consequence) ? kExitOk : kExitTemporary;
}

void print_json(const Context& context, const ForegroundReport& report, const TimeView& view) {
  if (report.runs.size() == 1 && report.decisions.empty()) {
    Json run = run_json(report.runs.front(), view);
    context.out().write(Json::object({{"schema", "dsched.run/1"}}).merge(std::move(run)).dump() +
                        "\n");
    return;
  }
  Json runs = Json::array();
  for (const RunRecord& run : report.runs) runs.push(run_json(run, view));
  Json decisions = Json::array();
  for (const Decision& decision : report.decisions)
    decisions.push(decision_json(decision, view, context.platform.host));
  Json answer = Json::object({{"schema", "dsched.runs/1"}, {"exit_code", exit_code_of(report)}});
  answer.set("runs", std::move(runs));
  answer.set("decisions", std::move(decisions));
  context.out().write(answer.dump() + "\n");
}

// Private directories of attempts; gone when this is.
class ScratchPlace {
 public:
  explicit ScratchPlace(Platform& platform) : scratch_(platform.scratch) {
    const std::string parent = platform.environment.get("TMPDIR");
    parent_ = parent.empty() ? "/tmp" : parent;
    name_ = fmt::format("dsched-{}-{}", platform.pid, platform.entropy.next_u64());
  }
  ~ScratchPlace() { scratch_.remove(parent_, name_); }
  ScratchPlace(const ScratchPlace&) = delete;
  ScratchPlace& operator=(const ScratchPlace&) = delete;
  std::string path() const { return parent_ + "/" + name_; }

 private:
  Scratch& scratch_;
  std::string parent_;
  std::string name_;
};

Outcome<ForegroundOptions> foreground_options(Context& context, const Paths& paths, ToRun to_run,
                                              bool recorded) {
  ForegroundOptions options;
  DSCHED_TRY_ASSIGN(options.parallel, context.arguments.number("jobs", 1, 1));
  DSCHED_TRY_ASSIGN(options.foreground_id,
                    foreground_id(context.platform.pid, context.platform.files));
  DSCHED_TRY_ASSIGN(options.params, parameters(context.arguments, to_run.jobs));
  options.jobs = std::move(to_run.jobs);
  options.limits = std::move(to_run.limits);
  options.by_schedule = context.arguments.has("schedule");
  options.keep_going = context.arguments.has("keep-going");
  options.as_daemon = context.arguments.has("as-daemon");
  options.working_directory = context.platform.working_directory;
  options.log_directory = recorded ? paths.log_directory : "";
  return options;
}

Outcome<int> execute(Context& context, const Paths& paths, ToRun to_run) {
  DSCHED_TRY_ASSIGN(const auto zone, context.display_zone());
  const std::unique_ptr<History> history = open_record(context, paths);
  const std::size_t count = to_run.jobs.size();
  DSCHED_TRY_ASSIGN(ForegroundOptions options,
                    foreground_options(context, paths, std::move(to_run), history != nullptr));
  const ScratchPlace scratch(context.platform);
  options.scratch_place = scratch.path();
  std::signal(SIGPIPE, SIG_IGN);  // the job goes on when nobody reads what it says
  RunProgress progress(context, count);
  const ForegroundReport report =
      run_foreground(world_of(context.platform), host_facts(context.platform, paths.system_scope),
                     std::move(options), history.get(), progress.listener());
  progress.finish(report);
  if (context.json) print_json(context, report, TimeView(zone, context.platform.clock.now()));
  return exit_code_of(report);
}

// What goes wrong before the first job is ours, not the job's; wrong words keep their codes.
Failure around_the_job(Failure failure) {
  if (failure.exit_code == kExitTemporary || failure.exit_code == kExitInternal)
    failure.exit_code = kExitFailed;
  return failure;
}

Outcome<int> run(Context& context) {
  DSCHED_TRY_ASSIGN(const Paths paths, resolve_paths(context));
  DSCHED_TRY_ASSIGN(ToRun to_run, jobs_to_run(context, paths));
  if (context.arguments.has("dry-run")) return print_plan(context, to_run.jobs);
  DSCHED_TRY_ASSIGN(const std::optional<int> busy, settle_busy(context, paths, to_run.jobs));
  if (busy) return *busy;
  Outcome<int> code = execute(context, paths, std::move(to_run));
  if (!code) return around_the_job(std::move(code).error());
  return code;
}

constexpr CommandSpec kCommand{
    .name = "run",
    .heading = "Run",
    .summary = "here and now, in the foreground",
    .usage = "JOB... [-- ARG...] | [-s EXPR] -- COMMAND... | -f FILE [JOB...]",
    .words = Words::any,
    .word_kind = "job",
    .takes_command = true,
    .groups = kReadsJobs | kTimes,
    .options = kOptions,
    .description =
        "Runs jobs as the user who calls, with their output passed through unchanged, and ends "
        "with their\n"
        "exit code; of several, that of the first that failed. With -f FILE the jobs that a named "
        "job runs\n"
        "after are run too, and without a name the whole file is. Ctrl-C stops, a second one "
        "kills.\n"
        "--json answers on stdout when all is over; the output of the jobs then goes to stderr.",
    .examples =
        "dsched run nightly\ndsched run -f ci.toml -j4 -k lint test build\n"
        "dsched run --as-daemon nightly\ndsched run -s 'every 5m' -- ./poll.sh --once",
    .run = run,
};

}  // namespace

const CommandSpec& run_command() {
  return kCommand;
}

}  // namespace dsched
