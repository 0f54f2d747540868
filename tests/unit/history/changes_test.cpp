#include <doctest/doctest.h>

#include "unit/history/history_fixture.h"

namespace dsched::test {
namespace {

struct ChangesFixture {
  TemporaryDirectory directory;
  std::unique_ptr<History> history = must(open_history(directory.file("history.db")));

  RunRecord only_run() {
    const std::vector<RunRecord> runs = must(history->runs({}));
    REQUIRE(runs.size() == 1);
    return runs[0];
  }
};

TEST_CASE_FIXTURE(ChangesFixture, "a claim is kept with all that is known of the run") {
  ClaimRun change = claim("backup/däily ☃", 0, "01HF3KQ2M9TX00000000000000");
  change.run.trigger = Trigger::catch_up;
  change.run.host = "web1";
  change.run.supervisor = "5b0e7c1e";
  change.run.user = "www-data";
  change.run.max_attempts = 3;
  change.run.claimed_at = at(0.000123);
  change.run.params = {{"REGION", "eu\nwest"}, {"DATE", "today"}};
  change.decision.detail = "made up";
  apply(*history, {change});

  const RunRecord run = only_run();
  CHECK(run.run_id == "01HF3KQ2M9TX00000000000000");
  CHECK(run.job == "backup/däily ☃");
  CHECK(run.firing_at == at(0));
  CHECK(run.trigger == Trigger::catch_up);
  CHECK(run.host == "web1");
  CHECK(run.fence == 1);
  CHECK(run.supervisor == "5b0e7c1e");
  CHECK(run.user == "www-data");
  CHECK(run.log_path == change.run.log_path);
  CHECK(run.max_attempts == 3);
  CHECK(run.claimed_at == at(0.000123));
  CHECK_FALSE(run.started_at);
  CHECK_FALSE(run.ended_at);
  CHECK_FALSE(run.result);
  CHECK(run.attempts.empty());
  CHECK(run.params == change.run.params);
  CHECK(run.outputs.empty());

  const std::vector<Decision> decisions = must(history->decisions({}));
  REQUIRE(decisions.size() == 1);
  CHECK(decisions[0].job == run.job);
  CHECK(decisions[0].kind == DecisionKind::started);
  CHECK(decisions[0].reason == Reason::started);
  CHECK(decisions[0].detail == "made up");
  CHECK(decisions[0].run_id == run.run_id);
  CHECK(decisions[0].firings == 1);
  CHECK(decisions[0].last_firing_at == at(0));
}

TEST_CASE_FIXTURE(ChangesFixture, "the fence of a job grows with each claim and only then") {
  const auto first =
      apply(*history, {claim("a", 0, "R1"), claim("b", 0, "R2"), claim("a", 1, "R3")});
  CHECK(first[0].fence == 1);
  CHECK(first[1].fence == 1);
  CHECK(first[2].fence == 2);
  const auto second = apply(*history, {claim("a", 1, "R4"), skip("a", 2), claim("a", 3, "R5")});
  CHECK_FALSE(second[0].accepted);
  CHECK(second[0].fence == 0);
  CHECK(second[2].fence == 3);
  apply(*history, {ForgetJob{"a"}});
  CHECK(apply(*history, {claim("a", 4, "R6")})[0].fence == 4);
}

TEST_CASE_FIXTURE(ChangesFixture, "a firing that has a decision is not decided again") {
  apply(*history, {claim("a", 0, "R1"), skip("a", 1), skip("a", 2, DecisionKind::missed)});
  for (const double second : {0.0, 1.0, 2.0}) {
    CAPTURE(second);
    CHECK_FALSE(accepted(*history, claim("a", second, "R2")));
    CHECK_FALSE(accepted(*history, skip("a", second)));
  }
  CHECK(ids_of(must(history->runs({}))) == std::vector<std::string>{"R1"});
  CHECK(must(history->decisions({})).size() == 3);
  CHECK(accepted(*history, claim("b", 0, "R3")));
}

TEST_CASE_FIXTURE(ChangesFixture, "a firing is decided once even within one transaction") {
  const auto applied = apply(*history, {claim("a", 0, "R1"), claim("a", 0, "R2")});
  CHECK(applied[0].accepted);
  CHECK_FALSE(applied[1].accepted);
}

TEST_CASE_FIXTURE(ChangesFixture, "a decision for a range covers all of it and nothing else") {
  apply(*history, {miss_range("a", 100, 200, 11)});
  struct Row {
    double second;
    bool free;
  };
  for (const Row row : {Row{99.999999, true},
                        {100, false},
                        {100.5, false},
                        {150, false},
                        {200, false},
                        {200.000001, true}}) {
    CAPTURE(row.second);
    CHECK(accepted(*history, claim("a", row.second, "R" + std::to_string(row.second))) == row.free);
  }
  CHECK_FALSE(accepted(*history, skip("a", 160)));
  CHECK_FALSE(accepted(*history, miss_range("a", 160, 190, 3)));
  CHECK(accepted(*history, claim("b", 150, "RB")));
}

TEST_CASE_FIXTURE(ChangesFixture, "a range begins behind what is decided already") {
  apply(*history, {claim("a", 100, "R1"), miss_range("a", 110, 120, 2)});
  CHECK(accepted(*history, miss_range("a", 100, 105, 3)));
  CHECK_FALSE(accepted(*history, claim("a", 103, "R2")));
  CHECK(accepted(*history, miss_range("a", 110, 200, 5)));
  CHECK_FALSE(accepted(*history, claim("a", 150, "R3")));
  CHECK(accepted(*history, claim("a", 109, "R4")));
}

TEST_CASE_FIXTURE(ChangesFixture, "a manual firing is its own and may lie in a range") {
  apply(*history, {miss_range("a", 100, 200, 11)});
  ClaimRun manual = claim("a", 150.25, "R1");
  manual.run.trigger = Trigger::manual;
  CHECK(accepted(*history, manual));
  manual.run.run_id = "R2";
  CHECK_FALSE(accepted(*history, manual));
  CHECK_FALSE(
      accepted(*history, claim("a", 151, "R3")));  // the range still covers what comes after
}

TEST_CASE_FIXTURE(ChangesFixture, "a range is reported as one decision with its firings") {
  apply(*history, {miss_range("a", 100, 200, 11)});
  const Decision decision = must(history->decisions({})).at(0);
  CHECK(decision.kind == DecisionKind::missed);
  CHECK(decision.reason == Reason::daemon_down);
  CHECK(decision.firings == 11);
  CHECK(decision.firing_at == at(100));
  CHECK(decision.last_firing_at == at(200));
  CHECK(decision.run_id.empty());
}

TEST_CASE_FIXTURE(ChangesFixture, "an attempt is kept with everything its outcome says") {
  AttemptEnded change = attempt_ended("R1", 2, 5, std::chrono::milliseconds(1500));
  AttemptOutcome& outcome = change.outcome;
  outcome.failure = {StartStep::dir, 2, "dir /srv/x"};
  outcome.lost = outcome.timed_out = outcome.stopped = outcome.left_processes = true;
  outcome.exit_code = 7;
  outcome.signal = 9;
  outcome.cpu_user = Duration{11};
  outcome.cpu_system = Duration{12};
  outcome.max_rss_bytes = 1ULL << 40;
  outcome.output_bytes = 13;
  outcome.dropped_bytes = 14;
  apply(*history, {claim("a", 0, "R1"), change});

  const RunRecord run = only_run();
  REQUIRE(run.attempts.size() == 1);
  CHECK(run.attempts[0].number == 2);
  const AttemptOutcome& read = run.attempts[0].outcome;
  CHECK(read.failure.step == StartStep::dir);
  CHECK(read.failure.error_number == 2);
  CHECK(read.failure.detail == "dir /srv/x");
  CHECK((read.lost && read.timed_out && read.stopped && read.left_processes));
  CHECK(read.exit_code == 7);
  CHECK(read.signal == 9);
  CHECK(read.started_at == outcome.started_at);
  CHECK(read.ended_at == at(5));
  CHECK(read.duration == std::chrono::milliseconds(1500));
  CHECK(read.cpu_user == Duration{11});
  CHECK(read.cpu_system == Duration{12});
  CHECK(read.max_rss_bytes == 1ULL << 40);
  CHECK(read.output_bytes == 13);
  CHECK(read.dropped_bytes == 14);
  CHECK_FALSE(run.started_at);  // it never executed
}

TEST_CASE_FIXTURE(ChangesFixture, "every start step can be read back") {
  apply(*history, {claim("a", 0, "R1")});
  for (int step = 0; step <= static_cast<int>(StartStep::exec); ++step) {
    AttemptEnded change = attempt_ended("R1", step + 1, 1, Duration{1});
    change.outcome.failure.step = static_cast<StartStep>(step);
    apply(*history, {change});
  }
  for (const Attempt& attempt : only_run().attempts) {
    CHECK(static_cast<int>(attempt.outcome.failure.step) == attempt.number - 1);
  }
}

TEST_CASE_FIXTURE(ChangesFixture,
                  "attempts that still run do not show; the first start is the start of the run") {
  apply(*history, {claim("a", 0, "R1"), AttemptStarted{{"R1", 1}, at(1)}});
  CHECK(only_run().attempts.empty());
  CHECK(only_run().started_at == at(1));
  apply(*history,
        {attempt_ended("R1", 1, 2, std::chrono::seconds(1)), AttemptStarted{{"R1", 2}, at(3)}});
  CHECK(only_run().attempts.size() == 1);
  CHECK(only_run().started_at == at(1));
}

TEST_CASE_FIXTURE(ChangesFixture,
                  "an ended attempt that was never seen to start tells when the run started") {
  apply(*history, {claim("a", 0, "R1"), attempt_ended("R1", 1, 2, std::chrono::seconds(1))});
  CHECK(only_run().started_at == at(1));
}

TEST_CASE_FIXTURE(ChangesFixture, "what a run wrote for others is kept when it ends, once") {
  RunEnded ended = run_ended("R1", 2);
  ended.outputs = {{"ROWS", "12=a dozen"}, {"FILE", "/out/x"}};
  apply(*history, {claim("a", 0, "R1"), ended});
  CHECK(only_run().outputs == ended.outputs);
  apply(*history, {run_ended("R1", 3)});
  CHECK(only_run().outputs == ended.outputs);
}

TEST_CASE_FIXTURE(ChangesFixture, "what is told again changes nothing and is accepted") {
  apply(*history, {claim("a", 0, "R1"), AttemptStarted{{"R1", 1}, at(0)}});
  apply(*history, {attempt_ended("R1", 1, 2, std::chrono::seconds(2)),
                   run_ended("R1", 2, RunResult::failed)});

  CHECK(accepted(*history, AttemptStarted{{"R1", 1}, at(9)}));
  CHECK(accepted(*history, attempt_ended("R1", 1, 9, std::chrono::seconds(9))));
  CHECK(accepted(*history, run_ended("R1", 9, RunResult::ok)));

  const RunRecord run = only_run();
  CHECK(run.started_at == at(0));
  CHECK(run.ended_at == at(2));
  CHECK(run.result == RunResult::failed);
  CHECK(run.exit_status == 1);
  REQUIRE(run.attempts.size() == 1);
  CHECK(run.attempts[0].outcome.ended_at == at(2));
  CHECK(must(history->summaries()).at("a").consecutive_failures == 1);
  CHECK(must(history->statistics("a", {})).max == std::chrono::seconds(2));
}

TEST_CASE_FIXTURE(ChangesFixture,
                  "news of a run that is not known changes nothing and harms no other change") {
  const auto applied =
      apply(*history, {AttemptStarted{{"R0", 1}, at(0)}, attempt_ended("R0", 1, 1, Duration{1}),
                       run_ended("R0", 1), claim("a", 0, "R1")});
  CHECK_FALSE(applied[0].accepted);
  CHECK_FALSE(applied[1].accepted);
  CHECK_FALSE(applied[2].accepted);
  CHECK(applied[3].accepted);
}

TEST_CASE_FIXTURE(
    ChangesFixture,
    "a cursor moves forward only, until its schedule changes or the job is forgotten") {
  const auto move = [&](double second, std::uint64_t hash) {
    return accepted(*history, MoveCursor{{"a", at(second), hash}});
  };
  const auto cursor = [&] { return must(history->cursors()).at(0); };
  constexpr std::uint64_t kHash = 0xFEDCBA9876543210;
  CHECK(move(10, kHash));
  CHECK(move(20, kHash));
  CHECK(move(20, kHash));
  CHECK_FALSE(move(15, kHash));
  CHECK(cursor().decided_until == at(20));
  CHECK(cursor().schedule_hash == kHash);
  CHECK(move(5, kHash + 1));
  CHECK(cursor().decided_until == at(5));
  CHECK(accepted(*history, ForgetJob{"a"}));
  CHECK(must(history->cursors()).empty());
  CHECK(move(1, kHash + 1));
  CHECK(cursor().decided_until == at(1));
}

TEST_CASE_FIXTURE(ChangesFixture,
                  "a re-based job is decided anew after its cursor, but for what was started") {
  AddDecision span = skip("a", 5);
  span.decision.kind = DecisionKind::missed;
  span.decision.reason = Reason::clock_jumped;
  span.decision.last_firing_at = at(100);
  span.decision.firings = 96;
  apply(*history, {MoveCursor{{"a", at(200), 1}}, span, skip("a", 150), skip("b", 150)});
  add_run(*history, "a", 160, "R1");
  CHECK(accepted(*history, RebaseJob{{"a", at(10), 1}}));
  CHECK(must(history->cursors()).at(0).decided_until == at(10));
  CHECK_FALSE(accepted(*history, claim("a", 8, "R2")));
  CHECK(accepted(*history, claim("a", 11, "R3")));
  CHECK(accepted(*history, claim("a", 150, "R4")));
  CHECK_FALSE(accepted(*history, claim("a", 160, "R5")));
  CHECK_FALSE(accepted(*history, claim("b", 150, "R6")));
}

TEST_CASE_FIXTURE(ChangesFixture, "forgetting a job keeps its runs and its guard") {
  add_run(*history, "a", 0, "R1");
  apply(*history, {ForgetJob{"a"}, ForgetJob{"never seen"}});
  CHECK(must(history->runs({})).size() == 1);
  CHECK_FALSE(accepted(*history, claim("a", 0, "R2")));
}

TEST_CASE_FIXTURE(ChangesFixture, "a transaction that fails leaves nothing behind") {
  add_run(*history, "a", 0, "R1");
  // A run id is used once: the second claim with it is a defect of the caller.
  const auto applied = history->apply({claim("b", 0, "R2"), claim("b", 1, "R2")});
  REQUIRE_FALSE(applied);
  CHECK(applied.error().code == ErrorCode::internal);
  CHECK(must(history->runs({})).size() == 1);
  CHECK(apply(*history, {claim("b", 0, "R2")})[0].fence == 1);
}

TEST_CASE_FIXTURE(ChangesFixture, "no change at all is fine") {
  CHECK(apply(*history, {}).empty());
}

TEST_CASE("attempts after the first have their number before the ending of the log file") {
  CHECK(attempt_log_path("x/RUN.log", 1) == "x/RUN.log");
  CHECK(attempt_log_path("x/RUN.log", 2) == "x/RUN.2.log");
  CHECK(attempt_log_path("x.d/RUN", 3) == "x.d/RUN.3");
  CHECK(attempt_log_path("RUN.log", 10) == "RUN.10.log");
  CHECK(attempt_log_path(".hidden", 2) == ".hidden.2");
}

}  // namespace
}  // namespace dsched::test
