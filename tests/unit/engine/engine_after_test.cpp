#include <doctest/doctest.h>

#include "support/engine_world.h"

using namespace dsched;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

TEST_CASE("a join fires once, when all its upstreams of the same instant have ended well") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {"0 * * * *"}),
                make_job("c", {}, {"a", "b"}), make_job("d", {}, {"c"})};
  world.behaviour["a"].takes = 1min;
  world.behaviour["b"].takes = 3min;
  world.begin();
  world.run_for(1h + 2min);
  CHECK(world.starts_of("c") == 0);
  world.run_for(2min);
  CHECK(world.starts_of("c") == 1);
  CHECK(world.starts_of("d") == 1);
  CHECK(world.results("d") == Texts{"ok"});
  const Instant at = world.now.wall - 4min;
  for (const auto& [id, run] : world.runs) CHECK(run.firing_at == at);
}

TEST_CASE("a failed upstream skips what comes after it, all the way down") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {}, {"a"}), make_job("c", {}, {"b"})};
  world.behaviour["a"].exit_codes = {2};
  world.begin();
  world.run_for(1h + 1s);
  CHECK(world.decided("b") == Texts{"skipped:upstream_failed"});
  CHECK(world.decided("c") == Texts{"skipped:upstream_failed"});
  CHECK(world.last_step.idle);
}

TEST_CASE("after_on failure and any") {
  for (const int exit_code : {0, 1}) {
    CAPTURE(exit_code);
    EngineWorld world;
    world.jobs = {make_job("a", {"0 * * * *"}), make_job("alarm", {}, {"a"}),
                  make_job("clean", {}, {"a"})};
    world.jobs[1].after_on = AfterOn::failure;
    world.jobs[2].after_on = AfterOn::any;
    world.behaviour["a"].exit_codes = {exit_code};
    world.begin();
    world.run_for(1h + 1s);
    CHECK(world.decided("alarm") ==
          (exit_code == 0 ? Texts{"skipped:condition"} : Texts{"started"}));
    CHECK(world.decided("clean") == Texts{"started"});
  }
}

TEST_CASE("an upstream that was skipped has settled, but not well") {
  EngineWorld world;
  world.jobs = {make_job("a", {"* * * * *"}), make_job("b", {}, {"a"})};
  world.behaviour["a"].takes = 90s;
  world.begin();
  world.run_for(2min);
  CHECK(world.decided("a") == Texts{"started", "skipped:overlap"});
  CHECK(world.decided("b") == Texts{"skipped:upstream_failed"});
  CHECK(world.decisions.back().detail == "a did not run");
}

TEST_CASE("a join of different schedules has a firing only when all have") {
  EngineWorld world;
  world.jobs = {make_job("often", {"*/10 * * * *"}), make_job("hourly", {"0 * * * *"}),
                make_job("both", {}, {"often", "hourly"})};
  world.begin();
  world.run_for(2h + 1min);
  CHECK(world.decided("both") == Texts{"started", "started"});
}

TEST_CASE("a job with a schedule of its own waits at its time for the latest firing before it") {
  EngineWorld world;
  world.jobs = {make_job("load", {"0 * * * *"}), make_job("report", {"10 * * * *"}, {"load"})};
  world.behaviour["load"].takes = 20min;
  world.begin();
  world.run_for(1h + 15min);
  CHECK(world.starts_of("report") == 0);
  CHECK(world.cursors.at("report").decided_until < world.now.wall - 5min);
  world.run_for(6min);
  CHECK(world.starts_of("report") == 1);
  CHECK(world.cursors.at("report").decided_until == world.now.wall - 11min);
}

TEST_CASE(
    "a gate that is already open lets through at once, and one whose upstream failed does not") {
  EngineWorld world;
  world.jobs = {make_job("load", {"0 * * * *"}), make_job("report", {"10 * * * *"}, {"load"})};
  world.behaviour["load"].exit_codes = {0};
  world.begin();
  world.run_for(71min);
  CHECK(world.decided("report") ==
        Texts{"skipped:upstream_failed", "started"});  // at 12:10 load had never run
  world.behaviour["load"].exit_codes = {1};
  world.run_for(1h + 1s);
  CHECK(world.decided("report").back() == "skipped:upstream_failed");
}

TEST_CASE("upstream and gate due at the same instant: the gate waits for that very firing") {
  EngineWorld world;
  world.jobs = {make_job("a-gate", {"0 * * * *"}, {"load"}), make_job("load", {"0 * * * *"})};
  world.behaviour["load"].takes = 1min;
  world.begin();
  world.run_for(1h + 2min);
  REQUIRE(world.starts.size() == 2);
  CHECK(world.starts[0].first == "load");
  CHECK(world.starts[1].first == "a-gate");
}

