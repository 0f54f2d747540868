#include "cli/simulate_plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/text.h"

namespace dsched {

namespace {

using std::chrono::hours;

constexpr Duration kUsualSpan = hours{24};
constexpr Duration kUsualDuration = std::chrono::minutes{1};

Outcome<Instant> time_of(std::string_view option, std::string_view text, const TimeView& view) {
  Result<Instant> at = parse_time(text, view.zone(), view.now());
  if (at) return *at;
  Failure failure = usage_failure(fmt::format("--{}: {}", option, at.error().message));
  failure.hint = at.error().hint;
  return failure;
}

Outcome<void> read_span(const Context& context, const TimeView& view, ForecastPlan& plan) {
  plan.from = view.now();
  if (const auto from = context.arguments.value("from")) {
    DSCHED_TRY_ASSIGN(plan.from, time_of("from", *from, view));
  }
  plan.until = plan.from + kUsualSpan;
  if (const auto to = context.arguments.value("to")) {
    DSCHED_TRY_ASSIGN(plan.until, time_of("to", *to, view));
  }
  if (plan.until < plan.from) return usage_failure("--to lies before --from");
  return {};
}

bool within(const ForecastPlan& plan, Instant at) {
  return plan.from <= at && at <= plan.until;
}

// A..B
Outcome<Outage> outage_of(const std::string& text, const TimeView& view, const ForecastPlan& plan) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos)
    return usage_failure(fmt::format("--outage: '{}' is not of the form A..B", text));
  Outage outage;
  DSCHED_TRY_ASSIGN(outage.from, time_of("outage", text.substr(0, dots), view));
  DSCHED_TRY_ASSIGN(outage.until, time_of("outage", text.substr(dots + 2), view));
  if (outage.until < outage.from)
    return usage_failure(fmt::format("--outage: '{}' ends before it begins", text));
  if (!within(plan, outage.from) || !within(plan, outage.until))
    return usage_failure(fmt::format("--outage: '{}' is not between --from and --to", text));
  return outage;
}

// AT=DURATION, with a sign or without.
Outcome<ClockSet> clock_set_of(const std::string& text, const TimeView& view,
                               const ForecastPlan& plan) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos)
    return usage_failure(fmt::format("--clock-jump: '{}' is not of the form AT=DURATION", text));
  ClockSet set;
  DSCHED_TRY_ASSIGN(set.at, time_of("clock-jump", text.substr(0, equals), view));
  std::string_view span = std::string_view(text).substr(equals + 1);
  const bool back = span.starts_with('-');
  if (back || span.starts_with('+')) span.remove_prefix(1);
  Result<Duration> by = parse_duration(span);
  if (!by) {
    Failure failure = usage_failure(fmt::format("--clock-jump: {}", by.error().message));
    failure.hint = by.error().hint;
    return failure;
  }
  set.by = back ? -*by : *by;
  if (!within(plan, set.at))
    return usage_failure(fmt::format("--clock-jump: '{}' is not between --from and --to", text));
  return set;
}

Outcome<void> read_troubles(const Context& context, const TimeView& view, ForecastPlan& plan) {
  for (const std::string& text : context.arguments.values("outage")) {
    DSCHED_TRY_ASSIGN(const Outage outage, outage_of(text, view, plan));
    plan.outages.push_back(outage);
  }
  std::sort(plan.outages.begin(), plan.outages.end(),
            [](const Outage& a, const Outage& b) { return a.from < b.from; });
  for (std::size_t i = 1; i < plan.outages.size(); ++i) {
    if (plan.outages[i].from < plan.outages[i - 1].until)
      return usage_failure("--outage: two outages overlap");
  }
  for (const std::string& text : context.arguments.values("clock-jump")) {
    DSCHED_TRY_ASSIGN(const ClockSet set, clock_set_of(text, view, plan));
    plan.clock_sets.push_back(set);
  }
  return {};
}

Outcome<void> read_past(const Workspace& workspace, SimulatePlan& plan) {
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> history, open_reader(workspace.paths));
  if (history == nullptr) return {};
  DSCHED_TRY_ASSIGN(plan.forecast.pauses, history->pauses());
  std::erase_if(plan.forecast.pauses, [&](const Pause& pause) {
    return pause.until && *pause.until <= plan.forecast.from;
  });
  if (!plan.recorded) return {};
  DSCHED_TRY_ASSIGN(std::vector<JobPast> pasts, history->pasts());
  for (JobPast& past : pasts) {
    if (!past.durations.empty()) plan.durations[past.job] = std::move(past.durations);
  }
  return {};
}

}  // namespace

Outcome<SimulatePlan> simulate_plan(const Context& context, const Workspace& workspace) {
  SimulatePlan plan;
  DSCHED_TRY(read_span(context, workspace.view, plan.forecast));
  DSCHED_TRY(read_troubles(context, workspace.view, plan.forecast));
  DSCHED_TRY_ASSIGN(const std::optional<Duration> otherwise,
                    context.arguments.duration("duration"));
  plan.otherwise = otherwise.value_or(kUsualDuration);
  plan.recorded = context.arguments.value("durations").value_or("recorded") == "recorded";
  DSCHED_TRY(read_past(workspace, plan));
  for (const Job& job : workspace.configuration.jobs)
    plan.forecast.jobs.push_back(std::make_shared<const Job>(job));
  plan.forecast.limits = workspace.configuration.settings.limits;
  plan.forecast.host = context.platform.host;
  plan.forecast.keep_firings = !context.arguments.has("summary");
  return plan;
}

std::vector<ClockNote> clock_notes(const std::vector<const Job*>& jobs, Instant from,
                                   Instant until) {
  constexpr hours kAround{4};  // longer changes are about something else than summer time
  // In whole seconds: the ends of a zone's table are beyond what microseconds can count.
  const Second first = floor_second(from);
  const Second last = floor_second(until);
  std::vector<ClockNote> notes;
  for (const Job* job : jobs) {
    if (!job->enabled || job->timetable.empty()) continue;
    for (const Zone::Interval& interval : job->timetable.zone().intervals()) {
      const Second change{std::chrono::seconds{interval.start_s}};
      if (change < first || change > last || interval.change_s == 0) continue;
      for (auto at = job->timetable.next(change - kAround); at && *at <= change + kAround;
           at = job->timetable.next(*at)) {
        if (std::string note = job->timetable.dst_note(*at); !note.empty())
          notes.push_back({job, *at, std::move(note)});
      }
    }
  }
  std::stable_sort(notes.begin(), notes.end(),
                   [](const ClockNote& a, const ClockNote& b) { return a.at < b.at; });
  return notes;
}

}  // namespace dsched
