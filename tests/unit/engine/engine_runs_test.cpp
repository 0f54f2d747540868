#include <doctest/doctest.h>

#include "support/engine_world.h"

using namespace dsched;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

namespace {

EngineWorld long_job_every_minute(Overlap overlap) {
  EngineWorld world;
  world.jobs = {make_job("long", {"* * * * *"})};
  world.jobs[0].overlap = overlap;
  world.behaviour["long"].takes = 150s;
  return world;
}

}  // namespace

TEST_CASE("overlap skip: firings during a run are skipped and say which run was in the way") {
  EngineWorld world = long_job_every_minute(Overlap::skip);
  world.begin();
  world.run_for(4min);
  CHECK(world.decided("long") == Texts{"started", "skipped:overlap", "skipped:overlap", "started"});
  CHECK(world.decisions[1].detail.find("still going") != std::string::npos);
}

TEST_CASE("overlap queue: firings wait their turn") {
  EngineWorld world = long_job_every_minute(Overlap::queue);
  world.begin();
  world.run_for(4min + 200s);
  CHECK(world.most_running == 1);
  CHECK(world.starts_of("long") == 3);
  CHECK(world.decided("long") == Texts(3, "started"));
  CHECK(world.waiting.size() == 4);
}

TEST_CASE("overlap queue is bounded") {
  EngineWorld world = long_job_every_minute(Overlap::queue);
  world.behaviour["long"].takes = 1000h;
  world.begin();
  world.run_for(105min);
  CHECK(world.waiting.size() == 100);
  CHECK(world.decided("long")[0] == "started");
  CHECK(world.decided("long")[1] == "skipped:queue_full");
}

TEST_CASE("overlap allow: runs go side by side") {
  EngineWorld world = long_job_every_minute(Overlap::allow);
  world.begin();
  world.run_for(4min);
  CHECK(world.most_running == 3);
  CHECK(world.decided("long") == Texts(4, "started"));
}

TEST_CASE("overlap replace: the older run is stopped, then the newer one starts") {
  EngineWorld world = long_job_every_minute(Overlap::replace);
  world.begin();
  world.run_for(3min + 1s);
  CHECK(world.most_running == 1);
  CHECK(world.results("long") == Texts{"cancelled", "cancelled", "open"});
}

TEST_CASE("at most max_running attempts at a time, first come first served") {
  EngineWorld world;
  world.limits.max_running = 2;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    world.jobs.push_back(make_job(name, {"0 * * * *"}));
    world.behaviour[name].takes = 10s;
  }
  world.begin();
  world.run_for(1h + 1min);
  CHECK(world.most_running == 2);
  CHECK(world.starts.size() == 5);
}

TEST_CASE("a failed attempt is tried again after growing pauses, and the run counts as one") {
  EngineWorld world;
  world.jobs = {make_job("flaky", {"0 * * * *"})};
  world.jobs[0].retry = RetryPolicy{.max = 3, .delay = 10s, .on = {}};
  world.behaviour["flaky"].exit_codes = {1, 1, 0};
  world.begin();
  world.run_for(1h + 5min);
  CHECK(world.decided("flaky") == Texts{"started"});
  CHECK(world.results("flaky") == Texts{"ok"});
  REQUIRE(world.starts.size() == 3);
  const Duration first = world.starts[1].second - world.starts[0].second;
  const Duration second = world.starts[2].second - world.starts[1].second;
  CHECK(first >= 9s);
  CHECK(first <= 11s + 10ms);
  CHECK(second >= 18s);
  CHECK(second <= 22s + 10ms);
  CHECK(world.runs.begin()->second.attempts.size() == 3);
}

TEST_CASE("when the retries are used up the last outcome is the result") {
  EngineWorld world;
  world.jobs = {make_job("broken", {"0 * * * *"})};
  world.jobs[0].retry = RetryPolicy{.max = 1, .delay = 1s, .on = {}};
  world.behaviour["broken"].exit_codes = {3, 4};
  world.begin();
  world.run_for(1h + 1min);
  CHECK(world.results("broken") == Texts{"failed"});
  CHECK(world.runs.begin()->second.exit_status == 4);
}

TEST_CASE("draining starts nothing, lets runs end and closes what waits") {
  EngineWorld world;
  world.limits.max_running = 1;
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {"0 * * * *"})};
  world.behaviour["a"].takes = world.behaviour["b"].takes = 1min;
  world.begin();
  world.run_for(1h);
  world.feed(Drain{});
  CHECK_FALSE(world.last_step.idle);
  world.run_for(2h);
  CHECK(world.last_step.idle);
  CHECK(world.starts.size() == 1);
  CHECK(world.decided("b") == Texts{"skipped:draining"});
  CHECK(world.results("a") == Texts{"ok"});
}

TEST_CASE(
    "draining with stop ends what runs, and a run between attempts ends as its last attempt did") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("flaky", {"0 * * * *"})};
  world.behaviour["a"].takes = 1h;
  world.jobs[1].retry = RetryPolicy{.max = 3, .delay = 10min, .on = {}};
  world.behaviour["flaky"].exit_codes = {9};
  world.begin();
  world.run_for(1h + 1s);
  world.feed(Drain{.stop_running = true, .kill = false});
  world.run_for(1s);
  CHECK(world.last_step.idle);
  CHECK(world.results("a") == Texts{"cancelled"});
  CHECK(world.results("flaky") == Texts{"failed"});
}

TEST_CASE("a removed job's running run goes on, its waiting ones end") {
  EngineWorld world = long_job_every_minute(Overlap::queue);
  world.begin();
  world.run_for(2min + 1s);
  world.jobs.clear();
  world.configure();
  world.run_for(10min);
  CHECK(world.results("long") == Texts{"ok"});
  CHECK(world.decided("long") == Texts{"started", "skipped:cancelled"});
  CHECK(world.last_step.idle);
}

TEST_CASE("a claim the history refuses starts nothing and lets the next one pass") {
  EngineWorld world;
  world.jobs = {make_job("a", {"* * * * *"})};
  Decision before;
  before.job = "a";
  before.firing_at = before.last_firing_at = world.now.wall + 1min;
  world.decisions.push_back(before);
  world.begin();
  world.run_for(2min + 1s);
  CHECK(world.starts_of("a") == 1);
}

TEST_CASE("stopping a graph that ends at its first failure cancels all that waits") {
  EngineWorld world(EngineOptions{.stop_on_failure = true});
  world.limits.max_running = 1;
  world.jobs = {make_job("a"), make_job("b"), make_job("c"), make_job("d")};
  world.behaviour["a"].takes = 1min;
  world.begin();
  world.feed(RunNow{{"a", "b", "c", "d"}});
  world.feed(Drain{.stop_running = true, .kill = false});
  world.run_for(1s);
  CHECK(world.last_step.idle);
  CHECK(world.decided("d") == Texts{"skipped:draining"});
}
