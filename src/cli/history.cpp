#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/run_id.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/jobs.h"
#include "cli/records.h"
#include "cli/table.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"count", 'n', "N", "how many (20)"},
    {"since", 0, "TIME", "from this time on: yesterday, -2h, 2026-11-20"},
    {"until", 0, "TIME", "before this time"},
    {"result", 0, "RESULT,...", "ok, failed, timeout, killed, cancelled, lost"},
    {"host", 0, "HOST", "only runs on this host"},
    {"decisions", 0, "", "also what was skipped, was missed, or waits"},
    {"stats", 0, "", "numbers for each job instead of its runs"},
    {"jsonl", 0, "", "one JSON object a line for each run or decision"},
};

constexpr Duration kStatisticsSpan = std::chrono::hours{24 * 30};

struct Filter {
  std::vector<std::string> jobs;
  std::optional<Instant> since, until;
  std::vector<RunResult> results;
  std::optional<std::string> host;
  std::size_t count;
};

struct Entry {
  std::optional<RunRecord> run;
  std::optional<WaitingRecord> waiting;
  Decision decision;  // when there is neither

  Instant at() const {
    if (waiting) return waiting->firing_at;
    return run ? run->started_at.value_or(run->claimed_at) : decision.firing_at;
  }
};

Outcome<std::optional<Instant>> time_option(const Context& context, std::string_view option,
                                            const TimeView& view) {
  const std::optional<std::string> text = context.arguments.value(option);
  if (!text) return std::optional<Instant>{};
  Result<Instant> at = parse_time(*text, view.zone(), view.now());
  if (at) return std::optional<Instant>{*at};
  Failure failure = usage_failure(fmt::format("--{}: {}", option, at.error().message));
  failure.hint = at.error().hint;
  return failure;
}

Outcome<std::vector<RunResult>> results_option(const Context& context) {
  std::vector<RunResult> results;
  for (const std::string& value : context.arguments.values("result")) {
    for (std::string_view word : split(value, ',')) {
      const std::optional<RunResult> result = run_result_from_text(trim(word));
      if (!result) return usage_failure(fmt::format("--result: '{}' is no result", trim(word)));
      results.push_back(*result);
    }
  }
  return results;
}

// Jobs that have gone still have a history, so a name that no file knows is looked for there.
Outcome<std::vector<std::string>> job_names(const Context& context, const Workspace& workspace,
                                            HistoryReader* history) {
  const std::vector<std::string>& words = context.arguments.words();
  if (words.empty()) return std::vector<std::string>{};
  std::vector<std::string> known = names_of(workspace.configuration.jobs);
  if (history != nullptr) {
    DSCHED_TRY_ASSIGN(const auto summaries, history->summaries());
    for (const auto& [name, summary] : summaries) known.push_back(name);
  }
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  std::vector<std::string> names;
  for (const std::string& word : words) {
    const std::size_t before = names.size();
    for (const std::string& name : known) {
      if (name == word || (has_glob_characters(word) && glob_match(word, name)))
        names.push_back(name);
    }
    if (names.size() == before) return unknown_name("job", word, known);
  }
  return names;
}

Outcome<Filter> filter_of(const Context& context, const Workspace& workspace,
                          HistoryReader* history) {
  Filter filter;
  DSCHED_TRY_ASSIGN(filter.jobs, job_names(context, workspace, history));
  DSCHED_TRY_ASSIGN(filter.since, time_option(context, "since", workspace.view));
  DSCHED_TRY_ASSIGN(filter.until, time_option(context, "until", workspace.view));
  DSCHED_TRY_ASSIGN(filter.results, results_option(context));
  DSCHED_TRY_ASSIGN(const int count, context.arguments.number("count", 20, 1));
  filter.count = static_cast<std::size_t>(count);
  filter.host = context.arguments.value("host");
  return filter;
}

