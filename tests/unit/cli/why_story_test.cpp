#include "cli/why_story.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "base/rfc3339.h"
#include "cli/explain_reasons.h"

namespace dsched {
namespace {

using namespace std::chrono_literals;

Instant instant_of(const char* text) {
  return *parse_rfc3339(text);
}

const Instant kToday = instant_of("2026-11-20T17:12:00Z");  // a Friday
const Instant kDue = instant_of("2026-11-20T02:15:00Z");

TimeView view() {
  return TimeView(Zone::utc(), kToday);
}

// nightly, due at 02:15 every day.
struct Known {
  Job job;
  WhyFacts facts;

  Known() {
    job.name = facts.name = "nightly";
    job.place = {"/jobs.d/nightly.toml", 1};
    job.schedules = {"15 2 * * *"};
    job.timetable = Timetable({*Schedule::parse("15 2 * * *", {}).schedule}, Zone::utc());
    facts.job = &job;
    facts.keys = {{"schedule", {"/jobs.d/nightly.toml", 2}, "schedule = \"15 2 * * *\""},
                  {"locks", {"/jobs.d/nightly.toml", 4}, "  locks = [\"db\"]"}};
    facts.daemon_runs = true;
    facts.cursor = JobCursor{"nightly", kDue, 0};
    facts.at = kDue;
    facts.is_due = true;
  }

  Decision& decide(DecisionKind kind, Reason reason) {
    facts.decision.emplace();
    facts.decision->job = "nightly";
    facts.decision->firing_at = facts.decision->last_firing_at = kDue;
    facts.decision->decided_at = kDue;
    facts.decision->kind = kind;
    facts.decision->reason = reason;
    return *facts.decision;
  }

  RunRecord& run(std::optional<RunResult> result) {
    facts.run = run_of("nightly", result);
    return *facts.run;
  }

  static RunRecord run_of(const std::string& job, std::optional<RunResult> result) {
    RunRecord run;
    run.run_id = "01JD3KQ2M9TX0000000000000A";
    run.job = job;
    run.host = "web1";
    run.firing_at = run.claimed_at = kDue;
    run.started_at = kDue;
    run.result = result;
    if (result) run.ended_at = kDue + 12min;
    return run;
  }