TEST_CASE("one firing now of a whole graph, in order") {
  EngineWorld world;
  world.jobs = {make_job("lint"), make_job("test", {}, {"lint"}),
                make_job("deploy", {}, {"test", "build"}), make_job("build")};
  world.begin();
  world.feed(RunNow{{"lint", "test", "deploy", "build"}});
  world.run_for(1min);
  CHECK(world.starts.size() == 4);
  CHECK(world.starts.back().first == "deploy");
  CHECK(world.last_step.idle);
}

TEST_CASE("only the named jobs count in a firing now") {
  EngineWorld world;
  world.jobs = {make_job("a"), make_job("b", {}, {"a"})};
  world.begin();
  world.feed(RunNow{{"b"}});
  world.run_for(1s);
  CHECK(world.starts_of("b") == 1);
  CHECK(world.starts_of("a") == 0);
}

TEST_CASE(
    "without keep-going the first failure stops what would still start, but not what runs after "
    "anything") {
  EngineWorld world(EngineOptions{.stop_on_failure = true});
  world.limits.max_running = 1;
  world.jobs = {make_job("a"), make_job("b"), make_job("c", {}, {"b"}),
                make_job("clean", {}, {"a", "b", "c"})};
  world.jobs[3].after_on = AfterOn::any;
  world.behaviour["a"].exit_codes = {1};
  world.begin();
  world.feed(RunNow{{"a", "b", "c", "clean"}});
  world.run_for(1min);
  CHECK(world.starts_of("a") == 1);
  CHECK(world.starts_of("b") == 0);
  CHECK(world.starts_of("c") == 0);
  CHECK(world.starts_of("clean") == 1);
  CHECK(world.last_step.idle);
}

TEST_CASE("with keep-going only what depends on the failure is skipped") {
  EngineWorld world;
  world.jobs = {make_job("a"), make_job("b"), make_job("c", {}, {"b"}), make_job("d", {}, {"a"})};
  world.behaviour["a"].exit_codes = {1};
  world.begin();
  world.feed(RunNow{{"a", "b", "c", "d"}});
  world.run_for(1min);
  CHECK(world.starts_of("c") == 1);
  CHECK(world.starts_of("d") == 0);
}

TEST_CASE("a chain of a thousand jobs settles in one go") {
  EngineWorld world;
  world.jobs.push_back(make_job("j0", {"0 * * * *"}));
  for (int i = 1; i < 1000; ++i)
    world.jobs.push_back(make_job("j" + std::to_string(i), {}, {"j" + std::to_string(i - 1)}));
  world.behaviour["j0"].exit_codes = {1};
  world.begin();
  world.run_for(1h + 1s);
  CHECK(world.decisions.size() == 1000);
  CHECK(world.last_step.idle);
}

TEST_CASE("ten layers of ten jobs that all run after each other are announced at once") {
  EngineWorld world;
  std::vector<std::string> previous;
  for (int layer = 0; layer < 10; ++layer) {
    std::vector<std::string> names;
    for (int i = 0; i < 10; ++i) {
      names.push_back("layer" + std::to_string(layer) + "-" + std::to_string(i));
      world.jobs.push_back(layer == 0 ? make_job(names.back(), {"0 * * * *"})
                                      : make_job(names.back(), {}, previous));
    }
    previous = names;
  }
  world.begin();
  world.run_for(1h + 1s);
  CHECK(world.starts.size() == 100);
  CHECK(world.last_step.idle);
}

TEST_CASE(
    "upstreams of one instant that are decided at different moments, because of jitter, are waited "
    "for") {
  EngineWorld world(EngineOptions{.host = "web1"});
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {"0 * * * *"}),
                make_job("c", {}, {"a", "b"})};
  TimetableRules rules;
  rules.jitter = 4min;
  world.jobs[1].timetable = Timetable(world.jobs[1].timetable.schedules(), Zone::utc(), rules);
  world.begin();
  world.run_for(1h + 5min);
  CHECK(world.results("c") == Texts{"ok"});
  CHECK(world.last_step.idle);
}

TEST_CASE(
    "what runs after a missed firing is missed with it, unless it is switched off or has other "
    "upstreams") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {}, {"a"}), make_job("off", {}, {"a"}),
                make_job("rare", {"0 0 1 1 *"}), make_job("both", {}, {"a", "rare"})};
  world.jobs[2].enabled = false;
  world.begin();
  world.run_for(10min);
  world.advance(24h);
  world.feed(TimeReached{});
  CHECK(world.decided("b") == Texts{"missed:host_asleepx24"});
  CHECK(world.decided("off").empty());
  CHECK(world.decided("both").empty());
}