Outcome<std::vector<RunRecord>> read_runs(HistoryReader& history, const Filter& filter) {
  RunQuery query;
  query.jobs = filter.jobs;
  query.since = filter.since;
  query.until = filter.until;
  query.results = filter.results;
  query.limit = filter.host ? 0 : filter.count;
  DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, history.runs(query));
  if (filter.host)
    std::erase_if(runs, [&](const RunRecord& run) { return run.host != *filter.host; });
  if (runs.size() > filter.count) runs.resize(filter.count);
  return runs;
}

Outcome<std::vector<Decision>> read_decisions(HistoryReader& history, const Filter& filter) {
  DecisionQuery query;
  query.jobs = filter.jobs;
  query.since = filter.since;
  query.until = filter.until;
  query.without_started = true;
  query.limit = filter.count;
  DSCHED_TRY_ASSIGN(std::vector<Decision> decisions, history.decisions(query));
  return decisions;
}

Outcome<std::vector<WaitingRecord>> read_waiting(HistoryReader& history, const Filter& filter) {
  DSCHED_TRY_ASSIGN(std::vector<WaitingRecord> waiting, history.waiting(filter.jobs));
  std::erase_if(waiting, [&](const WaitingRecord& record) {
    return (filter.since && record.firing_at < *filter.since) ||
           (filter.until && record.firing_at >= *filter.until);
  });
  return waiting;
}

// Newest first.
Outcome<std::vector<Entry>> read_entries(const Context& context, HistoryReader& history,
                                         const Filter& filter) {
  std::vector<Entry> entries;
  DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, read_runs(history, filter));
  for (RunRecord& run : runs) entries.push_back({std::move(run), std::nullopt, {}});
  if (context.arguments.has("decisions")) {
    DSCHED_TRY_ASSIGN(std::vector<Decision> decisions, read_decisions(history, filter));
    for (Decision& decision : decisions)
      entries.push_back({std::nullopt, std::nullopt, std::move(decision)});
    DSCHED_TRY_ASSIGN(std::vector<WaitingRecord> waiting, read_waiting(history, filter));
    for (WaitingRecord& record : waiting) entries.push_back({std::nullopt, std::move(record), {}});
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.at() > b.at(); });
    if (entries.size() > filter.count) entries.resize(filter.count);
  }
  return entries;
}

std::string why(const Entry& entry) {
  if (entry.waiting) return wait_words(*entry.waiting);
  if (!entry.run) {
    const Decision& decision = entry.decision;
    std::string text(to_text(decision.reason));
    if (!decision.detail.empty()) text += ": " + decision.detail;
    if (decision.firings > 1)
      text += fmt::format(" ({} firings)", with_thousands(decision.firings));
    return text;
  }
  std::string text(to_text(entry.run->trigger));
  if (entry.run->attempts.size() > 1) text += fmt::format(", {} tries", entry.run->attempts.size());
  if (!entry.run->attempts.empty()) {
    const AttemptOutcome& last = entry.run->attempts.back().outcome;
    if (last.failure.step != StartStep::none) text += ", " + describe(last.failure);
  }
  return text;
}

std::vector<Cell> row_of(const Entry& entry, const TimeView& view) {
  const Cell started(view.date_time(entry.at()), view.rfc3339(entry.at()));
  if (!entry.run) {
    const std::string kind = entry.waiting ? "waiting" : std::string(to_text(entry.decision.kind));
    const std::string& job = entry.waiting ? entry.waiting->job : entry.decision.job;
    return {started,
            Cell(job),
            Cell("-", ""),
            Cell("-", ""),
            Cell(kind, kind, Ink::attention),
            Cell("-", ""),
            Cell(why(entry))};
  }
  const RunRecord& run = *entry.run;
  const std::optional<Duration> took = duration_of(run);
  const bool ended = run.result.has_value();
  return {
      started,
      Cell(run.job),
      Cell(short_run_id(run.run_id), run.run_id),
      ended && took ? Cell(human_duration(*took), fmt::format("{:.3f}", to_seconds(*took)))
                    : Cell("-", ""),
      Cell(result_words(run), ended ? std::string(to_text(*run.result)) : "running", ink_of(run)),
      Cell(run.host),
      Cell(why(entry))};
}

