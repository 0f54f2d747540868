#include <doctest/doctest.h>

#include "unit/history/history_fixture.h"

namespace dsched::test {
namespace {

using Texts = std::vector<std::string>;
using std::chrono::seconds;

struct PruneFixture {
  TemporaryDirectory directory;
  std::unique_ptr<History> history = must(open_history(directory.file("history.db")));

  Texts ids() { return ids_of(must(history->runs({}))); }
};

TEST_CASE_FIXTURE(PruneFixture,
                  "runs beyond the age go, with their decisions, and their log files are named") {
  add_run(*history, "a", 0, "R0");
  apply(*history, {claim("a", 10, "R1"), attempt_ended("R1", 1, 11, seconds(1)),
                   attempt_ended("R1", 2, 12, seconds(1)), run_ended("R1", 12)});
  add_run(*history, "a", 20, "R2");
  add_run(*history, "b", 0, "B0");
  CHECK(must(history->prune("a", seconds(100), 0, at(120))) ==
        Texts{"/log/a/R0.log", "/log/a/R1.log", "/log/a/R1.2.log"});
  CHECK(ids() == Texts{"R2", "B0"});
  CHECK(must(history->decisions({})).size() == 2);
  CHECK(must(history->summaries()).at("a").recent == "o");
  CHECK(must(history->prune("a", seconds(100), 0, at(120))).empty());
}

TEST_CASE_FIXTURE(PruneFixture, "only the newest runs stay, but what still runs is not touched") {
  apply(*history, {claim("a", 0, "R0")});
  for (int i = 1; i < 6; ++i) add_run(*history, "a", i, "R" + std::to_string(i));
  CHECK(must(history->prune("a", Duration{0}, 2, at(100))).size() == 3);
  CHECK(ids() == Texts{"R5", "R4", "R0"});
}

TEST_CASE_FIXTURE(PruneFixture, "the newest run stays however old it is") {
  add_run(*history, "a", 0, "R0");
  CHECK(must(history->prune("a", seconds(1), 1, at(1e6))).empty());
  CHECK(ids() == Texts{"R0"});
}

TEST_CASE_FIXTURE(PruneFixture, "skips go by age and by count, the last success stays known") {
  add_run(*history, "a", 0, "R0");
  add_run(*history, "a", 1, "R1", RunResult::failed);
  for (int i = 2; i < 12; ++i) apply(*history, {skip("a", i)});
  DecisionQuery skips;
  skips.without_started = true;
  must(history->prune("a", Duration{0}, 4, at(100)));
  CHECK(must(history->decisions(skips)).size() == 4);
  must(history->prune("a", seconds(90), 1000, at(100)));
  CHECK(must(history->decisions(skips)).size() == 2);
  CHECK(ids() == Texts{"R1"});
  CHECK(must(history->summaries()).at("a").last_success_at == at(1));
}

TEST_CASE_FIXTURE(PruneFixture, "no limits drop nothing, an unknown job is fine") {
  add_run(*history, "a", 0, "R0");
  add_run(*history, "a", 1, "R1");
  CHECK(must(history->prune("a", Duration{0}, 0, at(1e6))).empty());
  CHECK(must(history->prune("nobody", seconds(1), 1, at(1e6))).empty());
  CHECK(ids().size() == 2);
}

TEST_CASE_FIXTURE(PruneFixture, "one call drops a bounded number, the next ones the rest") {
  std::vector<HistoryChange> changes;
  for (int i = 0; i < 1300; ++i) {
    const std::string id = "R" + std::to_string(i);
    changes.insert(changes.end(), {claim("a", i, id), run_ended(id, i)});
  }
  apply(*history, changes);
  std::vector<std::size_t> dropped;
  do {
    dropped.push_back(must(history->prune("a", Duration{0}, 10, at(1e6))).size());
  } while (dropped.back() != 0);
  CHECK(dropped == std::vector<std::size_t>{500, 500, 290, 0});
}

}  // namespace
}  // namespace dsched::test
