#include <doctest/doctest.h>

#include "unit/history/history_fixture.h"

namespace dsched::test {
namespace {

struct WaitingFixture {
  TemporaryDirectory directory;
  std::unique_ptr<History> history = must(open_history(directory.file("history.db")));

  std::vector<double> seconds(const std::vector<std::string>& jobs = {}) {
    std::vector<double> found;
    for (const WaitingRecord& waiting : must(history->waiting(jobs)))
      found.push_back(to_seconds(waiting.firing_at - at(0)));
    return found;
  }
};

using Seconds = std::vector<double>;

BeginWaiting wait(const std::string& job, double second, Trigger trigger = Trigger::schedule) {
  BeginWaiting change;
  change.waiting.job = job;
  change.waiting.firing_at = change.waiting.since = at(second);
  change.waiting.trigger = trigger;
  return change;
}

TEST_CASE_FIXTURE(WaitingFixture, "a firing that waits is kept with all that is known of it") {
  BeginWaiting change = wait("a", 10, Trigger::watch);
  change.waiting.since = at(11);
  change.waiting.reason = Reason::lock_held;
  change.waiting.detail = "lock 'db' is held by run 3kq2m9tx";
  change.waiting.params = {{"FILE", "/in/x\ny"}};
  CHECK(accepted(*history, change));
  const WaitingRecord waiting = must(history->waiting({})).at(0);
  CHECK(waiting.job == "a");
  CHECK(waiting.firing_at == at(10));
  CHECK(waiting.trigger == Trigger::watch);
  CHECK(waiting.since == at(11));
  CHECK(waiting.reason == Reason::lock_held);
  CHECK(waiting.detail == change.waiting.detail);
  CHECK(waiting.params == change.waiting.params);
}

TEST_CASE_FIXTURE(WaitingFixture, "what waits is listed by firing, of all jobs or of some") {
  apply(*history, {wait("b", 20), wait("a", 30), wait("c", 10)});
  CHECK(seconds() == Seconds{10, 20, 30});
  CHECK(seconds({"a", "b"}) == Seconds{20, 30});
  CHECK(seconds({"nobody"}).empty());
}

TEST_CASE_FIXTURE(WaitingFixture, "a later word on the same firing replaces the earlier one") {
  apply(*history, {wait("a", 10)});
  BeginWaiting again = wait("a", 10);
  again.waiting.reason = Reason::resources;
  CHECK(accepted(*history, again));
  REQUIRE(seconds() == Seconds{10});
  CHECK(must(history->waiting({})).at(0).reason == Reason::resources);
}

TEST_CASE_FIXTURE(WaitingFixture, "a claim or a decision ends the wait of its firing only") {
  apply(*history, {wait("a", 10), wait("a", 20), wait("a", 30), wait("b", 10)});
  CHECK(accepted(*history, claim("a", 10, "R1")));
  CHECK(seconds() == Seconds{10, 20, 30});
  CHECK(seconds({"a"}) == Seconds{20, 30});
  CHECK(accepted(*history, skip("a", 20)));
  CHECK(seconds({"a"}) == Seconds{30});
  CHECK(seconds({"b"}) == Seconds{10});
}

TEST_CASE_FIXTURE(
    WaitingFixture,
    "a decision for a range ends the waits in it, but not those of firings of their own") {
  apply(*history, {wait("a", 99), wait("a", 100), wait("a", 150, Trigger::after),
                   wait("a", 160, Trigger::manual), wait("a", 170, Trigger::backfill),
                   wait("a", 200), wait("a", 201), wait("b", 150)});
  CHECK(accepted(*history, miss_range("a", 100, 200, 11)));
  CHECK(seconds({"a"}) == Seconds{99, 160, 170, 201});
  CHECK(seconds({"b"}) == Seconds{150});
}

TEST_CASE_FIXTURE(WaitingFixture, "a firing that is decided does not begin to wait") {
  apply(*history, {claim("a", 0, "R1"), skip("a", 10), miss_range("a", 100, 200, 11)});
  const struct {
    double second;
    Trigger trigger;
    bool waits;
  } rows[] = {
      {0, Trigger::schedule, false},   {0, Trigger::manual, false},  {0, Trigger::backfill, false},
      {10, Trigger::schedule, false},  {10, Trigger::manual, false}, {10, Trigger::backfill, true},
      {150, Trigger::schedule, false}, {150, Trigger::manual, true}, {160, Trigger::backfill, true},
      {201, Trigger::schedule, true},
  };
  for (const auto& row : rows) {
    CAPTURE(row.second);
    CAPTURE(to_text(row.trigger));
    CHECK(accepted(*history, wait("a", row.second, row.trigger)) == row.waits);
  }
  CHECK(seconds() == Seconds{10, 150, 160, 201});
}

TEST_CASE_FIXTURE(WaitingFixture, "a backfill that is taken back waits no longer, its skip stays") {
  apply(*history, {skip("a", 10), wait("a", 10, Trigger::backfill)});
  CHECK_FALSE(accepted(*history, skip("a", 10, DecisionKind::missed)));
  CHECK(seconds().empty());
  CHECK(must(history->decision_at("a", at(10)))->kind == DecisionKind::skipped);
}

TEST_CASE_FIXTURE(WaitingFixture, "a forgotten job waits for nothing") {
  apply(*history, {wait("a", 10), wait("a", 20, Trigger::manual), wait("b", 10)});
  apply(*history, {ForgetJob{"a"}});
  CHECK(seconds({"a"}).empty());
  CHECK(seconds({"b"}) == Seconds{10});
}

TEST_CASE_FIXTURE(WaitingFixture,
                  "a re-based job keeps the waits that its schedule will not bring again") {
  apply(*history, {wait("a", 10), wait("a", 20), wait("a", 30, Trigger::catch_up),
                   wait("a", 40, Trigger::manual), wait("a", 50, Trigger::after), wait("b", 20)});
  apply(*history, {RebaseJob{{"a", at(10), 1}}});
  CHECK(seconds({"a"}) == Seconds{10, 40, 50});
  CHECK(seconds({"b"}) == Seconds{20});
}

}  // namespace
}  // namespace dsched::test
