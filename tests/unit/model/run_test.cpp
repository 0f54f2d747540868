#include "model/run.h"

#include <cerrno>

#include <doctest/doctest.h>

using namespace dsched;

TEST_CASE("every name is read back as the value it was written for") {
  for (int i = 0; i <= static_cast<int>(Reason::draining); ++i) {
    const auto reason = static_cast<Reason>(i);
    CHECK(reason_from_text(to_text(reason)) == reason);
  }
  for (int i = 0; i <= static_cast<int>(RunResult::lost); ++i) {
    const auto result = static_cast<RunResult>(i);
    CHECK(run_result_from_text(to_text(result)) == result);
  }
  for (int i = 0; i <= static_cast<int>(Trigger::boot); ++i) {
    const auto trigger = static_cast<Trigger>(i);
    CHECK(trigger_from_text(to_text(trigger)) == trigger);
  }
  CHECK_FALSE(reason_from_text("nonsense"));
}

TEST_CASE("results and exit codes of outcomes") {
  struct Row {
    const char* what;
    AttemptOutcome outcome;
    RunResult result;
    int status;
  };
  const auto make = [](auto change) {
    AttemptOutcome outcome;
    change(outcome);
    return outcome;
  };
  const Row rows[] = {
      {"ok", make([](auto&) {}), RunResult::ok, 0},
      {"success code", make([](auto& o) { o.exit_code = 3; }), RunResult::ok, 3},
      {"failure", make([](auto& o) { o.exit_code = 1; }), RunResult::failed, 1},
      {"signal", make([](auto& o) { o.signal = 11; }), RunResult::killed, 139},
      {"time-out", make([](auto& o) { o.timed_out = true, o.signal = 15; }), RunResult::timeout,
       124},
      {"time-out with exit 0", make([](auto& o) { o.timed_out = true; }), RunResult::timeout, 124},
      {"stopped", make([](auto& o) { o.stopped = true, o.signal = 15; }), RunResult::cancelled,
       143},
      {"lost", make([](auto& o) { o.lost = true; }), RunResult::lost, 125},
      {"not found", make([](auto& o) {
         o.failure = {StartStep::exec, ENOENT, ""};
       }),
       RunResult::failed, 127},
      {"not executable", make([](auto& o) {
         o.failure = {StartStep::exec, EACCES, ""};
       }),
       RunResult::failed, 126},
      {"no directory", make([](auto& o) {
         o.failure = {StartStep::dir, ENOENT, ""};
       }),
       RunResult::failed, 125},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(result_of(row.outcome, {0, 3}) == row.result);
    CHECK(exit_status_of(row.outcome) == row.status);
  }
}

TEST_CASE("a failed start has a reason and a sentence") {
  const StartFailure failure{StartStep::dir, ENOENT, "/srv/x"};
  CHECK(reason_of(failure) == Reason::dir_missing);
  CHECK(describe(failure) == "cannot change to the directory: /srv/x: No such file or directory");
  CHECK(reason_of({StartStep::output, ENOSPC, ""}) == Reason::no_space);
  CHECK(reason_of({StartStep::fork, EAGAIN, ""}) == Reason::fork_failed);
  CHECK(reason_of({StartStep::user, 0, ""}) == Reason::user_unknown);
}
