#include "cli/run_choice.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/run_id.h"
#include "cli/await.h"
#include "daemon/foreground_id.h"

namespace dsched {
namespace {

// How long a run is waited for before its process is looked at again.
constexpr Duration kLookAgain = std::chrono::seconds{1};

bool ended_ok(const std::map<std::string, JobSummary>& summaries, const std::string& job) {
  const auto summary = summaries.find(job);
  return summary != summaries.end() && summary->second.last &&
         summary->second.last->result == RunResult::ok;
}

// The process of a `dsched run` may have died without saying so; the daemon tells how runs end.
bool goes_on(const RunRecord& run, Files& files) {
  return !is_foreground(run.supervisor) || foreground_is_alive(run.supervisor, files);
}

Outcome<std::vector<RunRecord>> runs_that_go_on(const Context& context, HistoryReader& history,
                                                const std::vector<Job>& jobs) {
  RunQuery query;
  query.jobs = names_of(jobs);
  query.unfinished_only = true;
  DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, history.runs(query));
  std::erase_if(runs, [&](const RunRecord& run) { return !goes_on(run, context.platform.files); });
  return runs;
}

}  // namespace

AfterGraph graph_of(const std::vector<Job>& jobs) {
  AfterGraph graph;
  for (const Job& job : jobs) graph[job.name] = job.after;
  return graph;
}

Outcome<std::vector<Job>> jobs_from(std::vector<Job> jobs, const std::string& from,
                                    const std::map<std::string, JobSummary>& summaries) {
  const std::vector<std::string> names = names_of(jobs);
  if (std::find(names.begin(), names.end(), from) == names.end())
    return unknown_name("job", from, names);
  const auto again = with_downstreams(graph_of(jobs), {from});
  std::erase_if(jobs, [&](const Job& job) {
    return again.count(job.name) == 0 && ended_ok(summaries, job.name);
  });
  return jobs;
}

std::vector<std::string> graph_around(const std::vector<Job>& jobs, const std::string& from) {
  const AfterGraph graph = graph_of(jobs);
  const auto below = with_downstreams(graph, {from});
  const auto all = with_upstreams(graph, {below.begin(), below.end()});
  return {all.begin(), all.end()};
}

Outcome<std::optional<int>> settle_busy(Context& context, const Paths& paths,
                                        const std::vector<Job>& jobs) {
  const std::optional<std::string> what = context.arguments.value("if-busy");
  if (!what) return std::optional<int>{};
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> history, open_reader(paths));
  if (!history) return std::optional<int>{};
  for (std::string told;;) {
    DSCHED_TRY_ASSIGN(const std::vector<RunRecord> runs, runs_that_go_on(context, *history, jobs));
    if (runs.empty()) return std::optional<int>{};
    const RunRecord& busy = runs.front();
    const std::string who =
        fmt::format("'{}' is running already, run {}", busy.job, short_run_id(busy.run_id));
    if (*what == "fail") return Failure(kExitTemporary, "busy", who);
    if (std::exchange(told, busy.run_id) != busy.run_id)
      context.note(fmt::format("dsched: {}: {}", who, *what == "skip" ? "skipped" : "waiting"));
    if (*what == "skip") return std::optional<int>{kExitOk};
    const auto ended =
        await_endings(context, *history, {{busy.job, busy.firing_at, busy.run_id}}, kLookAgain);
    if (!ended && ended.error().exit_code != kExitTimeout) return ended.error();
  }
}

}  // namespace dsched
