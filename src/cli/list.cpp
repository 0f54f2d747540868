#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/jobs.h"
#include "cli/records.h"
#include "cli/table.h"
#include "daemon/control.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"tag", 0, "TAG", "only jobs with this tag", true},
    {"failed", 0, "", "only jobs whose last run failed"},
    {"paused", 0, "", "only jobs that are paused"},
    {"disabled", 0, "", "only jobs with enabled = false"},
    {"wide", 0, "", "also tags, user, file and description"},
    {"sort", 0, "name|next|last|took", "the order of the jobs"},
};

struct Row {
  const Job* job;
  const JobSummary* summary;     // nullptr: it has no history
  const Pause* pause;            // nullptr: it is not paused
  const WaitingRecord* waiting;  // nullptr: nothing of it waits
  JobState state;
  std::optional<Instant> next;

  const RunRecord* last() const {
    return summary != nullptr && summary->last ? &*summary->last : nullptr;
  }
  const Decision* last_decision() const {
    return summary != nullptr && summary->last_decision ? &*summary->last_decision : nullptr;
  }
};

using Summaries = std::map<std::string, JobSummary>;

std::optional<Instant> next_firing(const Job& job, Instant now) {
  if (!job.enabled) return std::nullopt;
  const std::optional<Second> next = job.timetable.next(floor_second(now));
  return next ? std::optional<Instant>(*next) : std::nullopt;
}

std::vector<Row> rows_of(const std::vector<const Job*>& jobs, const Summaries& summaries,
                         const Hindrances& hindrances, Instant now) {
  std::vector<Row> rows;
  rows.reserve(jobs.size());
  for (const Job* job : jobs) {
    const auto found = summaries.find(job->name);
    const JobSummary* summary = found == summaries.end() ? nullptr : &found->second;
    const Pause* pause = hindrances.pause_of(job->name);
    const WaitingRecord* waiting = hindrances.waiting_of(job->name);
    rows.push_back({job, summary, pause, waiting, state_of(*job, summary, pause, waiting),
                    next_firing(*job, now)});
  }
  return rows;
}

void keep_wanted(std::vector<Row>& rows, const Arguments& arguments) {
  if (arguments.has("failed"))
    std::erase_if(rows, [](const Row& row) { return row.state.ink != Ink::bad; });
  if (arguments.has("paused"))
    std::erase_if(rows, [](const Row& row) { return row.pause == nullptr; });
  if (arguments.has("disabled"))
    std::erase_if(rows, [](const Row& row) { return row.job->enabled; });
}

// Jobs without the value come last.
template <class Value>
void sort_by(std::vector<Row>& rows, Value value, bool newest_first) {
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    const auto left = value(a);
    const auto right = value(b);
    if (!left || !right) return left.has_value() && !right.has_value();
    return newest_first ? *right < *left : *left < *right;
  });
}

void sort_rows(std::vector<Row>& rows, std::string_view order) {
  const auto started = [](const Row& row) -> std::optional<Instant> {
    return row.last() == nullptr ? std::nullopt : std::optional(row.last()->claimed_at);
  };
  const auto took = [](const Row& row) -> std::optional<Duration> {
    return row.last() == nullptr ? std::nullopt : duration_of(*row.last());
  };
  if (order == "next")
    sort_by(
        rows, [](const Row& row) { return row.next; }, false);
  if (order == "last") sort_by(rows, started, true);
  if (order == "took") sort_by(rows, took, true);
}

Cell next_cell(const Row& row, const TimeView& view) {
  if (row.waiting != nullptr)
    return Cell(
        fmt::format("due {}: {}", view.past(row.waiting->firing_at), wait_words(*row.waiting)),
        view.rfc3339(row.waiting->firing_at));
  if (row.pause != nullptr && !row.pause->until) return Cell("- until resumed", "");
  if (row.pause != nullptr && (!row.next || *row.next < *row.pause->until))
    return Cell("- until " + view.upcoming(*row.pause->until), "");
  if (!row.next) return Cell("-", "");
  return Cell(fmt::format("{}  {}", view.upcoming(*row.next), view.relative(*row.next)),
              view.rfc3339(*row.next));
}

