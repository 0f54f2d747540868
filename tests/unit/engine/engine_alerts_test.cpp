#include <doctest/doctest.h>

#include "support/engine_world.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

Texts kinds(const EngineWorld& world) {
  Texts texts;
  for (const Alert& alert : world.alerts) texts.emplace_back(to_text(alert.kind));
  return texts;
}

EngineWorld job_every_minute() {
  EngineWorld world;
  world.jobs = {make_job("a", {"* * * * *"})};
  world.jobs[0].notify.email = {"ops@example.org"};
  return world;
}

}  // namespace

TEST_CASE(
    "a failure is told, one that goes on is told again after `repeat`, and so is the recovery") {
  EngineWorld world = job_every_minute();
  world.behaviour["a"].exit_codes = {28};
  world.begin();
  world.run_for(50min);
  CHECK(kinds(world) == Texts{"failure"});
  CHECK(world.alerts[0].subject == "failed with exit 28");
  CHECK(world.alerts[0].channels == Texts{"mailto:ops@example.org"});
  world.run_for(15min);
  CHECK(kinds(world) == Texts{"failure", "failure"});
  CHECK(world.alerts[1].subject == "failed with exit 28, 61 times in a row");
  world.behaviour["a"].exit_codes = {0};
  world.run_for(2min);
  CHECK(kinds(world) == Texts{"failure", "failure", "recovery"});
}

TEST_CASE("`after` failures in a row are needed before anything is told") {
  EngineWorld world = job_every_minute();
  world.jobs[0].notify.after = 3;
  world.behaviour["a"].exit_codes = {1};
  world.begin();
  world.run_for(2min);
  CHECK(world.alerts.empty());
  world.behaviour["a"].exit_codes = {0};
  world.run_for(1min);
  CHECK(world.alerts.empty());
  world.behaviour["a"].exit_codes = {1};
  world.run_for(3min);
  CHECK(kinds(world) == Texts{"failure"});
}

TEST_CASE("kinds that are not asked for have no channel, but are known") {
  EngineWorld world = job_every_minute();
  world.jobs[0].notify.on = {AlertKind::missed};
  world.behaviour["a"].exit_codes = {1};
  world.begin();
  world.run_for(61s);
  REQUIRE(world.alerts.size() == 1);
  CHECK(world.alerts[0].channels.empty());
}

TEST_CASE("output is mailed for every run that wrote some, when it is asked for") {
  EngineWorld world = job_every_minute();
  world.jobs[0].notify.on = {AlertKind::output};
  world.behaviour["a"].takes = 1h;
  world.begin();
  world.run_for(1min);
  AttemptOutcome outcome;
  outcome.output_bytes = 12;
  outcome.started_at = outcome.ended_at = world.now.wall;
  world.feed(AttemptOver{world.started[0].key, outcome, {}});
  CHECK(kinds(world) == Texts{"output"});
}

TEST_CASE("finish_by: what has not succeeded by then is late, once, also across a restart") {
  EngineWorld world;
  world.jobs = {make_job("night", {"0 2 * * *"})};
  world.jobs[0].expect.finish_by = std::chrono::minutes{6 * 60};
  SUBCASE("it runs on") {
    world.behaviour["night"].takes = 10h;
  }
  SUBCASE("it failed") {
    world.behaviour["night"].exit_codes = {1};
  }
  SUBCASE("the daemon was away") {
    world.behaviour["night"].takes = 10h;
    world.begin();
    world.run_for(14h + 30min);
    world.crash();
    world.pasts["night"] = {.job = "night", .first_seen_at = world.now.wall - 1h};
  }
  world.begin();
  world.run_for(24h);
  std::size_t late = 0;
  for (const Alert& alert : world.alerts) late += alert.kind == AlertKind::late ? 1 : 0;
  CHECK(late == 1);
}

TEST_CASE("finish_by: what has succeeded in time is no trouble") {
  EngineWorld world;
  world.jobs = {make_job("night", {"0 2 * * *"})};
  world.jobs[0].expect.finish_by = std::chrono::minutes{6 * 60};
  world.behaviour["night"].takes = 3h;
  world.begin();
  world.run_for(72h);
  CHECK(world.alerts.empty());
}

TEST_CASE("within: no success for that long is an alarm, even when nothing was due") {
  EngineWorld world;
  world.jobs = {make_job("weekly", {"0 0 * * 0"})};
  world.jobs[0].expect.within = 26h;
  world.begin();
  world.run_for(25h);
  CHECK(world.alerts.empty());
  world.run_for(2h);
  CHECK(kinds(world) == Texts{"overdue"});
}

TEST_CASE("max_runtime: a run that takes longer is told of while it runs") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"})};
  world.behaviour["a"].takes = 50min;
  SUBCASE("given") {
    world.jobs[0].expect.max_runtime = 10min;
  }
  SUBCASE("learned") {
    world.jobs[0].expect.learned_runtime = true;
    world.pasts["a"] = {.job = "a", .durations = {1min, 2min, 4min, 1min, 2min}};
  }
  world.begin();
  world.run_for(1h + 8min);
  CHECK(world.alerts.empty());
  world.run_for(3min);
  CHECK(kinds(world) == Texts{"slow"});
}

TEST_CASE("missed firings are told, many of them once") {
  EngineWorld world = job_every_minute();
  world.begin();
  world.run_for(1min);
  world.crash();
  world.advance(3h);
  world.begin();
  CHECK(kinds(world) == Texts{"missed"});
  CHECK(world.alerts[0].subject.find("firings were missed") != std::string::npos);
}
