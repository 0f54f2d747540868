#include <fmt/format.h>

#include "base/run_id.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/daemon_call.h"
#include "cli/records.h"
#include "daemon/control.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"all", 0, "", "every job, those to come included"},
    {"for", 0, "DURATION", "resume by itself after this long"},
    {"until", 0, "TIME", "resume by itself at this time"},
    {"reason", 0, "TEXT", "why, for those who wonder"},
    {"kill", 0, "", "also end what runs of them"},
};

Outcome<std::optional<Instant>> end_of_pause(const Arguments& arguments, const TimeView& view) {
  DSCHED_TRY_ASSIGN(const std::optional<Duration> span, arguments.duration("for"));
  const std::optional<std::string> until = arguments.value("until");
  if (span && until) return usage_failure("--for and --until exclude each other");
  if (span) return std::optional<Instant>{view.now() + *span};
  if (!until) return std::optional<Instant>{};
  Result<Instant> at = parse_time(*until, view.zone(), view.now());
  if (!at) return usage_failure(fmt::format("--until: {}", at.error().message));
  if (*at <= view.now()) return usage_failure("--until: that time is over");
  return std::optional<Instant>{*at};
}

Outcome<PauseRequest> request_of(const Arguments& arguments, const Workspace& workspace) {
  PauseRequest request;
  DSCHED_TRY_ASSIGN(request.jobs, jobs_to_ask_for(workspace.configuration.jobs, arguments.words()));
  if (request.jobs.empty() != arguments.has("all"))
    return usage_failure(request.jobs.empty() ? "name jobs, or say --all" : "either jobs or --all");
  DSCHED_TRY_ASSIGN(request.until, end_of_pause(arguments, workspace.view));
  request.reason = arguments.value("reason").value_or("");
  request.kill = arguments.has("kill");
  return request;
}

void print_text(const Context& context, const PauseReport& report, const TimeView& view) {
  const bool all = report.jobs.empty();
  const std::string until =
      report.until ? fmt::format(" until {} ({})", view.full(*report.until), view.zone().name())
                   : "";
  context.out().write(fmt::format("paused {}{}.  Undo: dsched resume {}\n",
                                  all ? "all jobs" : names_in_words(report.jobs), until,
                                  all ? "--all" : join(report.jobs, " ")));
  for (const std::string& run : report.stopping)
    context.out().write(fmt::format("run {} is asked to end\n", short_run_id(run)));
}

Outcome<int> run(Context& context) {
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_for_daemon(context));
  DSCHED_TRY_ASSIGN(const PauseRequest request, request_of(context.arguments, workspace));
  Result<PauseReport> report = ask_pause(workspace.paths.run_directory, request);
  if (!report)
    return daemon_failure(std::move(report).error(), workspace.configuration.jobs, request.jobs);
  if (!context.json) {
    print_text(context, *report, workspace.view);
    return kExitOk;
  }
  context.out().write(Json::object({{"schema", "dsched.pause/1"},
                                    {"all", report->jobs.empty()},
                                    {"jobs", texts_json(report->jobs)},
                                    {"until_at", time_json(workspace.view, report->until)},
                                    {"until_unix", unix_json(report->until)},
                                    {"stopping", texts_json(report->stopping)}})
                          .dump() +
                      "\n");
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "pause",
    .heading = "Change",
    .summary = "let nothing of a job start",
    .usage = "JOB... | --all",
    .words = Words::any,
    .word_kind = "job",
    .groups = kReadsJobs | kTimes,
    .options = kOptions,
    .description =
        "Firings of a paused job are skipped, with the reason on record. What runs goes on. The "
        "pause is kept\n"
        "over restarts; for good, write enabled = false into the job's file.",
    .examples =
        "dsched pause cleanup --for 2h --reason 'moving the disks'\n"
        "dsched pause 'backup/*' --until 2026-11-23T08:00\ndsched pause --all",
    .run = run,
};

}  // namespace

const CommandSpec& pause_command() {
  return kCommand;
}

}  // namespace dsched