Cell last_cell(const Row& row, const TimeView& view) {
  if (const Decision* decision = row.last_decision())
    return Cell(fmt::format("{} {}", view.past(decision->firing_at), to_text(decision->kind)),
                view.rfc3339(decision->firing_at));
  const RunRecord* run = row.last();
  if (run == nullptr) return Cell("never", "");
  const Instant at = run->started_at.value_or(run->claimed_at);
  if (!run->result) return Cell("since " + view.past(at), view.rfc3339(at));
  const bool ok = *run->result == RunResult::ok;
  return Cell(ok ? view.past(at) : fmt::format("{} {}", view.past(at), result_words(*run)),
              view.rfc3339(at));
}

Cell took_cell(const Row& row, Instant now) {
  const RunRecord* run = row.last();
  if (run == nullptr || row.last_decision() != nullptr) return Cell("-", "");
  std::optional<Duration> took = duration_of(*run);
  if (!run->result) took = std::max(Duration{0}, now - run->started_at.value_or(run->claimed_at));
  if (!took) return Cell("-", "");
  return Cell(human_duration(*took), fmt::format("{:.1f}", to_seconds(*took)));
}

Cell recent_cell(const Row& row, bool utf8) {
  if (row.summary == nullptr) return Cell("", "");
  const std::string result =
      row.last() != nullptr && row.last()->result ? std::string(to_text(*row.last()->result)) : "";
  return Cell(recent_signs(row.summary->recent, utf8), result);
}

Table table_of(const std::vector<Row>& rows, const TimeView& view, const Context& context) {
  Table table({{"job", "JOB"},
               {"state", "STATE"},
               {"schedule", "SCHEDULE"},
               {"next", "NEXT"},
               {"last", "LAST"},
               {"took", "TOOK"},
               {"recent", "RECENT"},
               {"tags", "TAGS", true},
               {"user", "USER", true},
               {"file", "FILE", true},
               {"description", "DESCRIPTION", true}});
  for (const Row& row : rows) {
    const Job& job = *row.job;
    table.add({Cell(job.name), Cell(shown(row.state), row.state.word, row.state.ink),
               Cell(schedule_text(job), join(job.schedules, "; ")), next_cell(row, view),
               last_cell(row, view), took_cell(row, view.now()),
               recent_cell(row, context.out_style.utf8()), Cell(join(job.tags, ", ")),
               Cell(job.user), Cell(tilde_path(context, job.place.file), job.place.file),
               Cell(job.description)});
  }
  return table;
}

Json last_json(const RunRecord& run, const TimeView& view) {
  const bool ended = run.result.has_value();
  const int signal = run.attempts.empty() ? 0 : run.attempts.back().outcome.signal;
  return Json::object({{"run_id", run.run_id},
                       {"result", ended ? Json(to_text(*run.result)) : Json()},
                       {"exit_code", ended ? Json(run.exit_status) : Json()},
                       {"signal", ended && signal != 0 ? Json(signal) : Json()},
                       {"started_at", time_json(view, run.started_at)},
                       {"started_unix", unix_json(run.started_at)},
                       {"duration_s", ended ? seconds_json(duration_of(run)) : Json()},
                       {"attempts", run.attempts.size()},
                       {"host", run.host},
                       {"trigger", to_text(run.trigger)}});
}

Json row_json(const Row& row, const TimeView& view) {
  const Job& job = *row.job;
  Json schedules = Json::array();
  for (const std::string& schedule : job.schedules) schedules.push(schedule);
  Json tags = Json::array();
  for (const std::string& tag : job.tags) tags.push(tag);
  Json running = Json::array();
  std::optional<Instant> last_success;
  if (row.summary != nullptr) {
    for (const RunRecord& run : row.summary->running) running.push(run.run_id);
    last_success = row.summary->last_success_at;
  }
  return Json::object(
      {{"name", job.name},
       {"file", job.place.file},
       {"line", job.place.line},
       {"enabled", job.enabled},
       {"state", row.state.word},
       {"schedules", std::move(schedules)},
       {"schedule_text", schedule_text(job)},
       {"timezone", job.timetable.zone().name()},
       {"next_at", time_json(view, row.next)},
       {"next_unix", unix_json(row.next)},
       {"paused", row.pause != nullptr ? pause_json(*row.pause, view) : Json()},
       {"waiting", row.waiting != nullptr ? waiting_json(*row.waiting, view) : Json()},
       {"running", std::move(running)},
       {"last", row.last() != nullptr ? last_json(*row.last(), view) : Json()},
       {"last_success_at", time_json(view, last_success)},
       {"last_success_unix", unix_json(last_success)},
       {"consecutive_failures", row.summary != nullptr ? row.summary->consecutive_failures : 0},
       {"recent", row.summary != nullptr ? row.summary->recent : ""},
       {"tags", std::move(tags)}});
}

