#include "simulate/forecast.h"

#include <doctest/doctest.h>

#include "support/engine_world.h"

namespace dsched {
namespace {

using namespace std::chrono_literals;

constexpr Instant kMidnight{std::chrono::seconds{1795132800}};  // 2026-11-20T00:00:00Z

ForecastPlan plan_of(std::vector<Job> jobs, Duration span) {
  ForecastPlan plan;
  for (Job& job : jobs) plan.jobs.push_back(std::make_shared<const Job>(std::move(job)));
  plan.from = kMidnight;
  plan.until = kMidnight + span;
  return plan;
}

Forecast play(const ForecastPlan& plan, Duration takes = 1min) {
  return forecast(plan, *fixed_children(takes));
}

TEST_CASE("every firing from the beginning to the end is told, in order") {
  const ForecastPlan plan = plan_of({make_job("hourly", {"0 * * * *"})}, 3h);
  const Forecast result = play(plan);
  REQUIRE(result.firings.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(result.firings[i].at == kMidnight + i * 1h);
    CHECK(result.firings[i].started_at == result.firings[i].at);
  }
  CHECK(result.firings[0].result == RunResult::ok);
  CHECK(result.firings[0].ended_at == kMidnight + 1min);
  CHECK_FALSE(result.firings[3].result);  // it still runs
  CHECK(result.jobs.at("hourly").started == 4);
}

TEST_CASE("pools show how they are used and waited for") {
  std::vector<Job> jobs = {make_job("a", {"0 * * * *"}), make_job("b", {"0 * * * *"}),
                           make_job("c", {"0 * * * *"})};
  for (Job& job : jobs) job.needs.pool = "heavy";
  ForecastPlan plan = plan_of(jobs, 30min);
  plan.limits.pools["heavy"].size = 1;
  const ForecastPool pool = play(plan, 5min).pools.at("heavy");
  CHECK(pool.size == 1);
  CHECK(pool.peak == 1);
  CHECK(pool.waits == 2);
  CHECK(pool.waited == 15min);
  CHECK(pool.longest_wait == 10min);
}

TEST_CASE("what an outage takes is missed, and made up when the job says so") {
  std::vector<Job> jobs = {make_job("none", {"30 * * * *"}), make_job("last", {"30 * * * *"})};
  jobs[1].late.catch_up = CatchUp::last;
  ForecastPlan plan = plan_of(jobs, 6h);
  plan.outages = {{kMidnight + 1h, kMidnight + 4h}};
  const Forecast result = play(plan);
  CHECK(result.jobs.at("none").missed == 3);
  CHECK(result.jobs.at("none").started == 3);
  CHECK(result.jobs.at("last").missed == 2);
  CHECK(result.jobs.at("last").started == 4);
}

TEST_CASE("a clock that is set back by hours starts schedules anew and starts nothing twice") {
  ForecastPlan plan = plan_of({make_job("hourly", {"30 * * * *"})}, 10h);
  plan.clock_sets = {{kMidnight + 5h, -4h}};
  const Forecast result = play(plan);
  CHECK(result.rebases == 1);
  CHECK(result.started == 6);  // 00:30 to 04:30, and 05:30 in the second pass
}

TEST_CASE("without firings the sums are the same") {
  ForecastPlan plan = plan_of({make_job("a", {"*/5 * * * *"})}, 24h);
  const Forecast with = play(plan, 7min);
  plan.keep_firings = false;
  const Forecast without = play(plan, 7min);
  CHECK(without.firings.empty());
  CHECK(with.started == without.started);
  CHECK(with.reasons == without.reasons);
  CHECK(with.reasons.at(Reason::overlap) == with.skipped);
}

TEST_CASE("a paused job is skipped") {
  ForecastPlan plan = plan_of({make_job("a", {"30 * * * *"})}, 2h);
  Pause pause;
  pause.job = "a";
  plan.pauses = {pause};
  CHECK(play(plan).reasons.at(Reason::paused) == 2);
}

TEST_CASE("recorded durations are drawn from what was recorded") {
  const ForecastPlan plan =
      plan_of({make_job("a", {"0 * * * *"}), make_job("b", {"0 * * * *"})}, 9h);
  const auto children = recorded_children({{"a", {1min, 3min}}}, 5min, 1);
  for (const ForecastFiring& firing : forecast(plan, *children).firings) {
    if (!firing.ended_at) continue;
    const Duration took = *firing.ended_at - *firing.started_at;
    CHECK((firing.job->name == "b" ? took == 5min : (took == 1min || took == 3min)));
  }
}

}  // namespace
}  // namespace dsched