Outcome<void> print_table(const std::vector<Entry>& entries, const TimeView& view,
                          const Context& context) {
  Table table({{"started", fmt::format("STARTED ({})", view.zone().name())},
               {"job", "JOB"},
               {"run", "RUN"},
               {"took", "TOOK"},
               {"result", "RESULT"},
               {"host", "HOST"},
               {"why", "WHY"}});
  for (const Entry& entry : entries) table.add(row_of(entry, view));
  return table.print(context, false);
}

void print_json(const std::vector<Entry>& entries, const TimeView& view, const Context& context) {
  Json runs = Json::array();
  Json decisions = Json::array();
  Json waiting = Json::array();
  for (const Entry& entry : entries) {
    if (entry.run) {
      runs.push(run_json(*entry.run, view));
    } else if (entry.waiting) {
      waiting.push(waiting_json(*entry.waiting, view));
    } else {
      decisions.push(decision_json(entry.decision, view, context.platform.host));
    }
  }
  Json answer = Json::object({{"schema", "dsched.history/1"}});
  answer.set("runs", std::move(runs));
  answer.set("decisions", std::move(decisions));
  answer.set("waiting", std::move(waiting));
  context.out().write(answer.dump() + "\n");
}

void print_json_lines(const std::vector<Entry>& entries, const TimeView& view,
                      const Context& context) {
  const auto print = [&](const std::string& kind, Json record) {
    Json line = Json::object({{"schema", "dsched." + kind + "/1"}});
    line.set(kind, std::move(record));
    context.out().write(line.dump() + "\n");
  };
  for (const Entry& entry : entries) {
    if (entry.run) {
      print("run", run_json(*entry.run, view));
    } else if (entry.waiting) {
      print("waiting", waiting_json(*entry.waiting, view));
    } else {
      print("decision", decision_json(entry.decision, view, context.platform.host));
    }
  }
}

struct JobStatistics {
  std::string job;
  RunStatistics numbers;
};

double success_rate(const RunStatistics& numbers) {
  return numbers.runs == 0 ? 0
                           : static_cast<double>(numbers.ok) / static_cast<double>(numbers.runs);
}

Json statistics_json(const JobStatistics& entry) {
  const RunStatistics& numbers = entry.numbers;
  const bool any = numbers.runs > 0;
  return Json::object({{"job", entry.job},
                       {"runs", numbers.runs},
                       {"ok", numbers.ok},
                       {"skipped", numbers.skipped},
                       {"missed", numbers.missed},
                       {"success_rate", any ? Json(success_rate(numbers)) : Json()},
                       {"p50_s", any ? seconds_json(numbers.p50) : Json()},
                       {"p95_s", any ? seconds_json(numbers.p95) : Json()},
                       {"max_s", any ? seconds_json(numbers.max) : Json()},
                       {"longest_gap_s", seconds_json(numbers.longest_gap)}});
}

std::vector<Cell> statistics_row(const JobStatistics& entry) {
  const RunStatistics& numbers = entry.numbers;
  const auto span = [&](Duration duration) {
    if (numbers.runs == 0) return Cell("-", "");
    return Cell(human_duration(duration), fmt::format("{:.3f}", to_seconds(duration)));
  };
  const double rate = success_rate(numbers);
  return {Cell(entry.job),
          Cell(with_thousands(numbers.runs), std::to_string(numbers.runs)),
          numbers.runs == 0
              ? Cell("-", "")
              : Cell(fmt::format("{:.1f} %", rate * 100), fmt::format("{:.4f}", rate)),
          span(numbers.p50),
          span(numbers.p95),
          span(numbers.max),
          numbers.longest_gap ? Cell(human_duration(*numbers.longest_gap),
                                     fmt::format("{:.3f}", to_seconds(*numbers.longest_gap)))
                              : Cell("-", ""),
          Cell(std::to_string(numbers.skipped)),
          Cell(std::to_string(numbers.missed))};
}

