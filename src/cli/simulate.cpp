#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/records.h"
#include "cli/simulate_plan.h"
#include "cli/table.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"count", 'n', "N", "how many lines (100); 0 for all"},
    {"from", 0, "TIME", "begin here instead of now"},
    {"to", 0, "TIME", "end here instead of a day later"},
    {"outage", 0, "A..B", "the host is off from A to B", true},
    {"clock-jump", 0, "AT=DURATION", "the clock is set by so much: 02:00=+3h, 12:00=-10m", true},
    {"durations", 0, "recorded|fixed", "how long runs take: as they did, or all the same"},
    {"duration", 0, "DURATION", "of runs without a recorded one (1m)"},
    {"summary", 0, "", "numbers for each job instead of its firings"},
};

// What was played, and which jobs are to be shown of it.
struct Played {
  const Workspace& workspace;
  const SimulatePlan& plan;
  const Forecast& forecast;
  std::vector<const Job*> jobs;
  std::set<std::string, std::less<>> names;
  std::vector<ClockNote> clock_notes;

  const TimeView& view() const { return workspace.view; }
};

std::vector<const ForecastFiring*> shown_firings(const Played& played) {
  std::vector<const ForecastFiring*> firings;
  for (const ForecastFiring& firing : played.forecast.firings) {
    if (played.names.count(firing.job->name) != 0) firings.push_back(&firing);
  }
  std::stable_sort(firings.begin(), firings.end(),
                   [](const auto* a, const auto* b) { return a->at < b->at; });
  return firings;
}

const ClockNote* clock_note(const Played& played, const ForecastFiring& firing) {
  for (const ClockNote& note : played.clock_notes) {
    if (note.job->name == firing.job->name && note.at == firing.at) return &note;
  }
  return nullptr;
}

std::optional<Duration> took(const ForecastFiring& firing) {
  if (!firing.started_at || !firing.ended_at) return std::nullopt;
  return *firing.ended_at - *firing.started_at;
}

std::string note_of(const ForecastFiring& firing, const Played& played) {
  std::vector<std::string> notes;
  if (firing.kind != DecisionKind::started) notes.emplace_back(to_text(firing.reason));
  if (!firing.detail.empty()) notes.push_back(firing.detail);
  if (firing.count > 1) {
    notes.push_back(
        fmt::format("{} firings until {}", firing.count, played.view().full(firing.last_at)));
  }
  if (firing.trigger != Trigger::schedule && firing.kind == DecisionKind::started)
    notes.emplace_back(to_text(firing.trigger));
  if (firing.started_at && *firing.started_at - firing.at >= std::chrono::seconds{1})
    notes.push_back("starts " + human_duration(*firing.started_at - firing.at) + " later");
  if (const ClockNote* note = clock_note(played, firing)) notes.push_back(note->note);
  return join(notes, "; ");
}

Outcome<void> print_firings(const Played& played, const Context& context) {
  DSCHED_TRY_ASSIGN(const int count, context.arguments.number("count", 100, 0));
  std::vector<const ForecastFiring*> firings = shown_firings(played);
  const std::size_t all = firings.size();
  if (count > 0 && firings.size() > static_cast<std::size_t>(count))
    firings.resize(static_cast<std::size_t>(count));
  Table table({{"when", fmt::format("WHEN ({})", played.view().zone().name())},
               {"job", "JOB"},
               {"what", "WHAT"},
               {"took", "TOOK"},
               {"note", "NOTE"}});
  for (const ForecastFiring* firing : firings) {
    const auto span = took(*firing);
    const Ink ink = firing->kind == DecisionKind::started ? Ink::plain : Ink::attention;
    table.add({Cell(played.view().full(firing->at), played.view().rfc3339(firing->at)),
               Cell(firing->job->name),
               Cell(std::string(to_text(firing->kind)), std::string(to_text(firing->kind)), ink),
               Cell(span ? human_duration(*span) : "-",
                    span ? fmt::format("{:.1f}", to_seconds(*span)) : ""),
               Cell(note_of(*firing, played))});
  }
  DSCHED_TRY(table.print(context, false));
  if (firings.size() < all)
    context.note(fmt::format("... and {} more (-n 0)", all - firings.size()));
  return {};
}

