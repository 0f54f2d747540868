#include <fmt/format.h>

#include "cli/await.h"
#include "cli/commands.h"
#include "cli/jobs.h"
#include "daemon/submitted.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"timeout", 0, "DURATION", "give up after this long, with exit code 124"},
};

// A submitted job that is not due yet has no run, and will have one.
std::optional<Awaited> to_come(const Workspace& workspace, const std::string& name) {
  const std::string directory = submitted_directory(workspace.paths.state_directory);
  for (const Job& job : workspace.configuration.jobs) {
    if (job.name != name || !is_submitted(job, directory)) continue;
    if (const std::optional<Second> due = job.timetable.next(kFirstSecond))
      return Awaited{name, *due, "", {}};
  }
  return std::nullopt;
}

// What goes on, else what waits, else what is to come, else what has ended last.
Outcome<Awaited> awaited_by(const Workspace& workspace, HistoryReader& history,
                            const std::string& word) {
  RunQuery query;
  query.jobs = {word};
  query.unfinished_only = true;
  query.limit = 1;
  DSCHED_TRY_ASSIGN(const std::vector<RunRecord> open, history.runs(query));
  if (!open.empty()) return Awaited{word, open.front().firing_at, open.front().run_id, {}};
  DSCHED_TRY_ASSIGN(const std::vector<WaitingRecord> waiting, history.waiting({word}));
  if (!waiting.empty()) return Awaited{word, waiting.front().firing_at, "", {}};
  if (std::optional<Awaited> coming = to_come(workspace, word)) return *coming;
  DSCHED_TRY_ASSIGN(const RunRecord run,
                    select_run(history, workspace.configuration.jobs, word, workspace.view));
  return Awaited{run.job, run.firing_at, run.run_id, {}};
}

Outcome<int> run(Context& context) {
  if (context.arguments.words().empty()) return usage_failure("a job or a run is missing");
  const std::string& word = context.arguments.words().front();
  DSCHED_TRY_ASSIGN(const std::optional<Duration> patience, context.arguments.duration("timeout"));
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_workspace(context));
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> history, open_reader(workspace.paths));
  if (!history) return unknown_name("job or run", word, {});
  DSCHED_TRY_ASSIGN(const Awaited awaited, awaited_by(workspace, *history, word));
  DSCHED_TRY_ASSIGN(const std::vector<Ending> endings,
                    await_endings(context, *history, {awaited}, patience));
  if (context.json) {
    Json answer = Json::object({{"schema", "dsched.wait/1"}});
    answer.merge(endings_json(endings, workspace.view, context.platform.host));
    context.out().write(answer.dump() + "\n");
  } else {
    context.out().write(ending_in_words(endings.front()) + "\n");
  }
  return exit_code_of(endings);
}

constexpr CommandSpec kCommand{
    .name = "wait",
    .heading = "Run",
    .summary = "until a run has ended",
    .usage = "JOB | JOB@-1 | RUN",
    .words = Words::one,
    .word_kind = "job",
    .groups = kReadsJobs | kTimes,
    .options = kOptions,
    .description =
        "Ends with the exit code of the run. Of a job, the run that goes on is waited for, else "
        "the one that\n"
        "waits for its turn or was submitted for later; when there is none, the last one has ended "
        "already.\n"
        "75 when the firing was skipped or missed instead.",
    .examples = "dsched wait nightly\ndsched wait 3kq2m9tx --timeout 2h",
    .run = run,
};

}  // namespace

const CommandSpec& wait_command() {
  return kCommand;
}

}  // namespace dsched
