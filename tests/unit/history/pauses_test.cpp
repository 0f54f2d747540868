#include <doctest/doctest.h>

#include "unit/history/history_fixture.h"

namespace dsched::test {
namespace {

struct PausesFixture {
  TemporaryDirectory directory;
  std::unique_ptr<History> history = must(open_history(directory.file("history.db")));
};

SetPause pause(const std::string& job, double second) {
  SetPause change;
  change.pause.job = job;
  change.pause.since = at(second);
  return change;
}

TEST_CASE_FIXTURE(PausesFixture, "pauses of every kind are kept with all that is known of them") {
  for (int kind = 0; kind <= static_cast<int>(Pause::Kind::hold); ++kind) {
    SetPause change = pause("job" + std::to_string(kind), kind);
    change.pause.kind = static_cast<Pause::Kind>(kind);
    if (kind % 2 == 0) change.pause.until = at(100);
    change.pause.who = "root";
    change.pause.reason = "the disk is being moved";
    CHECK(accepted(*history, change));
  }
  const std::vector<Pause> pauses = must(history->pauses());
  REQUIRE(pauses.size() == 4);
  for (int kind = 0; kind < 4; ++kind) {
    const Pause& read = pauses[static_cast<std::size_t>(kind)];
    CHECK(read.job == "job" + std::to_string(kind));
    CHECK(static_cast<int>(read.kind) == kind);
    CHECK(read.since == at(kind));
    CHECK(read.until == (kind % 2 == 0 ? std::optional(at(100)) : std::nullopt));
    CHECK(read.who == "root");
    CHECK(read.reason == "the disk is being moved");
  }
}

TEST_CASE_FIXTURE(PausesFixture,
                  "a pause replaces the one of the same job; all jobs is one of them") {
  apply(*history, {pause("a", 1), pause("", 2), pause("a", 3)});
  const std::vector<Pause> pauses = must(history->pauses());
  REQUIRE(pauses.size() == 2);
  CHECK(pauses[0].job.empty());
  CHECK(pauses[1].since == at(3));
}

TEST_CASE_FIXTURE(PausesFixture,
                  "a pause stays until it is ended, also of a job that was forgotten") {
  apply(*history, {pause("a", 1), pause("b", 1), ForgetJob{"a"}});
  CHECK(must(history->pauses()).size() == 2);
  CHECK(accepted(*history, EndPause{"a"}));
  CHECK(accepted(*history, EndPause{"never paused"}));
  REQUIRE(must(history->pauses()).size() == 1);
  CHECK(must(history->pauses())[0].job == "b");
}

}  // namespace
}  // namespace dsched::test
