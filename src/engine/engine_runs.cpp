// From firings to runs: gates, overlap, claims, slots, attempts.

#include <algorithm>

#include "base/check.h"
#include "base/run_id.h"
#include "engine/due.h"
#include "engine/engine.h"
#include "model/retry.h"

namespace dsched {

namespace {

constexpr std::size_t kMaxQueued = 100;

std::string still_going(const Run& run) {
  return "run " + short_run_id(run.id) + " was still going";
}

}  // namespace

void Engine::decide_scheduled(JobState& state, Instant at, bool late) {
  if (state.job->after.empty()) {
    begin_firing(state, at, Trigger::schedule, late);
    return;
  }
  WaitingFiring waiting{{state.job->name, at}, Trigger::schedule, {}};
  if (joins_.contains(waiting.firing)) return;
  for (const std::string& upstream : state.job->after)
    waiting.upstreams.push_back(gate_upstream(upstream, at));
  if (waiting.complete()) {
    resolve(waiting);
  } else {
    joins_.add(std::move(waiting));
    announce(state, at);
  }
}

// The latest firing of the job that a gate at that instant waits for, and whether it has settled.
Upstream Engine::gate_upstream(const std::string& job, Instant not_after) const {
  auto open = std::max(runs_.latest_firing(job, not_after), joins_.latest(job, not_after));
  if (open) return {{job, *open}, false, std::nullopt};
  // A firing decided in this very step settles when the step ends.
  auto settling = std::find_if(settling_.rbegin(), settling_.rend(), [&](const auto& one) {
    return one.first.first == job && one.first.second <= not_after;
  });
  if (settling != settling_.rend()) return {settling->first, true, settling->second};
  auto last = last_settled_.find(job);
  if (last == last_settled_.end()) return {{job, not_after}, true, std::nullopt};
  return {{job, last->second.first}, true, last->second.second};
}

void Engine::begin_firing(JobState& state, Instant at, Trigger trigger, bool late) {
  announce(state, at);
  const Job& job = *state.job;
  if (draining_) return skip(state, at, Reason::draining, "dsched was stopping");
  if (failed_ && job.after_on == AfterOn::success)
    return skip(state, at, Reason::draining, "another job had failed");
  const std::vector<Run*> others = runs_.runs_of(job.name);
  if (others.empty() || job.overlap == Overlap::allow)
    return claim(state, at, trigger, false, late);
  switch (job.overlap) {
    case Overlap::allow:
      break;
    case Overlap::skip: {
      // Late firings, and those that come right behind them, do not overlap: they take turns.
      const bool only_late =
          std::all_of(others.begin(), others.end(), [](const Run* run) { return run->late; });
      if (only_late && state.backlog_until >= at) return claim(state, at, trigger, true, late);
      return skip(state, at, Reason::overlap, still_going(*others.front()));
    }
    case Overlap::queue:
      if (runs_.held_of(job.name) >= kMaxQueued) {
        return skip(state, at, Reason::queue_full,
                    std::to_string(kMaxQueued) + " runs were waiting");
      }
      return claim(state, at, trigger, true, late);
    case Overlap::replace:
      for (Run* run : others) {
        if (run->phase == Phase::running) {
          stop_run(*run, false);
        } else {
          cancel(*run);
        }
      }
      return claim(state, at, trigger, true, late);
  }
}

void Engine::claim(JobState& state, Instant at, Trigger trigger, bool hold, bool late) {
  Run run;
  run.id = make_run_id(now_.wall, next_random(), next_random());
  run.job = state.job;
  run.firing_at = at;
  run.trigger = trigger;
  run.hold = hold;
  run.late = late;
  run.asked_at = now_.boot;

  ClaimRun change;
  change.decision.job = state.job->name;
  change.decision.firing_at = at;
  change.decision.last_firing_at = at;
  change.decision.decided_at = now_.wall;
  change.decision.run_id = run.id;
  change.run.run_id = run.id;
  change.run.job = state.job->name;
  change.run.firing_at = at;
  change.run.trigger = trigger;
  change.run.user = state.job->user;
  change.run.max_attempts = 1 + state.job->retry.max;
  change.run.claimed_at = now_.wall;
  out_.record.emplace_back(std::move(change));
  runs_.add(std::move(run));
}

void Engine::skip(JobState& state, Instant at, Reason reason, std::string detail) {
  Decision decision;
  decision.job = state.job->name;
  decision.firing_at = at;
  decision.last_firing_at = at;
  decision.kind = DecisionKind::skipped;
  decision.reason = reason;
  decision.detail = std::move(detail);
  decision.decided_at = now_.wall;
  out_.record.emplace_back(AddDecision{std::move(decision)});
  settling_.emplace_back(FiringKey{state.job->name, at}, std::nullopt);
}

// A firing of this job has come to be: the jobs that run after it, and have no schedule, have one
// as well and wait.
void Engine::announce(const JobState& state, Instant at) {
  if (manual_.count(at) != 0) return;
  for (const std::string& name : state.downstreams) {
    const JobState& downstream = jobs_.at(name);
    const FiringKey firing{name, at};
    if (!downstream.job->timetable.empty() || !downstream.job->enabled || joins_.contains(firing))
      continue;
    if (!has_firing(downstream, at)) continue;
    WaitingFiring waiting{firing, Trigger::after, {}};
    for (const std::string& upstream : downstream.job->after)
      waiting.upstreams.push_back({{upstream, at}, false, std::nullopt});
    joins_.add(std::move(waiting));
    announce(downstream, at);
  }
}

bool Engine::has_firing(const JobState& state, Instant at) const {
  const Timetable& timetable = state.job->timetable;
  if (!state.job->enabled) return false;
  if (!timetable.empty()) return floor_second(at) == at && timetable.fires_at(floor_second(at));
  if (joins_.contains({state.job->name, at})) return true;
  const auto upstream_has = [&](const std::string& name) {
    auto where = jobs_.find(name);
    return where != jobs_.end() && has_firing(where->second, at);
  };
  const auto& after = state.job->after;
  return !after.empty() && std::all_of(after.begin(), after.end(), upstream_has);
}

void Engine::resolve(const WaitingFiring& waiting) {
  auto where = jobs_.find(waiting.firing.first);
  if (where == jobs_.end()) return;
  JobState& state = where->second;
  if (auto no = objection(waiting, state.job->after_on)) {
    announce(state, waiting.firing.second);
    skip(state, waiting.firing.second, no->reason, std::move(no->detail));
  } else {
    begin_firing(state, waiting.firing.second, waiting.trigger, false);
  }
  save_cursor(state);
}

// Settled firings may complete others, which may be skipped and so settle in turn.
void Engine::settle_all() {
  while (!settling_.empty()) {
    const auto [firing, settlement] = std::move(settling_.front());
    settling_.pop_front();
    auto& last = last_settled_[firing.first];
    if (firing.second >= last.first) last = {firing.second, settlement};
    for (const WaitingFiring& waiting : joins_.settle(firing, settlement)) resolve(waiting);
  }
}

void Engine::stop_run(Run& run, bool kill) {
  if (run.stopping && !kill) return;
  run.stopping = true;
  out_.stop.push_back({run.key(), kill});
}

// Ends a run that has no attempt going.
void Engine::cancel(Run& run) {
  if (run.phase == Phase::claiming) {
    run.stopping = true;
  } else if (run.last_outcome) {
    finish(run, result_of(*run.last_outcome, run.job->success_exit),
           exit_status_of(*run.last_outcome), now_.wall);
  } else {
    finish(run, RunResult::cancelled, 125, now_.wall);
  }
}

void Engine::finish(Run& run, RunResult result, int exit_status, Instant ended_at) {
  const std::string job = run.job->name;
  out_.record.emplace_back(RunEnded{run.id, result, exit_status, ended_at});
  settling_.emplace_back(run.firing(), result);
  runs_.remove(run.id);
  release_held(job);
  if (result == RunResult::ok || !options_.stop_on_failure || failed_) return;
  failed_ = true;
  for (Run* other : runs_.all()) {
    if (other->phase != Phase::running && other->job->after_on == AfterOn::success) cancel(*other);
  }
}

void Engine::finish_not_started(Run& run, StartFailure failure) {
  AttemptOutcome outcome;
  outcome.failure = std::move(failure);
  outcome.started_at = outcome.ended_at = now_.wall;
  out_.record.emplace_back(AttemptEnded{run.key(), outcome});
  finish(run, RunResult::failed, exit_status_of(outcome), now_.wall);
}

void Engine::attempt_over(Run& run, const AttemptOutcome& outcome) {
  const AttemptKey key = run.key();
  out_.record.emplace_back(AttemptEnded{key, outcome});
  const RunResult result = result_of(outcome, run.job->success_exit);
  std::optional<Duration> pause;
  if (result != RunResult::ok && !run.stopping && !draining_) {
    pause = retry_pause(run.job->retry, run.attempt, outcome, next_random());
  }
  if (!pause) {
    finish(run, result, exit_status_of(outcome), outcome.ended_at);
    return;
  }
  run.last_outcome = outcome;
  run.attempt += 1;
  run.confirmed = false;
  run.resume_at = now_.boot + *pause;
  runs_.set_phase(run, Phase::pausing);
  out_.retries.push_back({key, run.job, outcome, *pause});
}

// The supervisor does not know the attempt this run was restored with, or was sent for.
void Engine::requeue_unknown(Run& run, bool same_boot) {
  std::optional<BootInstant> resume_at;
  if (run.last_outcome) {
    const auto pause =
        retry_pause(run.job->retry, run.attempt - 1, *run.last_outcome, next_random());
    resume_at = now_.boot + (run.last_outcome->ended_at + pause.value_or(Duration{0}) - now_.wall);
  }
  const bool not_yet_due = resume_at && *resume_at > now_.boot;
  if (run.confirmed || (!same_boot && !not_yet_due)) {
    AttemptOutcome lost;
    lost.lost = true;
    lost.started_at = run.firing_at;
    lost.ended_at = now_.wall;
    attempt_over(run, lost);
  } else if (draining_) {
    cancel(run);
  } else if (not_yet_due) {
    run.resume_at = *resume_at;
    runs_.set_phase(run, Phase::pausing);
  } else if (run.job->overlap != Overlap::allow && runs_.runs_of(run.job->name).size() > 1) {
    run.hold = true;
    run.late = true;
    runs_.set_phase(run, Phase::held);
    release_held(run.job->name);
  } else {
    queue(run);
  }
}

void Engine::queue(Run& run) {
  runs_.set_phase(run, Phase::waiting);
}

void Engine::release_held(const std::string& job) {
  if (Run* next = runs_.next_held(job)) queue(*next);
}

void Engine::fill_slots() {
  while (Run* run = runs_.next_for_slot()) {
    runs_.set_phase(*run, Phase::running);
    out_.start.push_back({run->key(), run->job, run->firing_at, run->trigger, run->fence});
  }
}

// SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t Engine::next_random() {
  random_state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = random_state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace dsched
