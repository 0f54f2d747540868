#include <doctest/doctest.h>

#include "support/engine_world.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

// Runs every ten minutes, and has been decided up to noon; the daemon is not there.
EngineWorld absent_daemon(CatchUp catch_up) {
  EngineWorld world;
  world.jobs = {make_job("a", {"*/10 * * * *"})};
  world.jobs[0].late.catch_up = catch_up;
  world.begin();
  world.run_for(1s);
  world.crash();
  return world;
}

}  // namespace

TEST_CASE("catch_up none: what fell into the absence is one missed decision") {
  EngineWorld world = absent_daemon(CatchUp::none);
  world.advance(5h + 7min);
  world.begin();
  CHECK(world.decided("a").back() == "missed:daemon_downx30");
  CHECK(world.starts_of("a") == 0);
}

TEST_CASE("catch_up last: the newest missed firing is made up, once") {
  EngineWorld world = absent_daemon(CatchUp::last);
  world.advance(5h + 7min);
  world.begin();
  world.run_for(1s);
  CHECK(world.decided("a") == Texts{"missed:daemon_downx29", "started"});
  REQUIRE(world.started.size() == 1);
  CHECK(world.started[0].trigger == Trigger::catch_up);
  CHECK(to_unix_us(world.started[0].firing_at) == 1795176000'000000 + 5 * 3600'000000LL);
}

TEST_CASE("catch_up all: the missed ones of the window are made up one after the other") {
  EngineWorld world = absent_daemon(CatchUp::all);
  world.jobs[0].late.window = 1h;
  world.behaviour["a"].takes = 1min;
  world.advance(5h + 7min);
  world.begin();
  world.run_for(4min);
  CHECK(world.most_running == 1);
  world.run_for(30min);
  CHECK(world.decided("a")[0] == "missed:daemon_downx24");
  std::size_t made_up = 0;
  for (const StartAttempt& start : world.started)
    made_up += start.trigger == Trigger::catch_up ? 1 : 0;
  CHECK(made_up == 6);
  CHECK(world.most_running == 1);
}

TEST_CASE("catch_up all is bounded: the newest hundred, whatever the backlog") {
  EngineWorld world = absent_daemon(CatchUp::all);
  world.jobs[0].late.window = 24h * 365;
  world.advance(73 * 24h);
  world.begin();
  world.run_for(1h);
  std::size_t made_up = 0;
  for (const StartAttempt& start : world.started)
    made_up += start.trigger == Trigger::catch_up ? 1 : 0;
  CHECK(made_up == 100);
  CHECK(world.decided("a")[0] == "missed:daemon_downx10411");
}

TEST_CASE("the window is a bound of what is made up") {
  EngineWorld world = absent_daemon(CatchUp::last);
  world.jobs = {make_job("a", {"0 12 * * *"})};
  world.jobs[0].late.catch_up = CatchUp::last;
  world.cursors.clear();
  world.begin();
  world.crash();
  SUBCASE("inside") {
    world.advance(47h);
    world.begin();
    CHECK(world.starts_of("a") == 1);
  }
  SUBCASE("outside") {
    world.jobs[0].late.window = 1h;
    world.advance(47h);
    world.begin();
    CHECK(world.starts_of("a") == 0);
    CHECK(world.decided("a") == Texts{"missed:daemon_down"});
  }
}

TEST_CASE("start_deadline: a firing that is late by more is missed, also when it is made up") {
  EngineWorld world;
  world.jobs = {make_job("a", {"* * * * *"})};
  world.jobs[0].late.start_deadline = 30s;
  world.begin();
  world.run_for(1s);
  SUBCASE("a little late") {
    world.advance(2min + 10s);
    world.feed(TimeReached{});
    CHECK(world.decided("a") == Texts{"missed:deadline_passed", "started"});
  }
  SUBCASE("long away") {
    world.jobs[0].late.catch_up = CatchUp::all;
    world.configure();
    world.crash();
    world.advance(1h);
    world.begin();
    CHECK(world.decided("a").front() == "missed:daemon_downx55");
    CHECK(world.starts_of("a") <= 1);
  }
}

TEST_CASE("start_deadline counts while a firing waits for its turn") {
  EngineWorld world;
  world.limits.max_running = 1;
  world.jobs = {make_job("long", {"0 * * * *"}), make_job("short", {"0 * * * *"})};
  world.jobs[1].late.start_deadline = 1min;
  world.behaviour["long"].takes = 10min;
  world.begin();
  world.run_for(1h + 30s);
  CHECK(world.waiting.size() == 1);
  world.run_for(5min);
  CHECK(world.decided("short") == Texts{"missed:deadline_passed"});
  CHECK(world.waiting.empty());
  CHECK(world.starts_of("short") == 0);
}

TEST_CASE(
    "a clock that was in 2040 for a minute makes up at most what the window holds, and goes on") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"})};
  world.jobs[0].late.catch_up = CatchUp::last;
  world.begin();
  world.run_for(90min);
  const std::size_t before = world.starts_of("a");
  const Duration leap = 24h * 365 * 14;
  world.now.wall += leap;
  world.feed(TimeReached{});
  world.run_for(1min);
  world.now.wall -= leap;
  world.feed(TimeReached{});
  CHECK(world.starts_of("a") <= before + 1);
  const std::size_t after = world.starts_of("a");
  world.run_for(2h);
  CHECK(world.starts_of("a") == after + 2);
}

TEST_CASE("intervals go on by real time when the wall clock is set back, cron fields wait") {
  EngineWorld world;
  world.jobs = {make_job("every", {"every 10m"}), make_job("cron", {"*/10 * * * *"})};
  world.begin();
  world.run_for(1h + 1s);
  const std::size_t every = world.starts_of("every");
  const std::size_t cron = world.starts_of("cron");
  world.now.wall -= 30min;
  world.feed(TimeReached{});
  world.run_for(29min);
  CHECK(world.starts_of("every") == every + 2);
  CHECK(world.starts_of("cron") == cron);
  world.run_for(32min);
  CHECK(world.starts_of("cron") == cron + 3);
  CHECK(world.starts_of("every") == every + 6);
}
