#include <doctest/doctest.h>

#include "support/engine_world.h"

using namespace dsched;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

TEST_CASE("a job every second fires once each second") {
  EngineWorld world;
  world.jobs = {make_job("tick", {"every 1s"})};
  world.begin();
  world.run_for(20s + 500ms);
  CHECK(world.decided("tick").size() == 20);
  CHECK(world.starts_of("tick") == 20);
  CHECK(world.results("tick") == Texts(20, "ok"));
}

TEST_CASE("nothing that was due before the first start is made up") {
  EngineWorld world;
  world.jobs = {make_job("hourly", {"0 * * * *"})};
  world.begin();
  CHECK(world.decisions.empty());
  world.run_for(1h);
  CHECK(world.decided("hourly") == Texts{"started"});
}

TEST_CASE("an early wake-up decides nothing twice") {
  EngineWorld world;
  world.jobs = {make_job("tick", {"every 1s"})};
  world.begin();
  for (int i = 0; i < 50; ++i) {
    world.advance(100ms);
    world.feed(TimeReached{});
    world.feed(TimeReached{});
  }
  CHECK(world.decided("tick").size() == 5);
}

TEST_CASE("a pause of the process loses nothing within five minutes, one after the other") {
  EngineWorld world;
  world.jobs = {make_job("tick", {"every 1s"})};
  world.begin();
  world.run_for(2s);
  world.advance(60s);
  world.run_for(2s);
  CHECK(world.decided("tick") == Texts(64, "started"));
  CHECK(world.starts_of("tick") == 64);
  CHECK(world.most_running == 1);
}

TEST_CASE(
    "after a pause longer than the job's interval the backlog ends and overlaps are skipped "
    "again") {
  EngineWorld world;
  world.jobs = {make_job("slow", {"every 1s"})};
  world.behaviour["slow"].takes = 1500ms;
  world.begin();
  world.advance(20s);
  world.run_for(10min);
  const Texts decided = world.decided("slow");
  CHECK(decided.size() == 620);
  CHECK(decided.back() != decided[decided.size() - 2]);  // every other one, as without the pause
  CHECK(world.most_running == 1);
}

TEST_CASE("a longer pause is one missed decision and the last five minutes") {
  EngineWorld world;
  world.jobs = {make_job("minutely", {"* * * * *"})};
  world.begin();
  world.advance(2h + 30s);
  world.run_for(1s);
  const Texts decided = world.decided("minutely");
  REQUIRE(decided.size() == 6);
  CHECK(decided.front() == "missed:host_asleepx115");
  CHECK(decided.back() == "started");
}

TEST_CASE("a clock that jumps ahead names itself as the reason") {
  EngineWorld world;
  world.jobs = {make_job("hourly", {"30 * * * *"})};
  world.begin();
  world.now.wall += 3h;
  world.feed(TimeReached{});
  CHECK(world.decided("hourly") == Texts{"missed:clock_jumpedx3"});
}

TEST_CASE("a clock set back a little fires nothing twice and goes on when time catches up") {
  EngineWorld world;
  world.jobs = {make_job("minutely", {"* * * * *"})};
  world.begin();
  world.run_for(5min);
  world.now.wall -= 2min;
  world.run_for(2min);
  CHECK(world.decided("minutely").size() == 5);
  world.run_for(1min);
  CHECK(world.decided("minutely").size() == 6);
}

TEST_CASE("a clock that had been years ahead does not stop the schedules") {
  EngineWorld world;
  world.jobs = {make_job("minutely", {"* * * * *"})};
  world.begin();
  world.run_for(2min);
  world.now.wall += std::chrono::hours{24 * 365 * 14};
  world.run_for(1min);
  world.now.wall -= std::chrono::hours{24 * 365 * 14};
  const std::size_t before = world.starts_of("minutely");
  world.feed(TimeReached{});
  CHECK(world.last_step.clock_rebased);
  world.run_for(10min);
  CHECK(world.starts_of("minutely") >= before + 7);
  std::set<std::pair<std::string, Instant>> firings;
  for (const auto& [id, run] : world.runs) CHECK(firings.insert({run.job, run.firing_at}).second);
}