Outcome<void> print_jobs(const Played& played, const Context& context) {
  Table table({{"job", "JOB"},
               {"started", "STARTED"},
               {"skipped", "SKIPPED"},
               {"missed", "MISSED"},
               {"busy", "BUSY"}});
  for (const auto& [name, job] : played.forecast.jobs) {
    if (played.names.count(name) == 0) continue;
    table.add({Cell(name), Cell(std::to_string(job.started)), Cell(std::to_string(job.skipped)),
               Cell(std::to_string(job.missed)),
               Cell(human_duration(job.busy), fmt::format("{:.1f}", to_seconds(job.busy)))});
  }
  return table.print(context, false);
}

std::string reasons_in_words(const Forecast& forecast) {
  std::vector<std::string> parts;
  for (const auto& [reason, count] : forecast.reasons)
    parts.push_back(fmt::format("{} {}", to_text(reason), count));
  return parts.empty() ? "" : " (" + join(parts, ", ") + ")";
}

std::string pool_in_words(const std::string& name, const ForecastPool& pool) {
  std::string text =
      fmt::format("{} at most {} at a time", name.empty() ? "all jobs" : name, pool.peak);
  if (pool.size > 0) text += fmt::format(" of {}", pool.size);
  if (pool.waits > 0) {
    text += fmt::format(", {} waited {} on average, {} at most", pool.waits,
                        human_duration(pool.waited / static_cast<std::int64_t>(pool.waits)),
                        human_duration(pool.longest_wait));
  }
  return text;
}

std::vector<std::string> summary_lines(const Played& played) {
  const Forecast& forecast = played.forecast;
  const ForecastPlan& plan = played.plan.forecast;
  const TimeView& view = played.view();
  std::vector<std::string> lines = {
      fmt::format("span      {} to {} ({}), durations {}", view.full(plan.from),
                  view.full(plan.until), view.zone().name(),
                  played.plan.recorded ? "recorded" : "fixed"),
      fmt::format("firings   {} started, {} skipped, {} missed{}", forecast.started,
                  forecast.skipped, forecast.missed, reasons_in_words(forecast))};
  for (const auto& [name, pool] : forecast.pools)
    lines.push_back("pool      " + pool_in_words(name, pool));
  for (const ClockNote& note : played.clock_notes)
    lines.push_back(
        fmt::format("dst       {}  {}  {}", view.full(note.at), note.job->name, note.note));
  if (!forecast.still_waiting.empty()) {
    lines.push_back(fmt::format("waiting   {} in the end, the first: {} for {}",
                                forecast.still_waiting.size(), forecast.still_waiting.front().job,
                                view.full(forecast.still_waiting.front().firing_at)));
  }
  if (forecast.rebases > 0)
    lines.emplace_back("clock     it went back by hours; schedules begin anew from there");
  return lines;
}

Json firing_json(const ForecastFiring& firing, const Played& played) {
  const ClockNote* note = clock_note(played, firing);
  const TimeView& view = played.view();
  return Json::object(
      {{"job", firing.job->name},
       {"at", view.rfc3339(firing.at)},
       {"unix", unix_json(firing.at)},
       {"last_at", view.rfc3339(firing.last_at)},
       {"firings", firing.count},
       {"decision", to_text(firing.kind)},
       {"reason", to_text(firing.reason)},
       {"detail", firing.detail.empty() ? Json() : Json(firing.detail)},
       {"trigger", firing.kind == DecisionKind::started ? Json(to_text(firing.trigger)) : Json()},
       {"started_at", time_json(view, firing.started_at)},
       {"started_unix", unix_json(firing.started_at)},
       {"duration_s", seconds_json(took(firing))},
       {"result", firing.result ? Json(to_text(*firing.result)) : Json()},
       {"dst", note == nullptr ? Json() : Json(note->note)}});
}

Json pool_json(const std::string& name, const ForecastPool& pool) {
  return Json::object({{"pool", name.empty() ? Json() : Json(name)},
                       {"size", pool.size == 0 ? Json() : Json(pool.size)},
                       {"peak", pool.peak},
                       {"waits", pool.waits},
                       {"waited_s", seconds_json(pool.waited)},
                       {"longest_wait_s", seconds_json(pool.longest_wait)}});
}

