#include <doctest/doctest.h>

#include "support/engine_world.h"

using namespace dsched;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

TEST_CASE("a daemon killed again and again neither loses nor doubles a firing") {
  EngineWorld world;
  world.jobs = {make_job("tick", {"every 1s"})};
  world.behaviour["tick"].takes = 400ms;
  world.begin();
  world.run_for(3s + 100ms);
  for (int i = 0; i < 5; ++i) {
    world.crash();
    world.run_for(7s);
    world.begin();
    world.run_for(10s);
  }
  CHECK(world.starts_of("tick") == 88);
  CHECK(world.decided("tick") == Texts(88, "started"));
  std::set<Instant> firings;
  for (const auto& [id, run] : world.runs) {
    CHECK(firings.insert(run.firing_at).second);
    CHECK(run.attempts.size() <= 1);
  }
}

TEST_CASE("a run that went on during the outage is found again and its result recorded") {
  EngineWorld world;
  world.jobs = {make_job("long", {"0 * * * *"})};
  world.behaviour["long"] = {10min, {7}};
  world.begin();
  world.run_for(1h + 1s);
  world.crash();
  world.run_for(5min);
  world.begin();
  CHECK(world.results("long") == Texts{"open"});
  world.run_for(6min);
  CHECK(world.results("long") == Texts{"failed"});
  CHECK(world.starts_of("long") == 1);
}

TEST_CASE(
    "a run that ended during the outage gets its real result, and what waits for it goes on") {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {}, {"a"}), make_job("c", {}, {"b"})};
  world.behaviour["a"].takes = 1min;
  world.begin();
  world.run_for(1h + 1s);
  world.crash();
  world.run_for(30min);
  world.begin();
  world.run_for(1min);
  CHECK(world.results("a") == Texts{"ok"});
  CHECK(world.results("b") == Texts{"ok"});
  CHECK(world.results("c") == Texts{"ok"});
}

TEST_CASE("a gate that waited when the daemon died waits on") {
  EngineWorld world;
  world.jobs = {make_job("load", {"0 * * * *"}), make_job("report", {"10 * * * *"}, {"load"})};
  world.behaviour["load"].takes = 45min;
  world.begin();
  world.run_for(1h + 20min);
  world.crash();
  world.run_for(10min);
  world.begin();
  CHECK(world.decided("report").size() == 1);  // that of 12:10
  world.run_for(16min);
  CHECK(world.decided("report").back() == "started");
}

TEST_CASE("firings due while the daemon was down for long are missed, once, as daemon_down") {
  EngineWorld world;
  world.jobs = {make_job("hourly", {"30 * * * *"}), make_job("next", {}, {"hourly"})};
  world.begin();
  world.run_for(1min);
  world.crash();
  world.advance(48h);
  world.begin();
  CHECK(world.decided("hourly") == Texts{"missed:daemon_downx48"});
  CHECK(world.decided("next") == Texts{"missed:daemon_downx48"});
  world.crash();
  world.begin();
  CHECK(world.decided("hourly").size() == 1);
}

TEST_CASE(
    "a claimed run that was never started is started after the restart, on the same boot only") {
  for (const bool same_boot : {true, false}) {
    CAPTURE(same_boot);
    EngineWorld world;
    world.jobs = {make_job("hourly", {"0 * * * *"})};
    world.begin();
    world.hands_work = false;
    world.run_for(1h);
    CHECK(world.starts_of("hourly") == 0);
    world.crash();
    world.begin();
    world.hands_work = true;
    world.hands_ready(same_boot);
    world.run_for(1s);
    CHECK(world.starts_of("hourly") == (same_boot ? 1 : 0));
    CHECK(world.results("hourly") == (same_boot ? Texts{"ok"} : Texts{"lost"}));
  }
}

