#include <doctest/doctest.h>

#include "support/engine_world.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

Texts order_of_starts(const EngineWorld& world) {
  Texts names;
  for (const auto& [job, at] : world.starts) names.push_back(job);
  return names;
}

// All due at the full hour, each taking a minute.
EngineWorld crowd(const Texts& names) {
  EngineWorld world;
  for (const std::string& name : names) {
    world.jobs.push_back(make_job(name, {"0 * * * *"}));
    world.behaviour[name].takes = 1min;
  }
  return world;
}

}  // namespace

TEST_CASE("a pool holds as many runs as its size says; what waits is written down") {
  EngineWorld world = crowd({"a", "b", "c"});
  world.limits.pools["heavy"] = {.size = 1};
  for (Job& job : world.jobs) job.needs.pool = "heavy";
  world.begin();
  world.run_for(1h + 1s);
  CHECK(world.most_running == 1);
  REQUIRE(world.waiting.size() == 2);
  const WaitingRecord& record = world.waiting.begin()->second;
  CHECK(record.reason == Reason::pool_full);
  CHECK(record.detail.find("pool 'heavy' was full: a (") != std::string::npos);
  CHECK(world.decided("b").empty());
  world.run_for(3min);
  CHECK(order_of_starts(world) == Texts{"a", "b", "c"});
  CHECK(world.most_running == 1);
  CHECK(world.waiting.empty());
}

TEST_CASE("a lock is held until the end of the run, pauses between attempts included") {
  EngineWorld world = crowd({"a", "b"});
  for (Job& job : world.jobs) job.needs.locks = {"db"};
  world.jobs[0].retry.max = 1;
  world.jobs[0].retry.delay = 10min;
  world.behaviour["a"].exit_codes = {1, 0};
  world.begin();
  world.run_for(1h + 5min);
  CHECK(world.starts_of("b") == 0);
  world.run_for(10min);
  CHECK(order_of_starts(world) == Texts{"a", "a", "b"});
}

TEST_CASE("a firing that comes while an older one still waits is skipped for what that waits for") {
  EngineWorld world = crowd({"a", "b"});
  for (Job& job : world.jobs) job.needs.locks = {"imap"};
  world.jobs[1] = make_job("b", {"* * * * *"});
  world.jobs[1].needs.locks = {"imap"};
  world.behaviour["a"].takes = 1h;
  world.behaviour["b"].takes = 1s;
  world.begin();
  world.run_for(1h + 5min);
  CHECK(world.decided("b").back() == "skipped:lock_held");
  const Decision& last = world.decisions.back();
  CHECK(last.detail.find("an earlier firing was still waiting: lock 'imap' was held: a (") == 0);
}

TEST_CASE("resources of the host are shared out; what does not fit waits") {
  EngineWorld world = crowd({"a", "b", "c"});
  world.limits.resources = {{"memory", 10}};
  world.jobs[0].needs.resources = {{"memory", 6}};
  world.jobs[1].needs.resources = {{"memory", 6}};
  world.jobs[2].needs.resources = {{"memory", 4}};
  world.begin();
  world.run_for(1h + 1s);
  CHECK(order_of_starts(world) == Texts{"a", "c"});
  world.run_for(1min);
  CHECK(order_of_starts(world) == Texts{"a", "c", "b"});
}

TEST_CASE("priority goes first, and who has waited for ten minutes is worth one step of it") {
  EngineWorld world = crowd({"a", "b", "c"});
  world.limits.max_running = 1;
  world.jobs[2].priority = 5;
  world.begin();
  world.run_for(1h + 10min);
  CHECK(order_of_starts(world) == Texts{"c", "a", "b"});

  EngineWorld crowded;
  crowded.limits.max_running = 1;
  crowded.jobs = {make_job("urgent", {"* * * * *"}), make_job("patient", {"0 * * * *"})};
  crowded.jobs[0].priority = 1;
  crowded.jobs[0].overlap = Overlap::queue;
  crowded.behaviour["urgent"].takes = 90s;
  crowded.begin();
  crowded.run_for(2h);
  CHECK(crowded.starts_of("patient") >= 1);
}

TEST_CASE("queue shortest: what usually is over sooner goes first") {
  EngineWorld world = crowd({"a", "b", "c"});
  world.limits.max_running = 1;
  for (Job& job : world.jobs) job.queue = QueueOrder::shortest;
  world.pasts["a"] = {.job = "a", .durations = {60min}};
  world.pasts["b"] = {.job = "b", .durations = {2min}};
  world.pasts["c"] = {.job = "c", .durations = {20min}};
  world.begin();
  world.run_for(1h + 10min);
  CHECK(order_of_starts(world) == Texts{"b", "c", "a"});
}

TEST_CASE("a large demand does not starve: after ten minutes others leave room for it") {
  EngineWorld world;
  world.limits.resources = {{"cpu", 4}};
  world.jobs = {make_job("large", {"0 * * * *"})};
  world.jobs[0].needs.resources = {{"cpu", 4}};
  world.behaviour["large"].takes = 1min;
  for (int i = 0; i < 8; ++i) {
    const std::string name = "small" + std::to_string(i);
    Job job = make_job(name, {std::to_string(i * 7 % 60) + "-59/4 * * * *"});
    job.needs.resources = {{"cpu", 1}};
    world.behaviour[name].takes = 5min;
    world.jobs.push_back(job);
  }
  world.begin();
  world.run_for(1h + 45min);
  CHECK(world.starts_of("large") == 1);
}

