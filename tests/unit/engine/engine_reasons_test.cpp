// Every reason that is recorded can be brought about.

#include <functional>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "support/engine_world.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

// Two jobs due at every full hour, each taking half an hour.
EngineWorld two_jobs() {
  EngineWorld world;
  world.jobs = {make_job("a", {"0 * * * *"}), make_job("b", {"0 * * * *"})};
  for (const Job& job : world.jobs) world.behaviour[job.name].takes = 30min;
  return world;
}

// `b` fires again, every ten minutes, while its first firing waits behind `a`.
EngineWorld waiting_behind(const std::function<void(EngineWorld&)>& share) {
  EngineWorld world = two_jobs();
  world.jobs[1] = make_job("b", {"*/10 * * * *"});
  world.behaviour["b"].takes = 1s;
  share(world);
  world.begin();
  world.run_for(1h + 15min);
  return world;
}

EngineWorld fails_to_start(StartFailure failure) {
  EngineWorld world = two_jobs();
  world.begin();
  world.run_for(1h + 1s);
  AttemptOutcome outcome;
  outcome.failure = std::move(failure);
  outcome.started_at = outcome.ended_at = world.now.wall;
  world.feed(AttemptOver{world.started.front().key, outcome, {}});
  return world;
}

std::set<Reason> reasons_in(const EngineWorld& world) {
  std::set<Reason> reasons;
  for (const Decision& decision : world.decisions) reasons.insert(decision.reason);
  for (const auto& [id, run] : world.runs) {
    for (const Attempt& attempt : run.attempts) reasons.insert(reason_of(attempt.outcome.failure));
  }
  return reasons;
}

using Scenario = std::function<EngineWorld()>;

const std::map<Reason, Scenario>& scenarios() {
  static const std::map<Reason, Scenario> table = {
      {Reason::started,
       [] {
         EngineWorld world = two_jobs();
         world.begin();
         world.run_for(1h + 1s);
         return world;
       }},
      {Reason::disabled,
       [] {
         EngineWorld world = two_jobs();
         world.limits.max_running = 1;
         world.begin();
         world.run_for(1h + 1s);
         world.jobs[1].enabled = false;
         world.configure();
         return world;
       }},
      {Reason::paused,
       [] {
         EngineWorld world = two_jobs();
         world.begin();
         Pause pause;
         pause.job = "a";
         world.feed(PauseJob{pause});
         world.run_for(1h + 1s);
         return world;
       }},
      {Reason::overlap,
       [] {
         EngineWorld world = two_jobs();
         world.behaviour["a"].takes = 90min;
         world.begin();
         world.run_for(2h + 1s);
         return world;
       }},
      {Reason::lock_held,
       [] {
         return waiting_behind([](EngineWorld& world) {
           for (Job& job : world.jobs) job.needs.locks = {"db"};
         });
       }},
      {Reason::pool_full,
       [] { return waiting_behind([](EngineWorld& world) { world.limits.max_running = 1; }); }},
      {Reason::resources,
       [] {
         return waiting_behind([](EngineWorld& world) {
           world.limits.resources = {{"gpu", 1}};
           for (Job& job : world.jobs) job.needs.resources = {{"gpu", 1}};
         });
       }},
      {Reason::queue_full,
       [] {
         return waiting_behind([](EngineWorld& world) {
           world.limits.max_running = 1;
           world.limits.max_waiting = 0;
         });
       }},
      {Reason::condition,
       [] {
         EngineWorld world = two_jobs();
         world.jobs[0].needs.only_if = ShellCommand{"false"};
         world.conditions["a"] = false;
         world.begin();
         world.run_for(1h + 1s);
         return world;
       }},
      {Reason::upstream_failed,
       [] {
         EngineWorld world = two_jobs();
         world.jobs[1] = make_job("b", {}, {"a"});
         world.behaviour["a"].exit_codes = {1};
         world.begin();
         world.run_for(2h);
         return world;
       }},
      {Reason::upstream_timeout,
       [] {
         EngineWorld world = two_jobs();
         world.jobs[1] = make_job("b", {}, {"a"});
         world.jobs[1].after_timeout = 1min;
         world.begin();
         world.run_for(1h + 5min);
         return world;
       }},
      {Reason::daemon_down,
       [] {
         EngineWorld world = two_jobs();
         world.begin();
         world.run_for(1min);
         world.crash();
         world.advance(2h + 10min);
         world.begin();
         return world;
       }},
      {Reason::host_asleep,
       [] {
         EngineWorld world = two_jobs();
         world.begin();
         world.run_for(1min);
         world.advance(2h + 10min);
         world.feed(TimeReached{});
         return world;
       }},
      {Reason::clock_jumped,
       [] {
         EngineWorld world = two_jobs();
         world.begin();
         world.run_for(1min);
         world.now.wall += 2h + 10min;
         world.feed(TimeReached{});
         return world;
       }},
      {Reason::deadline_passed,
       [] {
         EngineWorld world = two_jobs();
         world.jobs[0].late.start_deadline = 10s;
         world.begin();
         world.run_for(1h - 1s);
         world.advance(1min);
         world.feed(TimeReached{});
         return world;
       }},
      {Reason::user_unknown,
       [] {
         return fails_to_start({StartStep::user, 0, "user 'bakcup'"});
       }},
      {Reason::dir_missing,
       [] {
         return fails_to_start({StartStep::dir, ENOENT, "dir /srv/x"});
       }},
      {Reason::exec_failed,
       [] {
         return fails_to_start({StartStep::exec, ENOENT, "backup"});
       }},
      {Reason::fork_failed,
       [] {
         return fails_to_start({StartStep::fork, EAGAIN, ""});
       }},
      {Reason::no_space,
       [] {
         return fails_to_start({StartStep::output, ENOSPC, "log"});
       }},
      {Reason::draining,
       [] {
         EngineWorld world = two_jobs();
         world.limits.max_running = 1;
         world.begin();
         world.run_for(1h + 1s);
         world.feed(Drain{});
         return world;
       }},
      {Reason::cancelled,
       [] {
         EngineWorld world = two_jobs();
         world.limits.max_running = 1;
         world.begin();
         world.run_for(1h + 1s);
         world.feed(CancelWaiting{"b"});
         return world;
       }},
  };
  return table;
}

}  // namespace

TEST_CASE("every reason that is recorded has a scenario that brings it about") {
  for (int number = 0; number <= static_cast<int>(Reason::cancelled); ++number) {
    const auto reason = static_cast<Reason>(number);
    CAPTURE(to_text(reason));
    const auto scenario = scenarios().find(reason);
    REQUIRE(scenario != scenarios().end());
    CHECK(reasons_in(scenario->second()).count(reason) == 1);
  }
}