TEST_CASE("when the supervisor dies its runs are lost and the next firing runs") {
  EngineWorld world;
  world.jobs = {make_job("long", {"0 * * * *"})};
  world.jobs[0].retry = RetryPolicy{.max = 5, .delay = 1s, .on = {}};
  world.behaviour["long"].takes = 10min;
  world.begin();
  world.run_for(1h + 1min);
  world.lose_supervisor();
  world.hands_ready(true);
  CHECK(world.results("long") == Texts{"lost"});
  world.run_for(1h);
  CHECK(world.decided("long") == Texts{"started", "started"});
}

TEST_CASE("a supervisor that has forgotten a started attempt does not get it again") {
  EngineWorld world;
  world.jobs = {make_job("long", {"0 * * * *"})};
  world.behaviour["long"].takes = 10min;
  world.begin();
  world.run_for(1h + 1min);
  world.crash();
  world.forget_everything_started();
  world.begin();
  CHECK(world.results("long") == Texts{"lost"});
  CHECK(world.starts_of("long") == 1);
}

TEST_CASE("a run between two attempts is resumed after the restart, not before its pause is over") {
  EngineWorld world;
  world.jobs = {make_job("flaky", {"0 * * * *"})};
  world.jobs[0].retry =
      RetryPolicy{.max = 1, .delay = 10min, .backoff = Backoff::constant, .on = {}};
  world.behaviour["flaky"].exit_codes = {1, 0};
  world.begin();
  world.run_for(1h + 1min);
  world.crash();
  world.run_for(1min);
  world.begin();
  world.run_for(5min);
  CHECK(world.starts_of("flaky") == 1);
  world.run_for(6min);
  CHECK(world.starts_of("flaky") == 2);
  CHECK(world.results("flaky") == Texts{"ok"});
}

TEST_CASE("queued runs keep their turn over a restart") {
  EngineWorld world;
  world.jobs = {make_job("long", {"* * * * *"})};
  world.jobs[0].overlap = Overlap::queue;
  world.behaviour["long"].takes = 150s;
  world.begin();
  world.run_for(3min + 1s);
  world.crash();
  world.begin();
  world.jobs.clear();
  world.run_for(20s);
  CHECK(world.most_running == 1);
  CHECK(world.starts_of("long") == 1);
  world.run_for(5min);
  CHECK(world.most_running == 1);
  CHECK(world.starts_of("long") == 3);
}

TEST_CASE("a claimed run that was never started is too late after a long outage") {
  EngineWorld world;
  world.jobs = {make_job("hourly", {"0 * * * *"})};
  world.begin();
  world.hands_work = false;
  world.run_for(1h);
  world.crash();
  world.advance(40min);
  world.hands_work = true;
  world.begin();
  world.run_for(1s);
  CHECK(world.starts_of("hourly") == 0);
  CHECK(world.results("hourly") == Texts{"failed"});
}

TEST_CASE(
    "jobs with @reboot start although the supervisor comes later than the claim, on a new boot") {
  EngineWorld world;
  world.jobs = {make_job("boot", {"@reboot"})};
  world.first_since_boot = true;
  world.hands_work = false;
  world.begin();
  world.hands_work = true;
  world.hands_ready(false);
  world.run_for(1s);
  CHECK(world.results("boot") == Texts{"ok"});
}

TEST_CASE("a claim answered while there is no supervisor starts when there is one") {
  EngineWorld world;
  world.jobs = {make_job("hourly", {"0 * * * *"})};
  world.begin();
  world.history_works = false;
  world.run_for(1h);
  world.lose_supervisor();
  world.repair_history();
  CHECK(world.starts_of("hourly") == 0);
  world.hands_ready(true);
  world.run_for(1s);
  CHECK(world.results("hourly") == Texts{"ok"});
}

