#include <numeric>

#include <doctest/doctest.h>

#include "unit/history/history_fixture.h"

namespace dsched::test {
namespace {

using Ids = std::vector<std::string>;

struct QueryFixture {
  TemporaryDirectory directory;
  std::unique_ptr<History> history = must(open_history(directory.file("history.db")));

  Ids ids(const RunQuery& query) { return ids_of(must(history->runs(query))); }
  JobSummary summary(const std::string& job) { return must(history->summaries()).at(job); }
};

TEST_CASE_FIXTURE(QueryFixture, "runs are found by job, time, result, state, count") {
  add_run(*history, "a", 0, "R0");
  add_run(*history, "b", 10, "R1", RunResult::failed);
  add_run(*history, "c/ü", 20, "R2", RunResult::timeout);
  apply(*history, {claim("a", 30, "R3")});

  const auto query = [](auto set) {
    RunQuery made;
    set(made);
    return made;
  };
  const struct {
    const char* what;
    RunQuery query;
    Ids expected;
  } rows[] = {
      {"all, newest first", {}, {"R3", "R2", "R1", "R0"}},
      {"one job", query([](RunQuery& q) { q.jobs = {"a"}; }), {"R3", "R0"}},
      {"two jobs",
       query([](RunQuery& q) {
         q.jobs = {"c/ü", "b"};
       }),
       {"R2", "R1"}},
      {"no such job", query([](RunQuery& q) { q.jobs = {"c"}; }), {}},
      {"since is inclusive", query([](RunQuery& q) { q.since = at(20); }), {"R3", "R2"}},
      {"until is exclusive", query([](RunQuery& q) { q.until = at(20); }), {"R1", "R0"}},
      {"a span", query([](RunQuery& q) { q.since = at(5), q.until = at(25); }), {"R2", "R1"}},
      {"results",
       query([](RunQuery& q) {
         q.results = {RunResult::failed, RunResult::timeout};
       }),
       {"R2", "R1"}},
      {"unfinished", query([](RunQuery& q) { q.unfinished_only = true; }), {"R3"}},
      {"unfinished of a job",
       query([](RunQuery& q) { q.unfinished_only = true, q.jobs = {"b"}; }),
       {}},
      {"limit", query([](RunQuery& q) { q.limit = 2; }), {"R3", "R2"}},
      {"skip", query([](RunQuery& q) { q.skip = 3; }), {"R0"}},
      {"skip and limit", query([](RunQuery& q) { q.limit = 2, q.skip = 1; }), {"R2", "R1"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(ids(row.query) == row.expected);
  }
}

TEST_CASE_FIXTURE(QueryFixture,
                  "a run is found by the start of its id or of its short form, in any case") {
  add_run(*history, "a", 0, "01HF3KQ2M9TX00000000000001");
  add_run(*history, "a", 1, "01HF3KQ2M9TX00000000000002");
  add_run(*history, "a", 2, "01HG3KQ2M9TX00000000000003");
  const struct {
    const char* prefix;
    std::size_t found;
  } rows[] = {
      {"01HF3KQ2M9TX00000000000001", 1}, {"01hf", 2}, {"01H", 3},  {"3kq2m9tx", 3}, {"3KQ", 3},
      {"01HF3KQ2M9TX0000000000000", 2},  {"3kr", 0},  {"kq2m", 0}, {"%", 0},        {"_1HF", 0}};
  for (const auto& row : rows) {
    CAPTURE(row.prefix);
    RunQuery query;
    query.run_id_prefix = row.prefix;
    CHECK(ids(query).size() == row.found);
  }
}

TEST_CASE_FIXTURE(QueryFixture,
                  "the run of a firing is found, of one job or of all that fired then") {
  add_run(*history, "a", 10, "R1");
  ClaimRun late = claim("b", 10, "R2");
  late.run.claimed_at = at(99);
  apply(*history, {late, claim("a", 20, "R3"), skip("c", 10)});
  RunQuery query;
  query.firing_at = at(10);
  CHECK(ids(query) == Ids{"R2", "R1"});
  query.jobs = {"a"};
  CHECK(ids(query) == Ids{"R1"});
  query.firing_at = at(11);
  CHECK(ids(query).empty());
}

TEST_CASE_FIXTURE(QueryFixture, "the decision of a firing is its own, or the range it lies in") {
  apply(*history, {claim("a", 0, "R0"), miss_range("a", 100, 200, 11), skip("b", 150)});
  ClaimRun manual = claim("a", 150, "R1");
  manual.run.trigger = Trigger::manual;
  apply(*history, {manual});
  const struct {
    double second;
    const char* found;
  } rows[] = {{0, "R0"},   {1, "none"},    {99.999999, "none"},  {100, "range"}, {120, "range"},
              {150, "R1"}, {200, "range"}, {200.000001, "none"}, {-1, "none"}};
  for (const auto& row : rows) {
    CAPTURE(row.second);
    const std::optional<Decision> decision = must(history->decision_at("a", at(row.second)));
    const std::string found = !decision                 ? "none"
                              : decision->firings == 11 ? "range"
                                                        : decision->run_id;
    CHECK(found == row.found);
  }
  CHECK_FALSE(must(history->decision_at("nobody", at(0))));
}

TEST_CASE_FIXTURE(QueryFixture, "decisions are found by job, time and kind, newest first") {
  apply(*history, {claim("a", 0, "R0"), skip("a", 10), skip("b", 20, DecisionKind::missed),
                   claim("b", 30, "R1")});
  const auto seconds = [&](const DecisionQuery& query) {
    std::vector<std::int64_t> found;
    for (const Decision& decision : must(history->decisions(query))) {
      found.push_back((decision.firing_at - at(0)) / std::chrono::seconds(1));
    }
    return found;
  };
  using Seconds = std::vector<std::int64_t>;
  CHECK(seconds({}) == Seconds{30, 20, 10, 0});
  DecisionQuery query;
  query.without_started = true;
  CHECK(seconds(query) == Seconds{20, 10});
  query.limit = 1;
  CHECK(seconds(query) == Seconds{20});
  query = {};
  query.jobs = {"a"};
  CHECK(seconds(query) == Seconds{10, 0});
  query = {};
  query.since = at(10);
  query.until = at(30);
  CHECK(seconds(query) == Seconds{20, 10});
}

TEST_CASE_FIXTURE(QueryFixture, "the summary shows the last ten in letters, oldest first") {
  const RunResult results[] = {RunResult::ok,      RunResult::ok,     RunResult::failed,
                               RunResult::timeout, RunResult::killed, RunResult::cancelled,
                               RunResult::lost};
  int second = 0;
  for (const RunResult result : results) {
    add_run(*history, "a", second, "R" + std::to_string(second), result);
    ++second;
  }
  CHECK(summary("a").recent == "ooftkcl");
  apply(*history, {skip("a", 10), skip("a", 11, DecisionKind::missed), claim("a", 12, "R12")});
  CHECK(summary("a").recent == "ooftkclsmr");
  apply(*history, {claim("a", 13, "R13"), run_ended("R12", 14)});
  CHECK(summary("a").recent == "oftkclsmor");
}

TEST_CASE_FIXTURE(QueryFixture,
                  "failures in a row count until a success; cancelled runs say nothing") {
  add_run(*history, "a", 0, "R0");
  CHECK(summary("a").last_success_at == at(1));
  add_run(*history, "a", 10, "R1", RunResult::failed);
  add_run(*history, "a", 20, "R2", RunResult::cancelled);
  add_run(*history, "a", 30, "R3", RunResult::lost);
  CHECK(summary("a").consecutive_failures == 2);
  CHECK(summary("a").last_success_at == at(1));
  add_run(*history, "a", 40, "R4");
  CHECK(summary("a").consecutive_failures == 0);
  CHECK(summary("a").last_success_at == at(41));
}

TEST_CASE_FIXTURE(QueryFixture,
                  "the summary has the newest run, what still runs, and a skip that is newer") {
  add_run(*history, "a", 0, "R0");
  apply(*history, {claim("a", 10, "R1"), claim("a", 20, "R2"), run_ended("R2", 21)});
  REQUIRE(summary("a").last);
  CHECK(summary("a").last->run_id == "R2");
  CHECK(summary("a").last->result == RunResult::ok);
  CHECK(ids_of(summary("a").running) == Ids{"R1"});
  CHECK_FALSE(summary("a").last_decision);

  apply(*history, {skip("a", 30)});
  REQUIRE(summary("a").last_decision);
  CHECK(summary("a").last_decision->firing_at == at(30));
  apply(*history, {claim("a", 40, "R3")});
  CHECK_FALSE(summary("a").last_decision);
}

TEST_CASE_FIXTURE(QueryFixture,
                  "a job that was only skipped has a summary, one with a cursor only has none") {
  apply(*history, {skip("a", 0), MoveCursor{{"b", at(0), 1}}});
  const auto summaries = must(history->summaries());
  REQUIRE(summaries.size() == 1);
  CHECK_FALSE(summaries.at("a").last);
  CHECK(summaries.at("a").last_decision);
}

TEST_CASE_FIXTURE(QueryFixture,
                  "statistics count runs and skips and find the usual and the longest durations") {
  for (int i = 1; i <= 100; ++i) {
    const std::string id = "R" + std::to_string(i);
    const RunResult result = i % 10 == 0 ? RunResult::failed : RunResult::ok;
    apply(*history,
          {claim("a", i * 100, id), attempt_ended(id, 1, i * 100 + 50, std::chrono::seconds(i)),
           run_ended(id, i * 100 + 50, result)});
  }
  apply(*history, {skip("a", 1), miss_range("a", 2, 50, 7), claim("a", 20000, "RUNNING"),
                   claim("b", 0, "OTHER")});
  const RunStatistics all = must(history->statistics("a", {}));
  CHECK(all.runs == 100);
  CHECK(all.ok == 90);
  CHECK(all.skipped == 1);
  CHECK(all.missed == 7);
  CHECK(all.p50 == std::chrono::seconds(51));
  CHECK(all.p95 == std::chrono::seconds(95));
  CHECK(all.max == std::chrono::seconds(100));
  CHECK(all.longest_gap == std::chrono::seconds(200));

  const RunStatistics late = must(history->statistics("a", at(9900)));
  CHECK(late.runs == 2);
  CHECK(late.missed == 0);
  CHECK_FALSE(late.longest_gap);
  CHECK(must(history->statistics("nobody", {})).runs == 0);
}

TEST_CASE_FIXTURE(QueryFixture, "a run took what its attempts took together") {
  apply(*history, {claim("a", 0, "R1"), attempt_ended("R1", 1, 10, std::chrono::seconds(2)),
                   attempt_ended("R1", 2, 100, std::chrono::seconds(3)), run_ended("R1", 100)});
  CHECK(must(history->statistics("a", {})).max == std::chrono::seconds(5));
}

TEST_CASE_FIXTURE(QueryFixture, "the last settled firing passes over runs that are not over") {
  RunEnded ended = run_ended("R0", 1, RunResult::failed);
  ended.outputs = {{"ROWS", "12"}};
  apply(*history, {claim("ran", 0, "R0"), ended});
  apply(*history, {claim("ran", 10, "R1"), claim("runs", 0, "R2"), miss_range("missed", 0, 40, 5)});
  const std::vector<SettledFiring> settled = must(history->last_settled());
  REQUIRE(settled.size() == 2);
  CHECK(settled[0].job == "missed");
  CHECK(settled[0].firing_at == at(40));
  CHECK_FALSE(settled[0].result);
  CHECK(settled[1].job == "ran");
  CHECK(settled[1].firing_at == at(0));
  CHECK(settled[1].result == RunResult::failed);
  CHECK(settled[0].outputs.empty());
  CHECK(settled[1].outputs == ended.outputs);
}

}  // namespace
}  // namespace dsched::test