  Story story() const { return tell(facts, view()); }
};

bool has_command(const Story& story, const std::string& command) {
  return std::any_of(story.fixes.begin(), story.fixes.end(),
                     [&](const Fix& fix) { return fix.command == command; });
}

bool has_evidence(const Story& story, const std::string& text, int line = 0) {
  return std::any_of(story.evidence.begin(), story.evidence.end(), [&](const Evidence& evidence) {
    return evidence.text == text && evidence.place.line == line;
  });
}

TEST_CASE("every reason of a decision has a cause, and something that helps") {
  for (const Reason reason : all_reasons()) {
    if (reason == Reason::started) continue;
    CAPTURE(to_text(reason));
    for (const DecisionKind kind : {DecisionKind::skipped, DecisionKind::missed}) {
      Known known;
      known.decide(kind, reason);
      const Story story = known.story();
      CHECK(story.reason == reason);
      CHECK(story.because.size() > 10);
      REQUIRE_FALSE(story.fixes.empty());
      CHECK_FALSE((story.fixes[0].text.empty() && story.fixes[0].command.empty()));
      CHECK(has_command(story, "dsched trigger nightly --scheduled-at 2026-11-20T02:15:00Z"));
      CHECK(story.next == instant_of("2026-11-21T02:15:00Z"));
    }
  }
}

TEST_CASE("first lines") {
  struct Row {
    const char* headline;
    const char* state;
    void (*make)(Known&);
  };
  const Row rows[] = {
      {"nightly ran today at 02:15 and ended ok after 12m.", "started",
       [](Known& known) { known.run(RunResult::ok); }},
      {"nightly is running since today at 02:15 (14h 57m).", "running",
       [](Known& known) { known.run(std::nullopt); }},
      {"nightly should have run today at 02:15 and was skipped.", "skipped",
       [](Known& known) { known.decide(DecisionKind::skipped, Reason::overlap); }},
      {"nightly should have run today at 02:15 and did not.", "missed",
       [](Known& known) { known.decide(DecisionKind::missed, Reason::daemon_down); }},
      {"nightly is due since today at 02:15 and waits (14h 57m).", "waiting",
       [](Known& known) {
         known.facts.waiting =
             WaitingRecord{"nightly", kDue, Trigger::schedule, kDue, Reason::lock_held, "", {}};
       }},
      {"nightly should have run today at 02:15, and nothing is on record.", "undecided",
       [](Known& known) { known.facts.cursor.reset(); }},
      {"nightly was not due today at 14:00.", "not_due",
       [](Known& known) {
         known.facts.at = instant_of("2026-11-20T14:00:00Z");
         known.facts.is_due = false;
       }},
      {"nightly is due on Sat 2026-11-21 at 02:15 (in 9h 3m).", "due",
       [](Known& known) { known.facts.at = instant_of("2026-11-21T02:15:00Z"); }},
      {"nightly is not known to the daemon.", "not_known",
       [](Known& known) {
         known.facts.job = nullptr;
         known.facts.ignored_file = "/jobs.d/nightly.txt";
       }},
  };
  for (const Row& row : rows) {
    Known known;
    row.make(known);
    const Story story = known.story();
    CHECK(story.headline == row.headline);
    CHECK(story.state == row.state);
  }
}

TEST_CASE("what the file says is evidence, with its place") {
  Known known;
  known.decide(DecisionKind::skipped, Reason::lock_held).detail = "lock 'db' was held by archive";
  known.facts.others = {Known::run_of("archive", std::nullopt)};
  const Story story = known.story();
  CHECK(story.because == "lock 'db' was held by archive");
  CHECK(has_evidence(story, "locks = [\"db\"]", 4));
  CHECK(has_evidence(story, "run 3kq2m9tx of archive since Fri 2026-11-20 02:15, still going"));
  CHECK(story.fixes.at(0).text == "end the run of archive that is in the way");
  CHECK(story.fixes.at(0).command == "dsched stop 3kq2m9tx");
}

TEST_CASE("a default that decides is said to be one") {
  Known known;
  known.decide(DecisionKind::skipped, Reason::overlap);
  known.facts.others = {Known::run_of("nightly", std::nullopt)};
  const Story story = known.story();
  CHECK(has_evidence(story, "overlap = \"skip\" (the default)", 1));
  CHECK(story.fixes.at(0).command == "dsched stop 3kq2m9tx");
}

TEST_CASE("after a failed upstream the way is to begin again there") {
  Known known;
  known.job.after = {"fetch", "check"};
  known.decide(DecisionKind::skipped, Reason::upstream_failed);
  known.facts.others = {Known::run_of("fetch", RunResult::ok),
                        Known::run_of("check", RunResult::failed)};
  CHECK(has_command(known.story(), "dsched run --from check"));
}

TEST_CASE("advice names the job") {
  Known known;
  known.decide(DecisionKind::skipped, Reason::cancelled);
  CHECK(known.story().fixes.at(0).text == "Fire it again: dsched trigger nightly");
}

TEST_CASE("pauses say who, why and how they end") {
  struct Row {
    Pause::Kind kind;
    const char* job;
    const char* command;
  };
  for (const Row& row : {Row{Pause::Kind::person, "nightly", "dsched resume nightly"},
                         Row{Pause::Kind::person, "", "dsched resume --all"},
                         Row{Pause::Kind::failures, "nightly", "dsched resume nightly"},
                         Row{Pause::Kind::lost, "nightly", "dsched resume nightly"},
                         Row{Pause::Kind::hold, "nightly", "dsched resolve nightly"}}) {
    Known known;
    known.decide(DecisionKind::skipped, Reason::paused);
    known.facts.pause = Pause{row.job, row.kind, kDue - 1h, std::nullopt, "ana", "moving"};
    const Story story = known.story();
    CHECK(has_command(story, row.command));
    CHECK(story.next_note == "and it will be skipped: paused");
    CHECK(story.evidence.back().text.find("since Fri 2026-11-20 01:15 by ana: moving") !=
          std::string::npos);
  }
}

TEST_CASE("without a record the cause is what keeps the daemon from deciding") {
  Known known;
  known.facts.cursor->decided_until = kDue - 24h;
  known.facts.daemon_runs = false;
  CHECK(known.story().reason == Reason::daemon_down);
  CHECK(has_command(known.story(), "dsched daemon"));
  known.facts.cursor.reset();
  CHECK(known.story().reason == Reason::not_loaded_yet);
  known.job.enabled = false;
  CHECK(known.story().reason == Reason::disabled);
}

TEST_CASE("a program that could not be executed is told from one that failed") {
  Known known;
  RunRecord& run = known.run(RunResult::failed);
  run.exit_status = 127;
  Attempt attempt;
  attempt.outcome.failure = {StartStep::exec, 2, "/nowhere"};
  run.attempts = {attempt};
  const Story story = known.story();
  CHECK(story.state == "not_started");
  CHECK(story.reason == Reason::exec_failed);
  CHECK(story.because == "cannot execute: /nowhere: No such file or directory");
  CHECK(story.headline == "nightly was started today at 02:15 but could not be executed.");
}

TEST_CASE("a refused file shows its faults") {
  Known known;
  known.facts.job = nullptr;
  Diagnostic diagnostic;
  diagnostic.code = "E304";
  diagnostic.message = "hour 25 does not exist";
  diagnostic.file = "/jobs.d/nightly.toml";
  diagnostic.line = 2;
  known.facts.diagnostics = {diagnostic};
  const Story story = known.story();
  CHECK(story.reason == Reason::file_error);
  CHECK(has_evidence(story, "E304: hour 25 does not exist", 2));
  CHECK(has_command(story, "dsched check"));
  CHECK(story.effect == "a daemon that runs goes on with the last good version");
}

TEST_CASE("days in words") {
  CHECK(day_and_time(instant_of("2026-11-20T00:00:00Z"), view()) == "today at 00:00");
  CHECK(day_and_time(instant_of("2026-11-19T23:59:00Z"), view()) == "yesterday at 23:59");
  CHECK(day_and_time(instant_of("2026-11-16T02:15:30Z"), view()) ==
        "on Mon 2026-11-16 at 02:15:30");
}

}  // namespace
}  // namespace dsched