TEST_CASE("a clock that was set right while no daemon ran does not silence the jobs until then") {
  EngineWorld world;
  world.jobs = {make_job("minutely", {"* * * * *"})};
  world.now.wall += std::chrono::hours{24 * 365};
  world.begin();
  world.run_for(3min);
  world.crash();
  world.now.wall -= std::chrono::hours{24 * 365};
  world.begin();
  const std::size_t before = world.starts_of("minutely");
  world.run_for(10min);
  CHECK(world.starts_of("minutely") == before + 10);
}

TEST_CASE(
    "a run between attempts whose job is gone after the restart ends, and nothing is executed for "
    "it") {
  EngineWorld world;
  world.jobs = {make_job("flaky", {"0 * * * *"}), make_job("other", {"0 0 1 1 *"})};
  world.jobs[0].retry = RetryPolicy{.max = 3, .delay = 30s, .on = {}};
  world.behaviour["flaky"].exit_codes = {1, 0};
  world.begin();
  world.run_for(1h + 5s);
  world.crash();
  world.jobs.erase(world.jobs.begin());
  world.advance(1min);
  world.begin();
  world.run_for(1min);
  CHECK(world.results("flaky") == Texts{"failed"});
  CHECK(world.starts_of("flaky") == 1);
}

TEST_CASE("a pause between attempts does not grow when the clock is set back over a restart") {
  EngineWorld world;
  world.jobs = {make_job("flaky", {"0 * * * *"})};
  world.jobs[0].retry = RetryPolicy{.max = 1, .delay = 30s, .on = {}};
  world.behaviour["flaky"].exit_codes = {1, 0};
  world.begin();
  world.run_for(1h + 1s);
  world.crash();
  world.now.wall -= 2h;
  world.begin();
  world.run_for(40s);
  CHECK(world.results("flaky") == Texts{"ok"});
}

TEST_CASE(
    "a later attempt that was seen to start is not started again by a supervisor without memory") {
  EngineWorld world;
  world.jobs = {make_job("flaky", {"0 * * * *"})};
  world.jobs[0].retry = RetryPolicy{.max = 1, .delay = 1s, .on = {}};
  world.behaviour["flaky"] = {10s, {1, 0}};
  world.begin();
  world.run_for(1h + 15s);
  CHECK(world.starts_of("flaky") == 2);
  world.crash();
  world.forget_everything_started();
  world.begin();
  CHECK(world.results("flaky") == Texts{"lost"});
}

TEST_CASE("a join does not wait for a firing that was never to come") {
  EngineWorld world;
  world.jobs = {make_job("a", {"* * * * *"}), make_job("d", {}, {"a"})};
  world.begin();
  world.run_for(30s);
  world.crash();
  world.advance(90s);
  world.jobs = {make_job("a", {"* * * * *"}), make_job("b", {"* * * * *"}),
                make_job("d", {}, {"a", "b"})};
  world.begin();
  world.run_for(10s);
  CHECK(world.decided("d") == Texts{"skipped:upstream_failed", "skipped:upstream_failed"});
  CHECK(world.last_step.idle);
  world.run_for(61s);
  CHECK(world.decided("d").back() == "started");
}

TEST_CASE("what waited behind a long run on a quiet host is started after a short outage") {
  for (const bool same_job : {false, true}) {
    CAPTURE(same_job);
    EngineWorld world;
    world.limits.max_running = 1;
    world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {"0 * * * *"})};
    if (same_job) {
      world.jobs = {make_job("a", {"0,10 * * * *"})};
      world.jobs[0].overlap = Overlap::queue;
    }
    world.behaviour["a"].takes = world.behaviour["b"].takes = 25min;
    world.begin();
    world.run_for(1h + 20min);
    CHECK(world.starts.size() == 1 + (same_job ? 1 : 0));
    world.crash();
    world.run_for(1s);
    world.begin();
    world.run_for(9min);
    CHECK(world.starts.size() == 2 + (same_job ? 1 : 0));
    for (const auto& [id, run] : world.runs)
      CHECK(run.result.value_or(RunResult::ok) == RunResult::ok);
  }
}
