#include <doctest/doctest.h>

#include "support/engine_world.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

EngineWorld hourly() {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"})};
  world.behaviour["a"].takes = 10min;
  world.begin();
  return world;
}

}  // namespace

TEST_CASE("a job that is triggered runs now, with the values it was given") {
  EngineWorld world = hourly();
  world.feed(RunNow{{"a"}, {{"target", "staging"}}, false});
  REQUIRE(world.started.size() == 1);
  CHECK(world.started[0].trigger == Trigger::manual);
  CHECK(world.started[0].params == Values{{"target", "staging"}});
  CHECK(world.runs.begin()->second.params == Values{{"target", "staging"}});
}

TEST_CASE("two triggers at one moment are two firings; overlap decides about the second") {
  EngineWorld world = hourly();
  world.feed(RunNow{{"a"}, {}, false});
  world.feed(RunNow{{"a"}, {}, false});
  CHECK(world.decided("a") == Texts{"started", "skipped:overlap"});
  world.feed(RunNow{{"a"}, {}, true});
  CHECK(world.running.size() == 2);
}

TEST_CASE("a paused job is triggered by force only") {
  EngineWorld world = hourly();
  Pause pause;
  pause.job = "a";
  world.feed(PauseJob{pause});
  world.feed(RunNow{{"a"}, {}, false});
  CHECK(world.decided("a") == Texts{"skipped:paused"});
  world.feed(RunNow{{"a"}, {}, true});
  CHECK(world.starts_of("a") == 1);
}

TEST_CASE("firings are made up for one after the other, and never twice") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"})};
  world.behaviour["a"].takes = 1min;
  world.begin();
  world.run_for(1s);
  world.crash();
  world.advance(3h);
  world.begin();
  CHECK(world.decided("a") == Texts{"missed:daemon_downx2", "started"});
  const Instant noon{std::chrono::seconds{1795176000}};
  const std::vector<Instant> firings = {noon + 1h, noon + 2h, noon + 3h};
  world.feed(MakeUp{"a", firings, {}});
  world.run_for(10min);
  CHECK(world.starts_of("a") == 3);
  CHECK(world.most_running == 1);
  CHECK(world.started.back().trigger == Trigger::backfill);
  world.feed(MakeUp{"a", firings, {}});
  world.run_for(10min);
  CHECK(world.starts_of("a") == 3);
}

TEST_CASE("files that changed fire the job, with their names") {
  EngineWorld world = hourly();
  world.feed(FilesChanged{"a", {"/in/x.csv", "/in/y.csv"}});
  REQUIRE(world.started.size() == 1);
  CHECK(world.started[0].trigger == Trigger::watch);
  CHECK(world.started[0].params == Values{{kWatchFiles, "/in/x.csv\n/in/y.csv"}});
  world.feed(FilesChanged{"gone", {"/in/z.csv"}});
  CHECK(world.started.size() == 1);
}

TEST_CASE("a run can be stopped while it runs and while it pauses before a retry") {
  EngineWorld world = hourly();
  world.feed(RunNow{{"a"}, {}, false});
  world.feed(StopRun{world.runs.begin()->first, false});
  world.run_for(1s);
  CHECK(world.results("a") == Texts{"cancelled"});

  EngineWorld pausing;
  pausing.jobs = {make_job("a")};
  pausing.jobs[0].retry.max = 3;
  pausing.behaviour["a"].exit_codes = {7};
  pausing.begin();
  pausing.feed(RunNow{{"a"}, {}, false});
  pausing.run_for(1s);
  pausing.feed(StopRun{pausing.runs.begin()->first, false});
  pausing.run_for(1h);
  CHECK(pausing.results("a") == Texts{"failed"});
  CHECK(pausing.starts_of("a") == 1);
}

TEST_CASE("what waits for its turn or its upstreams can be taken back") {
  EngineWorld world;
  world.limits.max_running = 1;
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {"0 * * * *"}),
                make_job("after-a", {}, {"a"})};
  world.behaviour["a"].takes = 10min;
  world.begin();
  world.run_for(1h + 1s);
  world.feed(CancelWaiting{"b"});
  world.feed(CancelWaiting{"after-a"});
  CHECK(world.decided("b") == Texts{"skipped:cancelled"});
  CHECK(world.decided("after-a") == Texts{"skipped:cancelled"});
  world.run_for(20min);
  CHECK(world.starts_of("b") == 0);
  CHECK(world.starts_of("after-a") == 0);
}

TEST_CASE("after_timeout ends the wait for upstreams") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {}, {"a"})};
  world.jobs[1].after_timeout = 5min;
  world.behaviour["a"].takes = 10min;
  world.begin();
  world.run_for(1h + 4min);
  CHECK(world.decided("b").empty());
  world.run_for(2min);
  CHECK(world.decided("b") == Texts{"missed:upstream_timeout"});
  CHECK(world.decisions.back().detail == "a had not ended in time");
  world.run_for(10min);
  CHECK(world.starts_of("b") == 0);
}

TEST_CASE("what a run wrote for those after it reaches them, also across a restart") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {}, {"a"})};
  world.behaviour["a"].takes = 10min;
  world.begin();
  world.run_for(1h + 1s);
  AttemptOutcome outcome;
  outcome.started_at = outcome.ended_at = world.now.wall;
  world.feed(AttemptOver{world.started[0].key, outcome, {{"rows", "42"}}});
  REQUIRE(world.started.size() == 2);
  REQUIRE(world.started[1].upstream_outputs.size() == 1);
  CHECK(world.started[1].upstream_outputs[0].first == "a");
  CHECK(world.started[1].upstream_outputs[0].second == Values{{"rows", "42"}});
}

TEST_CASE("a submitted job is due from the moment it was handed in") {
  EngineWorld world;
  world.begin();
  world.run_for(10s);
  Job job = make_job("later", {"at 2026-11-20T12:00:05Z"});
  job.submitted_at = Instant{std::chrono::seconds{1795176005}};
  world.jobs.push_back(job);
  world.configure();
  CHECK(world.starts_of("later") == 1);
}
