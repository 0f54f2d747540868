#include <doctest/doctest.h>

#include "support/engine_world.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

Pause pause_of(const EngineWorld& world, std::string job, std::optional<Duration> span = {}) {
  Pause pause;
  pause.job = std::move(job);
  pause.since = world.now.wall;
  if (span) pause.until = world.now.wall + *span;
  pause.who = "ana";
  pause.reason = "maintenance";
  return pause;
}

EngineWorld every_minute() {
  EngineWorld world;
  world.jobs = {make_job("a", {"* * * * *"}), make_job("b", {"* * * * *"})};
  return world;
}

}  // namespace

TEST_CASE("a paused job skips its firings, others go on, and it ends by itself") {
  EngineWorld world = every_minute();
  world.begin();
  world.feed(PauseJob{pause_of(world, "a", 150s)});
  world.run_for(4min);
  CHECK(world.decided("a") == Texts{"skipped:paused", "skipped:paused", "started", "started"});
  CHECK(world.decided("b") == Texts(4, "started"));
  CHECK(world.decisions.front().detail == "the job was paused by ana: maintenance");
  CHECK(world.pauses.empty());
}

TEST_CASE("a pause of all jobs holds for new ones too, and survives the daemon") {
  EngineWorld world = every_minute();
  world.begin();
  world.feed(PauseJob{pause_of(world, "")});
  world.run_for(90s);
  world.crash();
  world.jobs.push_back(make_job("c", {"* * * * *"}));
  world.begin();
  world.run_for(2min);
  CHECK(world.starts.empty());
  world.feed(ResumeJob{"", false});
  world.run_for(1min);
  CHECK(world.starts.size() == 3);
}

TEST_CASE("what waits for its turn when the job is paused is skipped; what runs goes on") {
  EngineWorld world = every_minute();
  world.limits.max_running = 1;
  world.behaviour["a"].takes = 10min;
  world.begin();
  world.run_for(61s);
  REQUIRE(world.waiting.size() == 1);
  world.feed(PauseJob{pause_of(world, "b")});
  CHECK(world.decided("b") == Texts{"skipped:paused"});
  CHECK(world.running.size() == 1);
}

TEST_CASE("pause_after_failures stops repeating a broken job, and says why") {
  EngineWorld world = every_minute();
  world.jobs[0].pause_after_failures = 3;
  world.behaviour["a"].exit_codes = {1};
  world.begin();
  world.run_for(5min);
  CHECK(world.starts_of("a") == 3);
  CHECK(world.decided("a").back() == "skipped:paused");
  REQUIRE(world.pauses.count("a") == 1);
  CHECK(world.pauses["a"].kind == Pause::Kind::failures);
  CHECK(world.pauses["a"].reason == "3 failures in a row");
  world.behaviour["a"].exit_codes = {0};
  world.feed(ResumeJob{"a", false});
  world.run_for(2min);
  CHECK(world.starts_of("a") == 5);
}

TEST_CASE("failures are counted across restarts") {
  EngineWorld world = every_minute();
  world.jobs[0].pause_after_failures = 3;
  world.behaviour["a"].exit_codes = {1};
  world.pasts["a"] = {.job = "a", .consecutive_failures = 2};
  world.begin();
  world.run_for(2min);
  CHECK(world.starts_of("a") == 1);
  CHECK(world.pauses.count("a") == 1);
}

TEST_CASE("on_lost rerun: a lost attempt is followed by another, which is no retry") {
  EngineWorld world = every_minute();
  world.jobs[0].on_lost = OnLost::rerun;
  world.behaviour["a"].takes = 5min;
  world.begin();
  world.run_for(61s);
  world.lose_supervisor();
  world.hands_ready(true);
  world.run_for(1s);
  CHECK(world.starts_of("a") == 2);
  world.run_for(6min);
  CHECK(world.results("a").front() == "ok");
}

TEST_CASE("on_lost rerun is bounded") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"})};
  world.jobs[0].on_lost = OnLost::rerun;
  world.behaviour["a"].takes = 5min;
  world.begin();
  world.run_for(1h + 1s);
  for (int i = 0; i < 10; ++i) {
    world.lose_supervisor();
    world.hands_ready(true);
    world.run_for(1s);
  }
  CHECK(world.starts_of("a") == 4);
  CHECK(world.results("a") == Texts{"lost"});
}

TEST_CASE("on_lost hold: nothing of the job runs until somebody resolves it") {
  EngineWorld world = every_minute();
  world.jobs[0].on_lost = OnLost::hold;
  world.behaviour["a"].takes = 30s;
  world.begin();
  world.run_for(61s);
  world.lose_supervisor();
  world.hands_ready(true);
  world.run_for(2min);
  CHECK(world.decided("a") == Texts{"started", "skipped:paused", "skipped:paused"});
  CHECK(world.pauses["a"].kind == Pause::Kind::hold);
  world.feed(ResumeJob{"a", false});
  CHECK(world.pauses.count("a") == 1);
  world.feed(PauseJob{pause_of(world, "a", 1s)});
  CHECK(world.pauses["a"].kind == Pause::Kind::hold);
  world.feed(ResumeJob{"a", true});
  world.run_for(1min);
  CHECK(world.starts_of("a") == 2);
}