Outcome<std::vector<JobStatistics>> read_statistics(HistoryReader* history, const Filter& filter,
                                                    Instant since) {
  std::vector<JobStatistics> statistics;
  if (history == nullptr) return statistics;
  std::vector<std::string> jobs = filter.jobs;
  if (jobs.empty()) {
    DSCHED_TRY_ASSIGN(const auto summaries, history->summaries());
    for (const auto& [name, summary] : summaries) jobs.push_back(name);
  }
  for (const std::string& job : jobs) {
    DSCHED_TRY_ASSIGN(const RunStatistics numbers, history->statistics(job, since));
    statistics.push_back({job, numbers});
  }
  return statistics;
}

Outcome<int> print_statistics(const Context& context, HistoryReader* history, const Filter& filter,
                              const TimeView& view) {
  const Instant since = filter.since.value_or(view.now() - kStatisticsSpan);
  DSCHED_TRY_ASSIGN(const std::vector<JobStatistics> statistics,
                    read_statistics(history, filter, since));
  if (context.json) {
    Json jobs = Json::array();
    for (const JobStatistics& entry : statistics) jobs.push(statistics_json(entry));
    context.out().write(Json::object({{"schema", "dsched.stats/1"},
                                      {"since_at", view.rfc3339(since)},
                                      {"since_unix", unix_json(since)},
                                      {"jobs", jobs}})
                            .dump() +
                        "\n");
    return kExitOk;
  }
  Table table({{"job", "JOB"},
               {"runs", "RUNS"},
               {"ok", "OK"},
               {"p50", "P50"},
               {"p95", "P95"},
               {"max", "MAX"},
               {"gap", "LONGEST GAP"},
               {"skipped", "SKIPPED"},
               {"missed", "MISSED"}});
  for (const JobStatistics& entry : statistics) table.add(statistics_row(entry));
  DSCHED_TRY(table.print(context, false));
  if (!context.plain)
    context.note(fmt::format("since {} ({})", view.full(since), view.zone().name()));
  return kExitOk;
}

Outcome<int> run(Context& context) {
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_workspace(context));
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> history, open_reader(workspace.paths));
  DSCHED_TRY_ASSIGN(const Filter filter, filter_of(context, workspace, history.get()));
  if (context.arguments.has("stats"))
    return print_statistics(context, history.get(), filter, workspace.view);
  std::vector<Entry> entries;
  if (history) {
    DSCHED_TRY_ASSIGN(entries, read_entries(context, *history, filter));
  }
  if (context.arguments.has("jsonl")) {
    print_json_lines(entries, workspace.view, context);
  } else if (context.json) {
    print_json(entries, workspace.view, context);
  } else if (entries.empty()) {
    context.note(history ? "no such run" : "nothing has run yet");
  } else {
    DSCHED_TRY(print_table(entries, workspace.view, context));
  }
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "history",
    .heading = "Look",
    .summary = "past runs",
    .usage = "[JOB...]",
    .words = Words::any,
    .word_kind = "job",
    .groups = kReadsJobs | kTables | kTimes | kReadOnly,
    .options = kOptions,
    .description =
        "The newest first. --stats counts the last 30 days unless --since says otherwise.\n"
        "Fields of --plain: start, job, run id, seconds taken, result, host, why.",
    .examples =
        "dsched history nightly -n 5 --decisions\ndsched history --since yesterday --result "
        "failed,timeout\n"
        "dsched history --stats",
    .run = run,
};

}  // namespace

const CommandSpec& history_command() {
  return kCommand;
}

}  // namespace dsched