void print_json(const std::vector<Row>& rows, const Workspace& workspace, const Context& context) {
  Json jobs = Json::array();
  for (const Row& row : rows) jobs.push(row_json(row, workspace.view));
  Json answer = Json::object({{"schema", "dsched.list/1"},
                              {"generated_at", workspace.view.rfc3339(workspace.view.now())},
                              {"generated_unix", unix_json(workspace.view.now())},
                              {"scope", workspace.paths.system_scope ? "system" : "user"}});
  answer.set("jobs", std::move(jobs));
  context.out().write(answer.dump() + "\n");
}

// "7 jobs: 1 failing, 1 running. Times: Europe/Berlin.  Next: dsched why sync-mail"
std::string footer(const std::vector<Row>& rows, const TimeView& view) {
  std::size_t failing = 0;
  const Job* first_failing = nullptr;
  std::map<std::string, std::size_t> others;
  for (const Row& row : rows) {
    if (row.state.ink == Ink::bad) {
      ++failing;
      if (first_failing == nullptr) first_failing = row.job;
    } else if (row.state.word != "ok") {
      ++others[row.state.word];
    }
  }
  std::vector<std::string> parts;
  if (failing > 0) parts.push_back(fmt::format("{} failing", failing));
  for (const auto& [word, count] : others) parts.push_back(fmt::format("{} {}", count, word));
  std::string text = fmt::format("{} job{}", rows.size(), rows.size() == 1 ? "" : "s");
  if (!parts.empty()) text += ": " + join(parts, ", ");
  text += fmt::format(". Times: {}.", view.zone().name());
  if (first_failing != nullptr) text += fmt::format("  Next: dsched why {}", first_failing->name);
  return text;
}

// Only for people who look at a terminal.
void print_footer(const std::vector<Row>& rows, const Workspace& workspace,
                  const Context& context) {
  if (!context.platform.terminal.out_is_terminal) return;
  context.out().flush();
  context.note("");
  context.note(footer(rows, workspace.view));
  if (!workspace.paths.files_only && !ask_status(workspace.paths.run_directory))
    context.note("daemon  not running: nothing will start by itself");
}

void print_empty(const Workspace& workspace, const Context& context) {
  if (!workspace.configuration.jobs.empty()) {
    context.note("no job is like that");
    return;
  }
  const std::vector<std::string>& directories = workspace.paths.job_directories;
  const std::string where = directories.empty() ? join(workspace.paths.job_files, ", ")
                                                : tilde_path(context, directories.back());
  context.note(
      fmt::format("no jobs in {}.  Make one: dsched add NAME -s '15 2 * * *' -- COMMAND", where));
}

Outcome<int> run(Context& context) {
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_workspace(context));
  DSCHED_TRY_ASSIGN(const std::vector<const Job*> jobs,
                    select_jobs(workspace.configuration.jobs, context.arguments.words(),
                                context.arguments.values("tag")));
  DSCHED_TRY_ASSIGN(const Summaries summaries, read_summaries(workspace.paths));
  DSCHED_TRY_ASSIGN(const Hindrances hindrances,
                    read_hindrances(workspace.paths, workspace.view.now()));
  std::vector<Row> rows = rows_of(jobs, summaries, hindrances, workspace.view.now());
  keep_wanted(rows, context.arguments);
  sort_rows(rows, context.arguments.value("sort").value_or("name"));
  if (context.json) {
    print_json(rows, workspace, context);
    return kExitOk;
  }
  if (rows.empty()) {
    print_empty(workspace, context);
    return kExitOk;
  }
  DSCHED_TRY(table_of(rows, workspace.view, context).print(context, context.arguments.has("wide")));
  if (!context.plain) print_footer(rows, workspace, context);
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "list",
    .heading = "Look",
    .summary = "jobs with next time and last result",
    .usage = "[JOB...]",
    .words = Words::any,
    .word_kind = "job",
    .groups = kReadsJobs | kTables | kTimes | kReadOnly,
    .options = kOptions,
    .description =
        "One line for each job, also without a daemon. JOB is a name or a pattern in quotes.\n"
        "Fields of --plain: job, state, schedule, next time, last start, seconds taken, last "
        "result.",
    .examples = "dsched list\ndsched list 'backup/*' --sort next\ndsched list --failed --json",
    .run = run,
};

}  // namespace

const CommandSpec& list_command() {
  return kCommand;
}

}  // namespace dsched
