// The history in memory against the one on disk: random changes, the same answers.

#include "simulate/mem_history.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "history/history.h"
#include "simulate/child_model.h"
#include "support/temp_dir.h"

namespace dsched {
namespace {

using std::chrono::seconds;

constexpr int kRounds = 60;
constexpr int kChanges = 60;

// Few jobs, instants and runs, so that they meet.
class Changes {
 public:
  explicit Changes(std::uint64_t seed) : random_(seed) {}

  HistoryChange next() {
    switch (random_.number(0, 11)) {
      case 0:
      case 1:
      case 2:
        return claim();
      case 3:
      case 4:
        return AddDecision{decision(DecisionKind::missed)};
      case 5:
        return AttemptStarted{{some_run(), 1}, instant()};
      case 6:
        return ended();
      case 7:
        return RunEnded{
            some_run(), random_.one_in(2) ? RunResult::ok : RunResult::failed, 0, instant(), {}};
      case 8:
        return MoveCursor{cursor()};
      case 9:
        return waiting();
      case 10:
        if (random_.one_in(2)) return ForgetJob{job()};
        return RebaseJob{cursor()};
      default:
        return pause();
    }
  }

 private:
  std::string job() { return random_.one_in(2) ? "a" : "b"; }
  Instant instant() { return Instant{seconds{1'000'000 + random_.number(0, 12)}}; }
  std::string some_run() {
    return "01J0000000000000000000" + std::to_string(1000 + random_.number(1, runs_ + 1));
  }
  JobCursor cursor() {
    return {job(), instant(), static_cast<std::uint64_t>(random_.number(1, 2))};
  }

  Decision decision(DecisionKind kind) {
    Decision decision;
    decision.job = job();
    decision.firing_at = decision.last_firing_at = instant();
    decision.decided_at = instant();
    decision.kind = kind;
    decision.reason = kind == DecisionKind::started ? Reason::started : Reason::daemon_down;
    if (kind == DecisionKind::started || random_.one_in(2)) return decision;
    decision.last_firing_at += seconds{random_.number(1, 6)};
    decision.firings = 3;
    return decision;
  }

  ClaimRun claim() {
    ClaimRun claim;
    claim.decision = decision(DecisionKind::started);
    claim.decision.run_id = "01J0000000000000000000" + std::to_string(1000 + ++runs_);
    claim.run.run_id = claim.decision.run_id;
    claim.run.job = claim.decision.job;
    claim.run.firing_at = claim.decision.firing_at;
    claim.run.claimed_at = claim.decision.decided_at;
    claim.run.trigger = random_.one_in(4) ? Trigger::manual : Trigger::schedule;
    claim.make_up = claim.run.trigger == Trigger::schedule && random_.one_in(4);
    return claim;
  }

  AttemptEnded ended() {
    AttemptEnded ended{{some_run(), 1}, {}};
    ended.outcome.started_at = ended.outcome.ended_at = instant();
    ended.outcome.duration = seconds{random_.number(1, 100)};
    return ended;
  }

  BeginWaiting waiting() {
    BeginWaiting waiting;
    waiting.waiting.job = job();
    waiting.waiting.firing_at = waiting.waiting.since = instant();
    const Trigger triggers[] = {Trigger::schedule, Trigger::manual, Trigger::backfill,
                                Trigger::after};
    waiting.waiting.trigger = triggers[random_.number(0, 3)];
    return waiting;
  }

  HistoryChange pause() {
    if (random_.one_in(2)) return EndPause{job()};
    Pause pause;
    pause.job = job();
    pause.since = instant();
    return SetPause{pause};
  }

  SimRandom random_;
  int runs_ = 0;
};

// What a daemon that starts is told, as text.
std::string told(const std::vector<JobCursor>& cursors, const std::vector<WaitingRecord>& waiting,
                 const std::vector<Pause>& pauses, std::vector<RunRecord> open,
                 const std::vector<JobPast>& pasts) {
  std::string text;
  const auto add = [&](const std::string& what, auto number) {
    text += what + " " + std::to_string(number) + "\n";
  };
  for (const JobCursor& cursor : cursors)
    add("cursor " + cursor.job, to_unix_us(cursor.decided_until));
  for (const WaitingRecord& one : waiting)
    add("waiting " + one.job + " " + std::string(to_text(one.trigger)), to_unix_us(one.firing_at));
  for (const Pause& pause : pauses) add("pause " + pause.job, to_unix_us(pause.since));
  std::sort(open.begin(), open.end(),
            [](const RunRecord& a, const RunRecord& b) { return a.run_id < b.run_id; });
  for (const RunRecord& run : open) {
    add("run " + run.run_id, run.fence);
    add("attempts", run.attempts.size());
    add("going", run.running_since.has_value());
  }
  for (const JobPast& past : pasts) {
    if (!past.first_seen_at) continue;
    add("failures " + past.job, past.consecutive_failures);
    add("lost", past.consecutive_lost);
    add("seen", to_unix_us(*past.first_seen_at));
    for (const Duration duration : past.durations) add("took", duration.count());
  }
  return text;
}

template <class T>
T must(Result<T> result) {
  REQUIRE(result.has_value());
  return *std::move(result);
}

std::string told(History& history) {
  RunQuery open;
  open.unfinished_only = true;
  auto waiting = must(history.waiting({}));
  std::sort(waiting.begin(), waiting.end(), [](const auto& a, const auto& b) {
    return std::pair(a.job, a.firing_at) < std::pair(b.job, b.firing_at);
  });
  auto cursors = must(history.cursors());
  auto pauses = must(history.pauses());
  auto pasts = must(history.pasts());
  const auto by_job = [](const auto& a, const auto& b) { return a.job < b.job; };
  std::sort(cursors.begin(), cursors.end(), by_job);
  std::sort(pauses.begin(), pauses.end(), by_job);
  std::sort(pasts.begin(), pasts.end(), by_job);
  return told(cursors, waiting, pauses, must(history.runs(open)), pasts);
}

std::string told(const MemHistory& history) {
  const Begin begin = history.begin();
  return told(begin.cursors, begin.waiting, begin.pauses, begin.open_runs, begin.pasts);
}

TEST_CASE("the history in memory answers as the one on disk does") {
  for (std::uint64_t seed = 1; seed <= kRounds; ++seed) {
    CAPTURE(seed);
    const TempDir directory;
    const auto on_disk = must(open_history(directory.file("history.db")));
    MemHistory in_memory(0);
    Changes changes(seed);
    for (int i = 0; i < kChanges; ++i) {
      CAPTURE(i);
      const HistoryChange change = changes.next();
      const bool decides = std::holds_alternative<ClaimRun>(change) ||
                           std::holds_alternative<AddDecision>(change) ||
                           std::holds_alternative<BeginWaiting>(change) ||
                           std::holds_alternative<MoveCursor>(change);
      const AppliedChange expected = must(on_disk->apply({change})).front();
      const MemHistory::Answer answer = in_memory.apply(change);
      CAPTURE(change.index());
      if (decides) {
        REQUIRE(answer.accepted == expected.accepted);
        REQUIRE(answer.fence == expected.fence);
      }
    }
    CHECK(told(in_memory) == told(*on_disk));
  }
}

}  // namespace
}  // namespace dsched
