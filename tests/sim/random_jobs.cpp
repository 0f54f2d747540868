#include "sim/random_jobs.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "sim/zones.h"
#include "time/schedule.h"
#include "time/timetable.h"

namespace sim {

namespace {

using dsched::SimRandom;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Rhythm {
  const char* schedule;
  const char* naive;
};
// From often to rarely.
constexpr Rhythm kRhythms[] = {
    {"every 30s", "0,30 * * * * *"},  {"* * * * *", "* * * * *"},
    {"*/2 * * * *", "*/2 * * * *"},   {"*/5 * * * *", "*/5 * * * *"},
    {"every 15m", "*/15 * * * *"},    {"7,22,37,52 * * * *", "7,22,37,52 * * * *"},
    {"*/20 2 * * *", "*/20 2 * * *"}, {"@hourly", "0 * * * *"},
    {"30 * * * *", "30 * * * *"},     {"0 */2 * * *", "0 */2 * * *"},
    {"30 2 * * *", "30 2 * * *"},     {"0,30 2 * * *", "0,30 2 * * *"},
    {"15 1 * * *", "15 1 * * *"},     {"0 3 * * *", "0 3 * * *"},
    {"@daily", "0 0 * * *"},          {"0 0,6,12,18 * * *", "0 0,6,12,18 * * *"},
    {"10 0 * * 1-5", "10 0 * * 1-5"},
};
constexpr const char* kZones[] = {"UTC", "Europe/Berlin", "America/New_York",
                                  "Australia/Lord_Howe"};

template <class T, std::size_t N>
const T& pick(const T (&choices)[N], SimRandom& random) {
  return choices[random.number(0, static_cast<std::int64_t>(N) - 1)];
}

Duration between(Duration low, Duration high, SimRandom& random) {
  return Duration{random.number(low.count(), high.count())};
}

void draw_schedule(JobSpec& spec, SimRandom& random) {
  dsched::Job& job = spec.job;
  job.schedules.clear();
  spec.naive.clear();
  std::vector<dsched::Schedule> parsed;
  const int count = random.one_in(8) ? 2 : 1;
  for (int i = 0; i < count; ++i) {
    const Rhythm& rhythm = pick(kRhythms, random);
    job.schedules.emplace_back(rhythm.schedule);
    spec.naive.emplace_back(rhythm.naive);
    auto result = dsched::Schedule::parse(rhythm.schedule, {});
    DSCHED_CHECK(result.schedule.has_value());
    parsed.push_back(*result.schedule);
  }
  job.timezone = pick(kZones, random);
  dsched::TimetableRules rules;
  if (random.one_in(5)) rules.dst_gap = dsched::DstGap::skip;
  if (random.one_in(5)) rules.dst_repeat = dsched::DstRepeat::both;
  rules.dst_gap_set = rules.dst_gap == dsched::DstGap::skip || random.one_in(5);
  if (random.one_in(10)) rules.jitter = minutes{2};
  job.timetable = dsched::Timetable(std::move(parsed), zone(job.timezone), rules);
  job.schedule_hash = random.next();
}

void draw_needs(dsched::Job& job, const dsched::Limits& limits, SimRandom& random) {
  job.needs = {};
  if (random.one_in(3)) job.needs.pool = random.one_in(2) ? "heavy" : "light";
  if (random.one_in(4)) job.needs.locks.emplace_back("db");
  if (random.one_in(6)) job.needs.locks.emplace_back("net");
  for (const auto& [name, amount] : limits.resources) {
    if (random.one_in(5)) {
      job.needs.resources.emplace_back(
          name, static_cast<std::uint64_t>(random.number(1, static_cast<std::int64_t>(amount))));
    }
  }
  if (random.one_in(12)) job.needs.below_load = 2.0;
  if (random.one_in(12)) job.needs.only_if = dsched::ShellCommand{"true"};
  job.priority = random.one_in(3) ? static_cast<int>(random.number(-2, 5)) : 0;
  if (random.one_in(8)) job.queue = dsched::QueueOrder::shortest;
}

void draw_policies(dsched::Job& job, SimRandom& random) {
  job.enabled = !random.one_in(12);
  job.overlap = static_cast<dsched::Overlap>(random.number(0, 3));
  job.late = {};
  job.late.catch_up = static_cast<dsched::CatchUp>(random.number(0, 2));
  if (random.one_in(3)) job.late.window = between(minutes{10}, hours{24}, random);
  if (random.one_in(5)) job.late.start_deadline = between(seconds{30}, hours{2}, random);
  job.retry = {};
  if (random.one_in(3)) {
    job.retry.max = static_cast<int>(random.number(1, 3));
    job.retry.delay = between(seconds{1}, minutes{10}, random);
    job.retry.backoff = static_cast<dsched::Backoff>(random.number(0, 2));
    if (random.one_in(4)) job.retry.on = {1, 75};
  }
  job.on_lost = static_cast<dsched::OnLost>(random.one_in(2) ? 0 : random.number(0, 2));
  job.pause_after_failures = random.one_in(10) ? static_cast<int>(random.number(2, 4)) : 0;
  job.pause_after_lost = random.one_in(12) ? static_cast<int>(random.number(1, 2)) : 0;
  job.timeout.reset();
  if (random.one_in(6)) job.timeout = between(seconds{20}, minutes{40}, random);
  job.after_on = static_cast<dsched::AfterOn>(random.one_in(2) ? 0 : random.number(0, 2));
  job.after_timeout.reset();
  if (random.one_in(5)) job.after_timeout = between(minutes{1}, hours{1}, random);
}

Behaviour random_behaviour(SimRandom& random) {
  Behaviour behaviour;
  switch (random.number(0, 4)) {
    case 0:
      behaviour = {Duration{0}, seconds{1}};
      break;
    case 1:
      behaviour = {seconds{1}, seconds{90}};
      break;
    case 2:
      behaviour = {minutes{1}, minutes{6}};
      break;
    case 3:
      behaviour = {minutes{4}, minutes{50}};
      break;
    default:
      behaviour = {seconds{5}, seconds{5}};
      break;
  }
  if (random.one_in(2)) behaviour.failing_percent = static_cast<int>(random.number(5, 70));
  behaviour.exit_code = random.one_in(2) ? 1 : 75;
  if (random.one_in(10)) behaviour.not_executed_percent = 30;
  behaviour.check_fails_percent = static_cast<int>(random.number(0, 60));
  behaviour.ignores_stop = random.one_in(5);
  return behaviour;
}

// Only on jobs that sort before it, so that there is no cycle.
void draw_upstreams(JobSpec& spec, const Specs& others, SimRandom& random) {
  spec.job.after.clear();
  std::vector<std::string> before;
  for (const auto& [name, other] : others) {
    if (name < spec.job.name) before.push_back(name);
  }
  if (before.empty() || !random.one_in(3)) return;
  const std::int64_t count = random.one_in(3) ? 2 : 1;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string& name = before[static_cast<std::size_t>(
        random.number(0, static_cast<std::int64_t>(before.size()) - 1))];
    if (std::find(spec.job.after.begin(), spec.job.after.end(), name) == spec.job.after.end())
      spec.job.after.push_back(name);
  }
  if (random.one_in(3)) return;  // a gate keeps its own schedule
  spec.job.schedules.clear();
  spec.naive.clear();
  spec.job.timetable = dsched::Timetable();
  spec.job.schedule_hash = 0;
}

dsched::Limits random_limits(SimRandom& random) {
  dsched::Limits limits;
  if (random.one_in(3)) limits.max_running = static_cast<int>(random.number(1, 4));
  limits.pools["heavy"].size = static_cast<int>(random.number(1, 2));
  limits.pools["light"].size = static_cast<int>(random.number(1, 4));
  if (random.one_in(4)) limits.pools["heavy"].max_waiting = static_cast<int>(random.number(1, 5));
  limits.resources["memory"] = 4;
  limits.resources["gpu"] = 1;
  return limits;
}

JobSpec random_job(const std::string& name, const Specs& others, const dsched::Limits& limits,
                   SimRandom& random) {
  JobSpec spec;
  spec.job.name = name;
  draw_schedule(spec, random);
  draw_needs(spec.job, limits, random);
  draw_policies(spec.job, random);
  draw_upstreams(spec, others, random);
  if (random.one_in(12)) spec.job.watch.globs = {"/srv/in/*"};
  spec.behaviour = random_behaviour(random);
  spec.job.definition_hash = random.next();
  return spec;
}

std::string job_name(std::int64_t number) {
  return std::string("job-") + static_cast<char>('a' + number);
}

}  // namespace

