#include <doctest/doctest.h>

#include "unit/history/history_fixture.h"

namespace dsched::test {
namespace {

struct MakeUpFixture {
  TemporaryDirectory directory;
  std::unique_ptr<History> history = must(open_history(directory.file("history.db")));

  Decision decided(double second) { return must(history->decision_at("a", at(second))).value(); }
};

ClaimRun make_up(double second, const std::string& run_id) {
  ClaimRun change = claim("a", second, run_id);
  change.run.trigger = Trigger::backfill;
  change.make_up = true;
  return change;
}

TEST_CASE_FIXTURE(MakeUpFixture, "a run that makes up takes the place of a skip or a miss") {
  apply(*history, {skip("a", 10), skip("a", 20, DecisionKind::missed)});
  CHECK(apply(*history, {make_up(10, "R1")})[0].fence == 1);
  CHECK(apply(*history, {make_up(20, "R2")})[0].fence == 2);
  CHECK(decided(10).run_id == "R1");
  CHECK(decided(20).kind == DecisionKind::started);
  CHECK(must(history->decisions({})).size() == 2);
  CHECK(must(history->summaries()).at("a").recent == "rr");
}

TEST_CASE_FIXTURE(MakeUpFixture, "a run that makes up may be for a firing that has no decision") {
  CHECK(accepted(*history, make_up(10, "R1")));
  CHECK_FALSE(accepted(*history, claim("a", 10, "R2")));
}

TEST_CASE_FIXTURE(MakeUpFixture, "what has been started is not made up for") {
  add_run(*history, "a", 10, "R1", RunResult::failed);
  CHECK_FALSE(accepted(*history, make_up(10, "R2")));
  CHECK(accepted(*history, make_up(20, "R3")));
  CHECK_FALSE(accepted(*history, make_up(20, "R4")));
}

TEST_CASE_FIXTURE(MakeUpFixture,
                  "inside a range it is a row of its own and the range keeps its count") {
  apply(*history, {miss_range("a", 100, 200, 11)});
  for (const double second : {110.0, 150.0, 200.0}) {
    CAPTURE(second);
    const std::string id = "R" + std::to_string(second);
    CHECK(accepted(*history, make_up(second, id)));
    CHECK_FALSE(accepted(*history, make_up(second, id + "x")));
    CHECK(decided(second).run_id == id);
  }
  CHECK(must(history->decisions({})).size() == 4);
  CHECK(decided(120).firings == 11);
  CHECK(decided(120).last_firing_at == at(200));
  CHECK_FALSE(accepted(*history, claim("a", 120, "R1")));
}

TEST_CASE_FIXTURE(MakeUpFixture, "a range that begins there goes on to cover the rest") {
  apply(*history, {miss_range("a", 100, 200, 11)});
  ClaimRun manual = claim("a", 100.000001, "MANUAL");
  manual.run.trigger = Trigger::manual;
  apply(*history, {manual});
  CHECK(accepted(*history, make_up(100, "R1")));
  CHECK(decided(100).run_id == "R1");
  CHECK(decided(100.000001).run_id == "MANUAL");
  CHECK(decided(110).firings == 11);
  CHECK(decided(200).firing_at == at(100.000002));
  CHECK_FALSE(accepted(*history, claim("a", 110, "R2")));
  CHECK(must(history->decisions({})).size() == 3);
}

TEST_CASE_FIXTURE(MakeUpFixture, "a run that is refused leaves skip, range and fence alone") {
  apply(*history, {claim("a", 0, "R0"), miss_range("a", 100, 200, 11)});
  CHECK_FALSE(accepted(*history, make_up(0, "R1")));
  CHECK_FALSE(accepted(*history, claim("a", 100, "R1")));
  CHECK(decided(100).firing_at == at(100));
  CHECK(apply(*history, {claim("a", 300, "R2")})[0].fence == 2);
}

}  // namespace
}  // namespace dsched::test