TEST_CASE("a single sleep is never longer than a minute") {
  EngineWorld world;
  world.jobs = {make_job("yearly", {"0 0 1 1 *"})};
  world.begin();
  CHECK(world.last_step.wake_wall == world.now.wall + 60s);
}

TEST_CASE("without scheduled jobs there is no wake-up at all") {
  EngineWorld world;
  world.jobs = {make_job("by-hand")};
  world.begin();
  CHECK(world.last_step.wake_wall == Instant::max());
  CHECK(world.last_step.wake_boot == BootInstant::max());
  CHECK(world.last_step.idle);
}

TEST_CASE("a disabled job is not due, and starts from now when it is enabled") {
  EngineWorld world;
  world.jobs = {make_job("tick", {"every 1s"})};
  world.jobs[0].enabled = false;
  world.begin();
  world.run_for(5min);
  CHECK(world.decisions.empty());
  world.jobs[0].enabled = true;
  world.configure();
  world.run_for(3s);
  CHECK(world.decided("tick") == Texts(3, "started"));
  world.jobs[0].enabled = false;
  world.configure();
  world.crash();
  world.advance(1h);
  world.jobs[0].enabled = true;
  world.begin();
  CHECK(world.decided("tick").size() == 3);
}

TEST_CASE("a changed schedule counts from the change, an unchanged one goes on") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {"30 * * * *"})};
  world.begin();
  world.run_for(40min);
  CHECK(world.starts_of("b") == 1);
  world.jobs[0] = make_job("a", {"20 * * * *"});
  world.configure();
  CHECK(world.starts_of("a") == 0);
  world.run_for(1h);
  CHECK(world.decided("a") == Texts{"started"});
  CHECK(world.decided("b") == Texts{"started", "started"});
}

TEST_CASE("what is due at the moment of a reload is decided by the old files") {
  EngineWorld world;
  world.jobs = {make_job("a", {"* * * * *"})};
  world.begin();
  world.advance(61s);
  world.jobs.clear();
  world.configure();
  CHECK(world.decided("a") == Texts{"started"});
}

TEST_CASE("jobs with @reboot run once per boot") {
  EngineWorld world;
  world.jobs = {make_job("boot", {"@reboot"})};
  world.first_since_boot = true;
  world.begin();
  world.run_for(1min);
  CHECK(world.starts_of("boot") == 1);
  world.crash();
  world.first_since_boot = false;
  world.begin();
  world.run_for(1min);
  CHECK(world.starts_of("boot") == 1);
}

TEST_CASE(
    "while the history cannot be written nothing is decided, and nothing is lost for five "
    "minutes") {
  EngineWorld world;
  world.jobs = {make_job("minutely", {"* * * * *"})};
  world.begin();
  world.run_for(1min);
  world.history_works = false;
  world.feed(HistoryWritable{false});
  world.run_for(3min);
  CHECK(world.decided("minutely").size() == 1);
  world.repair_history();
  world.run_for(1s);
  CHECK(world.decided("minutely") == Texts(4, "started"));
  world.history_works = false;
  world.feed(HistoryWritable{false});
  world.run_for(2h);
  world.repair_history();
  world.run_for(1s);
  CHECK(world.decided("minutely")[4].starts_with("missed:no_space"));
}

TEST_CASE("a claim that is written hours late does not start anything") {
  EngineWorld world;
  world.jobs = {make_job("hourly", {"0 * * * *"})};
  world.begin();
  world.history_works = false;
  world.run_for(1h);
  world.feed(HistoryWritable{false});
  world.run_for(30min);
  world.repair_history();
  CHECK(world.starts_of("hourly") == 0);
  REQUIRE(world.results("hourly") == Texts{"failed"});
  CHECK(world.runs.begin()->second.attempts.front().outcome.failure.step == StartStep::output);
}