Setup random_setup(SimRandom& random) {
  Setup setup;
  setup.limits = random_limits(random);
  const std::int64_t count = random.number(2, 8);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string name = job_name(i);
    setup.jobs.emplace(name, random_job(name, setup.jobs, setup.limits, random));
  }
  return setup;
}

void make_crowd(Setup& setup, SimRandom& random) {
  setup.limits.max_running = 0;
  setup.limits.pools["heavy"] = {1, 1000};
  for (auto& [name, spec] : setup.jobs) {
    dsched::Job& job = spec.job;
    if (job.schedules.empty()) continue;
    job.after.clear();
    job.enabled = true;
    job.needs = {};
    job.needs.pool = "heavy";
    job.overlap = dsched::Overlap::allow;
    job.queue = dsched::QueueOrder::first_come;
    job.priority = static_cast<int>(random.number(-2, 5));
    job.late = {};
    spec.behaviour.shortest = minutes{1};
    spec.behaviour.longest = minutes{20};
  }
}

Setup changed_setup(const Setup& setup, SimRandom& random) {
  Setup changed = setup;
  if (random.one_in(4)) {
    changed.limits.pools["heavy"].size = static_cast<int>(random.number(1, 3));
    changed.limits.max_running = random.one_in(2) ? 0 : static_cast<int>(random.number(1, 4));
  }
  const std::string name = job_name(random.number(0, 8));
  const auto where = changed.jobs.find(name);
  const bool needed = std::any_of(changed.jobs.begin(), changed.jobs.end(), [&](const auto& job) {
    const auto& after = job.second.job.after;
    return std::find(after.begin(), after.end(), name) != after.end();
  });
  if (where == changed.jobs.end()) {
    changed.jobs.emplace(name, random_job(name, changed.jobs, changed.limits, random));
    return changed;
  }
  dsched::Job& job = where->second.job;
  const std::uint64_t kind = static_cast<std::uint64_t>(random.number(0, 3));
  if (kind == 0 && !needed) {
    changed.jobs.erase(where);
    random.next();  // as for every change
    return changed;
  }
  switch (kind) {
    case 0:
      break;
    case 1:
      job.enabled = !job.enabled;
      break;
    case 2:
      if (!job.schedules.empty()) draw_schedule(where->second, random);
      break;
    default:
      draw_needs(job, changed.limits, random);
      job.retry.max = static_cast<int>(random.number(0, 3));
      job.late.catch_up = static_cast<dsched::CatchUp>(random.number(0, 2));
      break;
  }
  job.definition_hash = random.next();
  return changed;
}

}  // namespace sim