TEST_CASE("a queue is bounded; what does not fit in is skipped, and said so") {
  EngineWorld world = crowd({"a", "b", "c", "d"});
  world.limits.pools["heavy"] = {.size = 1, .max_waiting = 2};
  for (Job& job : world.jobs) job.needs.pool = "heavy";
  world.begin();
  world.run_for(1h + 1s);
  CHECK(world.waiting.size() == 2);
  CHECK(world.decided("d") == Texts{"skipped:queue_full"});
}

TEST_CASE("only_if decides right before the start") {
  EngineWorld world = crowd({"yes", "no"});
  for (Job& job : world.jobs) job.needs.only_if = ShellCommand{"test -e /srv/ready"};
  world.conditions["no"] = false;
  world.begin();
  world.run_for(1h + 1s);
  CHECK(world.decided("yes") == Texts{"started"});
  CHECK(world.decided("no") == Texts{"skipped:condition"});
  CHECK(world.decisions.front().detail == "only_if ended with exit 1");
}

TEST_CASE("only_below_load waits for less load, one job at a time") {
  EngineWorld world = crowd({"a", "b"});
  for (Job& job : world.jobs) job.needs.below_load = 2.0;
  world.begin();
  world.run_for(1h + 1s);
  CHECK(world.last_step.wants_load);
  CHECK(world.starts.empty());
  world.feed(LoadMeasured{3.5});
  CHECK(world.starts.empty());
  world.feed(LoadMeasured{0.5});
  CHECK(order_of_starts(world) == Texts{"a"});
  world.feed(LoadMeasured{1.5});
  CHECK(order_of_starts(world) == Texts{"a", "b"});
  CHECK_FALSE(world.last_step.wants_load);
}

TEST_CASE("what waits survives the daemon; after a long absence catch_up decides") {
  EngineWorld world = crowd({"a", "b"});
  world.limits.max_running = 1;
  world.behaviour["a"].takes = 3h;
  world.begin();
  world.run_for(1h + 1min);
  REQUIRE(world.waiting.size() == 1);
  world.crash();
  SUBCASE("a short absence") {
    world.run_for(1min);
    world.begin();
    CHECK(world.decided("b").empty());
    world.run_for(3h);
    CHECK(world.starts_of("b") == 1);
  }
  SUBCASE("a long one") {
    world.run_for(40min);
    world.begin();
    CHECK(world.decided("b") == Texts{"missed:daemon_down"});
  }
  SUBCASE("a long one, and catch_up") {
    world.run_for(40min);
    world.jobs[1].late.catch_up = CatchUp::last;
    world.begin();
    CHECK(world.decided("b").empty());
    world.run_for(3h);
    CHECK(world.starts_of("b") >= 1);
  }
}

TEST_CASE("new limits count at once") {
  EngineWorld world = crowd({"a", "b", "c"});
  world.limits.pools["heavy"] = {.size = 1};
  for (Job& job : world.jobs) job.needs.pool = "heavy";
  world.begin();
  world.run_for(1h + 1s);
  CHECK(world.running.size() == 1);
  world.limits.pools["heavy"].size = 3;
  world.configure();
  CHECK(world.running.size() == 3);
}

TEST_CASE("what can never be had is skipped, and keeps nobody else waiting") {
  EngineWorld world = crowd({"large", "small"});
  world.limits.resources = {{"slots", 4}};
  world.jobs[0].needs.resources = {{"slots", 4}};
  world.jobs[1].needs.resources = {{"slots", 1}};
  world.begin();
  world.limits.resources = {{"slots", 2}};
  world.configure();
  world.run_for(1h + 1s);
  CHECK(world.decided("large") == Texts{"skipped:resources"});
  CHECK(world.starts_of("small") == 1);
}

TEST_CASE("a chain goes on after the daemon was told to stop in the middle of it") {
  EngineWorld world = crowd({"a"});
  world.jobs.push_back(make_job("b", {}, {"a"}));
  world.begin();
  world.run_for(1h + 10s);
  world.feed(Drain{.stop_running = false, .kill = false, .keep_waiting = true});
  world.run_for(1min);
  CHECK(world.last_step.idle);
  CHECK(world.decided("b").empty());
  REQUIRE(world.waiting.size() == 1);
  world.crash();
  world.begin();
  world.run_for(1s);
  CHECK(world.decided("b") == Texts{"started"});
}

TEST_CASE("a request whose jobs wait for each other survives the daemon whole") {
  EngineWorld world = crowd({"a", "b", "other"});
  world.jobs[1].after = {"a"};
  world.jobs[2] = make_job("other", {}, {"a"});
  world.begin();
  world.run_for(1s);
  world.feed(RunNow{{"a", "b"}, {{"target", "x"}}, false});
  REQUIRE(world.waiting.size() == 1);
  world.crash();
  world.begin();
  world.run_for(3min);
  CHECK(world.results("a") == Texts{"ok"});
  CHECK(world.results("b") == Texts{"ok"});
  CHECK(world.started.back().params == Values{{"target", "x"}});
  CHECK(world.decided("other").empty());
}
