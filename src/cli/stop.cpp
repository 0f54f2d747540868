#include <algorithm>

#include <fmt/format.h>

#include "base/run_id.h"
#include "cli/commands.h"
#include "cli/daemon_call.h"
#include "daemon/control.h"
#include "daemon/foreground_id.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"now", 0, "", "kill it, instead of asking it to end"},
};

bool is_job(const Workspace& workspace, const std::string& word) {
  const std::vector<Job>& jobs = workspace.configuration.jobs;
  return std::any_of(jobs.begin(), jobs.end(), [&](const Job& job) { return job.name == word; });
}

Outcome<StopRequest> request_for_run(const Workspace& workspace, const std::string& word) {
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> history, open_reader(workspace.paths));
  if (!history) return unknown_name("job or run", word, names_of(workspace.configuration.jobs));
  DSCHED_TRY_ASSIGN(const RunRecord run,
                    select_run(*history, workspace.configuration.jobs, word, workspace.view));
  const std::string id = short_run_id(run.run_id);
  if (run.result)
    return Failure(kExitNotFound, "not_found", fmt::format("run {} has ended already", id));
  if (is_foreground(run.supervisor)) {
    Failure failure = usage_failure(fmt::format("run {} is not the daemon's", id));
    failure.hint = "it belongs to a dsched run: press Ctrl-C there";
    return failure;
  }
  return StopRequest{run.run_id, "", false};
}

void print_text(const Context& context, const StopReport& report, const std::string& word,
                bool kill) {
  for (const std::string& run : report.stopping)
    context.out().write(fmt::format(
        "run {} {}\n", short_run_id(run),
        kill ? "is killed" : "is asked to end.  Quicker: dsched stop --now " + short_run_id(run)));
  if (report.taken_back == 0) return;
  const bool one = report.taken_back == 1;
  context.out().write(fmt::format("{}: {} firing{} taken back that {} to come\n", word,
                                  report.taken_back, one ? "" : "s", one ? "was" : "were"));
}

Outcome<int> run(Context& context) {
  if (context.arguments.words().empty()) return usage_failure("a job or a run is missing");
  const std::string& word = context.arguments.words().front();
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_for_daemon(context));
  StopRequest request{"", word, false};
  if (!is_job(workspace, word)) {
    DSCHED_TRY_ASSIGN(request, request_for_run(workspace, word));
  }
  request.kill = context.arguments.has("now");
  Result<StopReport> report = ask_stop(workspace.paths.run_directory, request);
  if (!report)
    return daemon_failure(std::move(report).error(), workspace.configuration.jobs, {word});
  if (report->stopping.empty() && report->taken_back == 0)
    return Failure(kExitNotFound, "not_found",
                   fmt::format("'{}' does not run, and nothing of it waits", word));
  if (context.json) {
    context.out().write(Json::object({{"schema", "dsched.stop/1"},
                                      {"stopping", texts_json(report->stopping)},
                                      {"taken_back", report->taken_back}})
                            .dump() +
                        "\n");
  } else {
    print_text(context, *report, word, request.kill);
  }
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "stop",
    .heading = "Run",
    .summary = "end a run, or take back what waits",
    .usage = "JOB | RUN",
    .words = Words::one,
    .word_kind = "job",
    .groups = kReadsJobs | kTimes,
    .options = kOptions,
    .description =
        "Of a job, all of its runs are ended, and its firings that wait for their turn are taken "
        "back; so is a\n"
        "submitted job that is not due yet. A run gets its stop_signal, and KILL after "
        "kill_after. Exit code 3\n"
        "when there is nothing to stop.",
    .examples = "dsched stop nightly\ndsched stop --now 3kq2m9tx",
    .run = run,
};

}  // namespace

const CommandSpec& stop_command() {
  return kCommand;
}

}  // namespace dsched
