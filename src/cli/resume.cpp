#include <algorithm>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/daemon_call.h"
#include "daemon/control.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"all", 0, "", "end the pause of all jobs"},
};

// Why a job that was named has no pause that `resume` or `resolve` could end.
std::string other_pause_of(const std::vector<Pause>& pauses, const std::string& job) {
  for (const Pause& pause : pauses) {
    if (pause.job == job && pause.kind == Pause::Kind::hold)
      return fmt::format("is held since a run of it was lost.  Next: dsched resolve {}", job);
    if (pause.job == job) return fmt::format("is paused.  Next: dsched resume {}", job);
    if (pause.job.empty()) return "is paused with all jobs.  Next: dsched resume --all";
  }
  return "was not paused";
}

std::string shown(const std::string& job) {
  return job.empty() ? "the daemon" : job;
}

void print(const Context& context, const ResumeReport& report, const std::vector<Pause>& pauses) {
  if (context.json) {
    const bool all =
        std::find(report.resumed.begin(), report.resumed.end(), "") != report.resumed.end();
    context.out().write(
        Json::object({{"schema", "dsched.resume/1"},
                      {"all", all},
                      {"resumed", texts_json(all ? std::vector<std::string>{} : report.resumed)},
                      {"not_paused", texts_json(report.not_paused)}})
            .dump() +
        "\n");
    return;
  }
  for (const std::string& job : report.resumed) {
    context.out().write(
        job.empty() ? "all jobs may start again.  Undo: dsched pause --all\n"
                    : fmt::format("{} may start again.  Undo: dsched pause {}\n", job, job));
  }
  for (const std::string& job : report.not_paused)
    context.out().write(fmt::format("{} {}\n", shown(job), other_pause_of(pauses, job)));
}

Outcome<int> finish(const Context& context, const Workspace& workspace, Result<ResumeReport> report,
                    const std::vector<std::string>& names) {
  if (!report)
    return daemon_failure(std::move(report).error(), workspace.configuration.jobs, names);
  std::vector<Pause> pauses;
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> history, open_reader(workspace.paths));
  if (history) {
    DSCHED_TRY_ASSIGN(pauses, history->pauses());
  }
  print(context, *report, pauses);
  const auto is_held = [&](const std::string& job) {
    return std::any_of(pauses.begin(), pauses.end(), [&](const Pause& pause) {
      return pause.job == job && pause.kind == Pause::Kind::hold;
    });
  };
  return std::any_of(report->not_paused.begin(), report->not_paused.end(), is_held) ? kExitNo
                                                                                    : kExitOk;
}

Outcome<int> resume(Context& context) {
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_for_daemon(context));
  ResumeRequest request;
  DSCHED_TRY_ASSIGN(request.jobs,
                    jobs_to_ask_for(workspace.configuration.jobs, context.arguments.words()));
  if (request.jobs.empty() != context.arguments.has("all"))
    return usage_failure(request.jobs.empty() ? "name jobs, or say --all" : "either jobs or --all");
  return finish(context, workspace, ask_resume(workspace.paths.run_directory, request),
                request.jobs);
}

Outcome<int> resolve(Context& context) {
  if (context.arguments.words().empty()) return usage_failure("the name of a job is missing");
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_for_daemon(context));
  const std::string& job = context.arguments.words().front();
  return finish(context, workspace, ask_resolve(workspace.paths.run_directory, {job}), {job});
}

constexpr CommandSpec kResume{
    .name = "resume",
    .heading = "Change",
    .summary = "end a pause",
    .usage = "JOB... | --all",
    .words = Words::any,
    .word_kind = "job",
    .groups = kReadsJobs | kTimes,
    .options = kOptions,
    .description =
        "A job that was paused by name, by pause_after_failures or by pause_after_lost starts "
        "again. While\n"
        "all jobs are paused, none does; --all ends that. What was skipped meanwhile is not made "
        "up for:\n"
        "dsched trigger JOB --backfill FROM..TO does so.",
    .examples = "dsched resume cleanup\ndsched resume --all",
    .run = resume,
};

constexpr CommandSpec kResolve{
    .name = "resolve",
    .heading = "Change",
    .summary = "let a job go on after a lost run",
    .usage = "JOB",
    .words = Words::one,
    .word_kind = "job",
    .groups = kReadsJobs | kTimes,
    .description =
        "A job with on_lost = \"hold\" starts nothing more when one of its runs was lost, because "
        "nobody knows\n"
        "what that run did. When you have looked, this lets it go on.",
    .examples = "dsched logs import@lost\ndsched resolve import",
    .run = resolve,
};

}  // namespace

const CommandSpec& resume_command() {
  return kResume;
}

const CommandSpec& resolve_command() {
  return kResolve;
}

}  // namespace dsched
