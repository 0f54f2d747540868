#include "cli/why_not_due.h"

#include <fmt/format.h>

#include "base/text.h"
#include "time/civil.h"

namespace dsched {
namespace {

constexpr std::int64_t kDay_s = 86400;
constexpr std::int64_t kHour_s = 3600;

std::int64_t floor_to(std::int64_t value, std::int64_t unit) {
  return (value >= 0 ? value : value - unit + 1) / unit * unit;
}

// Local time of the job's zone, as seconds.
LocalSecond local_of(const Timetable& timetable, Second at) {
  return at.time_since_epoch().count() + timetable.zone().at(at).utc_offset.count();
}

bool fires_with(const Job& job, const TimetableRules& rules, Second at) {
  return Timetable(job.timetable.schedules(),
                   std::shared_ptr<const Zone>(&job.timetable.zone(), [](const Zone*) {}), rules)
      .fires_at(at);
}

// The first field, from the largest, in which no time of the schedule is like this one.
std::string field_that_differs(const Pattern& pattern, LocalSecond local) {
  const auto day = static_cast<std::int32_t>(floor_to(local, kDay_s) / kDay_s);
  const CivilDay civil = civil_from_days(day);
  const LocalSecond month = std::int64_t{days_from_civil(civil.year, civil.month, 1)} * kDay_s;
  const LocalSecond next_month =
      month + days_in_month(civil.month, is_leap_year(civil.year)) * kDay_s;
  const LocalSecond hour = floor_to(local, kHour_s);
  if (pattern.next(month) >= next_month) return "the month does not match";
  if (pattern.next(std::int64_t{day} * kDay_s) >= (std::int64_t{day} + 1) * kDay_s)
    return "the day does not match";
  if (pattern.next(hour) >= hour + kHour_s) return "the day matches, the hour does not";
  return "the day and the hour match, the minute does not";
}

NotDue by_schedule(const Job& job, std::size_t number, Second at) {
  const Schedule& schedule = job.timetable.schedules()[number];
  const std::string text = number < job.schedules.size() ? job.schedules[number] : "";
  const LocalSecond local = local_of(job.timetable, at);
  if (schedule.is_interval())
    return {Reason::no_match, text + ": that is between two of its times", "schedule"};
  switch (schedule.kind()) {
    case Schedule::Kind::pattern:
      return {Reason::no_match,
              fmt::format("{}: {}", text, field_that_differs(schedule.pattern(), local)),
              "schedule"};
    case Schedule::Kind::every:
      return {Reason::no_match, text + ": that is between two of its times", "schedule"};
    case Schedule::Kind::boot:
      return {Reason::no_match, text + ": only when the host has booted", "schedule"};
    case Schedule::Kind::once:
      break;
  }
  const Schedule::Once& once = schedule.once();
  const LocalSecond there = once.has_offset ? at.time_since_epoch().count() : local;
  if (there < once.instant) return {Reason::before_start, text + " was still to come", "schedule"};
  return {Reason::after_end, text + " was over, and there is no other", "schedule"};
}

NotDue without_schedule(const Job& job) {
  if (!job.after.empty())
    return {Reason::no_match, "it has no times of its own: it runs after " + join(job.after, ", "),
            "after"};
  if (!job.watch.globs.empty())
    return {Reason::no_match, "it has no times: it runs when files change", "watch"};
  return {Reason::no_match, "it has no schedule: it runs by hand", ""};
}

}  // namespace

NotDue why_not_due(const Job& job, Second at) {
  const Timetable& timetable = job.timetable;
  if (timetable.empty()) return without_schedule(job);
  TimetableRules rules = timetable.rules();
  rules.except = nullptr;
  if (fires_with(job, rules, at))
    return {Reason::excepted, "that day is one of those that except takes out", "except"};
  rules.dst_repeat = DstRepeat::both;
  if (fires_with(job, rules, at))
    return {Reason::dst_repeat,
            "the clock showed that time twice, and the job ran the first time only", "dst_repeat"};
  rules.dst_gap = DstGap::after;
  rules.dst_gap_set = true;
  if (fires_with(job, rules, at))
    return {Reason::dst_gap, "the clock jumped over its time that day, and dst_gap says to skip it",
            "dst_gap"};
  NotDue nearest = by_schedule(job, 0, at);
  for (std::size_t i = 1; i < timetable.schedules().size(); ++i)
    nearest.text += "; " + by_schedule(job, i, at).text;
  return nearest;
}

}  // namespace dsched