void print_json(const Played& played, const Context& context) {
  const Forecast& forecast = played.forecast;
  const TimeView& view = played.view();
  Json firings = Json::array();
  for (const ForecastFiring* firing : shown_firings(played))
    firings.push(firing_json(*firing, played));
  Json jobs = Json::array();
  for (const auto& [name, job] : forecast.jobs) {
    if (played.names.count(name) == 0) continue;
    jobs.push(Json::object({{"job", name},
                            {"started", job.started},
                            {"skipped", job.skipped},
                            {"missed", job.missed},
                            {"busy_s", seconds_json(job.busy)}}));
  }
  Json reasons = Json::array();
  for (const auto& [reason, count] : forecast.reasons)
    reasons.push(Json::object({{"reason", to_text(reason)}, {"firings", count}}));
  Json pools = Json::array();
  for (const auto& [name, pool] : forecast.pools) pools.push(pool_json(name, pool));
  Json dst = Json::array();
  for (const ClockNote& note : played.clock_notes) {
    dst.push(Json::object({{"job", note.job->name},
                           {"at", view.rfc3339(note.at)},
                           {"unix", unix_json(note.at)},
                           {"note", note.note}}));
  }
  Json waiting = Json::array();
  for (const WaitingRecord& one : forecast.still_waiting) {
    waiting.push(Json::object({{"job", one.job},
                               {"at", view.rfc3339(one.firing_at)},
                               {"unix", unix_json(one.firing_at)},
                               {"reason", to_text(one.reason)},
                               {"detail", one.detail}}));
  }
  Json answer = Json::object({{"schema", "dsched.simulate/1"},
                              {"timezone", view.zone().name()},
                              {"from_at", view.rfc3339(played.plan.forecast.from)},
                              {"from_unix", unix_json(played.plan.forecast.from)},
                              {"to_at", view.rfc3339(played.plan.forecast.until)},
                              {"to_unix", unix_json(played.plan.forecast.until)},
                              {"durations", played.plan.recorded ? "recorded" : "fixed"},
                              {"started", forecast.started},
                              {"skipped", forecast.skipped},
                              {"missed", forecast.missed},
                              {"clock_rebases", forecast.rebases}});
  answer.set("firings", std::move(firings));
  answer.set("jobs", std::move(jobs));
  answer.set("reasons", std::move(reasons));
  answer.set("pools", std::move(pools));
  answer.set("dst", std::move(dst));
  answer.set("waiting", std::move(waiting));
  context.out().write(answer.dump() + "\n");
}

Outcome<void> print(const Played& played, const Context& context) {
  if (context.json) {
    print_json(played, context);
    return {};
  }
  if (!context.arguments.has("summary")) {
    DSCHED_TRY(print_firings(played, context));
    if (context.plain) return {};
    for (const std::string& line : summary_lines(played)) context.note(line);
    return {};
  }
  DSCHED_TRY(print_jobs(played, context));
  if (context.plain) return {};
  for (const std::string& line : summary_lines(played)) context.out().write(line + "\n");
  return {};
}

Outcome<int> run(Context& context) {
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_workspace(context));
  DSCHED_TRY_ASSIGN(const std::vector<const Job*> jobs,
                    select_jobs(workspace.configuration.jobs, context.arguments.words(), {}));
  DSCHED_TRY_ASSIGN(const SimulatePlan plan, simulate_plan(context, workspace));
  const std::unique_ptr<ChildModel> children = recorded_children(plan.durations, plan.otherwise, 0);
  const Forecast result = forecast(plan.forecast, *children);
  Played played{workspace, plan, result, jobs, {}, {}};
  for (const Job* job : jobs) played.names.insert(job->name);
  played.clock_notes = clock_notes(jobs, plan.forecast.from, plan.forecast.until);
  DSCHED_TRY(print(played, context));
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "simulate",
    .heading = "Look",
    .summary = "what will happen: the scheduler itself on virtual time",
    .usage = "[JOB...]",
    .words = Words::any,
    .word_kind = "job",
    .groups = kReadsJobs | kTables | kTimes | kReadOnly,
    .options = kOptions,
    .description =
        "Plays all jobs as the daemon would run them, with pools, locks, pauses and everything, "
        "but "
        "runs\n"
        "nothing: every run only takes its time and ends ok. Jobs that are named are shown; the "
        "others are\n"
        "played all the same, as they share what there is.\n"
        "Fields of --plain: time, job, decision, seconds taken, note; with --summary: job, "
        "started, "
        "skipped,\n"
        "missed, seconds taken.",
    .examples =
        "dsched simulate --to +7d --summary\n"
        "dsched simulate --from 2027-03-28 --to 2027-03-29 nightly\n"
        "dsched simulate --to +2d --outage tomorrow..+36h\n"
        "dsched simulate --clock-jump 02:00=+3h --durations fixed --duration 5m",
    .run = run,
};

}  // namespace

const CommandSpec& simulate_command() {
  return kCommand;
}

}  // namespace dsched
