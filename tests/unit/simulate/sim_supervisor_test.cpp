#include "simulate/sim_supervisor.h"

#include <doctest/doctest.h>

namespace dsched {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  SimSupervisor supervisor{10};
  Moment now{Instant{std::chrono::seconds{1'000'000}}, BootInstant{1h}};
  std::shared_ptr<Job> job = std::make_shared<Job>();
  std::vector<AttemptKey> lost;

  SimSupervisor::Started start(const std::string& run, Duration takes, int exit_code = 0) {
    StartAttempt request;
    request.key = {run, 1};
    request.job = job;
    AttemptPlan plan;
    plan.takes = takes;
    plan.exit_code = exit_code;
    return supervisor.start(request, plan, now);
  }
  void pass(Duration span) {
    now.wall += span;
    now.boot += span;
  }
  SimSupervisor::Visit note_lost() {
    return [this](const AttemptKey& key, const AttemptOutcome&) { lost.push_back(key); };
  }
};

TEST_CASE_FIXTURE(Fixture, "an attempt starts once; what is known of it is told again") {
  CHECK(start("a", 10s).now);
  const auto again = start("a", 10s);
  CHECK_FALSE(again.now);
  CHECK(again.began);
  CHECK_FALSE(again.over);
  pass(10s);
  CHECK(supervisor.end_next(now).outcome.exit_code == 0);
  supervisor.acknowledge({"a", 1});
  const auto after = start("a", 10s);
  CHECK_FALSE(after.now);
  CHECK(after.over);
}

TEST_CASE_FIXTURE(Fixture, "children end in the order of their ends") {
  start("slow", 20s, 1);
  start("fast", 10s, 2);
  REQUIRE(supervisor.next_end() == now.boot + 10s);
  pass(10s);
  CHECK(supervisor.end_next(now).outcome.exit_code == 2);
  REQUIRE(supervisor.next_end() == now.boot + 10s);
  pass(10s);
  const AttemptOver over = supervisor.end_next(now);
  CHECK(over.outcome.exit_code == 1);
  CHECK(over.outcome.duration == 20s);
  CHECK_FALSE(supervisor.next_end());
}

TEST_CASE_FIXTURE(Fixture, "an outcome is told until it is acknowledged") {
  start("a", 1s, 3);
  pass(1s);
  supervisor.end_next(now);
  for (int i = 0; i < 2; ++i) {
    const HandsReady hello = supervisor.hello();
    REQUIRE(hello.known.size() == 1);
    CHECK(hello.known[0].outcome->exit_code == 3);
  }
  supervisor.acknowledge({"a", 1});
  CHECK(supervisor.hello().known.empty());
}

TEST_CASE_FIXTURE(Fixture, "its death loses what runs; the journal stays") {
  start("running", 1h);
  start("ended", 1s);
  pass(1s);
  supervisor.end_next(now);
  supervisor.die(now, note_lost());
  CHECK(lost == std::vector<AttemptKey>{{"running", 1}});
  CHECK_FALSE(supervisor.next_end());
  const HandsReady hello = supervisor.hello();
  CHECK(hello.same_boot);
  REQUIRE(hello.known.size() == 2);
  CHECK(hello.known[0].outcome->lost);
  CHECK_FALSE(hello.known[1].outcome->lost);
}

TEST_CASE_FIXTURE(Fixture, "after a reboot it says so, once") {
  start("a", 1h);
  supervisor.reboot(now, note_lost());
  CHECK_FALSE(supervisor.hello().same_boot);
  CHECK(supervisor.hello().same_boot);
}

TEST_CASE_FIXTURE(Fixture, "a time-out, a stop and a kill end an attempt sooner") {
  job->timeout = 5s;
  start("late", 1h);
  pass(6s);
  CHECK(supervisor.end_next(now).outcome.timed_out);
  job->timeout.reset();
  start("stopped", 1h);
  supervisor.stop({"stopped", 1}, false, now);
  pass(1s);
  const AttemptOutcome stopped = supervisor.end_next(now).outcome;
  CHECK(stopped.stopped);
  CHECK(stopped.signal == 15);
  start("killed", 1h);
  supervisor.stop({"killed", 1}, true, now);
  CHECK(supervisor.end_next(now).outcome.signal == 9);
}

TEST_CASE_FIXTURE(Fixture, "children sleep with their host") {
  start("a", 10s);
  supervisor.slept(1h);
  CHECK(supervisor.next_end() == now.boot + 1h + 10s);
}

}  // namespace
}  // namespace dsched
