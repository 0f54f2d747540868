#include <doctest/doctest.h>

#include "unit/history/history_fixture.h"

namespace dsched::test {
namespace {

using std::chrono::seconds;

struct PastsFixture {
  TemporaryDirectory directory;
  std::unique_ptr<History> history = must(open_history(directory.file("history.db")));

  JobPast past(const std::string& job) {
    for (const JobPast& one : must(history->pasts())) {
      if (one.job == job) return one;
    }
    throw std::runtime_error("no past of " + job);
  }
};

TEST_CASE_FIXTURE(PastsFixture, "every job that was seen has a past, in order of the names") {
  apply(*history, {skip("b", 0), MoveCursor{{"a", at(0), 1}}});
  const std::vector<JobPast> pasts = must(history->pasts());
  REQUIRE(pasts.size() == 2);
  CHECK(pasts[0].job == "a");
  CHECK_FALSE(pasts[0].first_seen_at);
  CHECK(pasts[1].first_seen_at == at(0));
  CHECK_FALSE(pasts[1].last_success_at);
  CHECK(pasts[1].durations.empty());
  CHECK(pasts[1].last_alerts.empty());
}

TEST_CASE_FIXTURE(PastsFixture, "failures and losses in a row are counted each by itself") {
  const struct {
    RunResult result;
    int failures, lost;
  } rows[] = {
      {RunResult::lost, 1, 1},   {RunResult::lost, 2, 2},      {RunResult::cancelled, 2, 2},
      {RunResult::lost, 3, 3},   {RunResult::failed, 4, 0},    {RunResult::lost, 5, 1},
      {RunResult::killed, 6, 0}, {RunResult::timeout, 7, 0},   {RunResult::lost, 8, 1},
      {RunResult::ok, 0, 0},     {RunResult::cancelled, 0, 0}, {RunResult::lost, 1, 1},
  };
  int second = 0;
  for (const auto& row : rows) {
    CAPTURE(second);
    add_run(*history, "a", second, "R" + std::to_string(second), row.result);
    CHECK(past("a").consecutive_failures == row.failures);
    CHECK(past("a").consecutive_lost == row.lost);
    ++second;
  }
}

TEST_CASE_FIXTURE(PastsFixture,
                  "a job is first seen at its earliest decision, also when that is gone") {
  add_run(*history, "a", 50, "R1");
  CHECK(past("a").first_seen_at == at(50));
  add_run(*history, "a", 60, "R2");
  apply(*history, {skip("a", 10)});  // the clock had been ahead
  CHECK(past("a").first_seen_at == at(10));
  must(history->prune("a", seconds(1), 1, at(1000)));
  must(history->prune("a", seconds(1), 1, at(1000)));
  REQUIRE(must(history->decisions({})).size() == 1);
  CHECK(past("a").first_seen_at == at(10));
  CHECK(past("a").last_success_at == at(61));
}

TEST_CASE_FIXTURE(PastsFixture,
                  "the durations are those of the last twenty good runs, newest last") {
  for (int i = 1; i <= 30; ++i) {
    const std::string id = "R" + std::to_string(i);
    const RunResult result = i % 5 == 0 ? RunResult::failed : RunResult::ok;
    apply(*history,
          {claim("a", i * 100, id), attempt_ended(id, 1, i * 100 + 50, seconds(i)),
           attempt_ended(id, 2, i * 100 + 90, Duration{1}), run_ended(id, i * 100 + 90, result)});
  }
  apply(*history, {claim("a", 9000, "NEVER STARTED"), run_ended("NEVER STARTED", 9001)});
  std::vector<Duration> expected;
  for (int i = 6; i <= 30; ++i) {
    if (i % 5 != 0) expected.push_back(seconds(i) + Duration{1});
  }
  REQUIRE(expected.size() == 20);
  CHECK(past("a").durations == expected);
  must(history->prune("a", seconds(1), 1, at(1e6)));
  CHECK(past("a").durations == expected);
}

TEST_CASE_FIXTURE(PastsFixture, "the newest alert of each kind is known") {
  const auto raise = [&](const std::string& job, AlertKind kind, double about, double raised) {
    Alert alert;
    alert.job = job;
    alert.kind = kind;
    alert.about = at(about);
    alert.raised_at = at(raised);
    apply(*history, {RaiseAlert{alert}});
  };
  raise("a", AlertKind::failure, 1, 10);
  raise("a", AlertKind::failure, 2, 30);
  raise("a", AlertKind::failure, 3, 20);
  raise("a", AlertKind::slow, 1, 5);
  raise("b", AlertKind::failure, 1, 99);
  using LastAlerts = std::vector<std::pair<AlertKind, Instant>>;
  CHECK(past("a").last_alerts ==
        LastAlerts{{AlertKind::failure, at(30)}, {AlertKind::slow, at(5)}});
  CHECK(past("b").last_alerts == LastAlerts{{AlertKind::failure, at(99)}});
}

}  // namespace
}  // namespace dsched::test
