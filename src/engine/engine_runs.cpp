// From firings to runs: gates, overlap, claims, slots, attempts.

#include <algorithm>

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
  const std::vector<Run*> others = runs_.runs_of(job.name);  // none of them ends before `replace`
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
      for (const std::string& id : runs_.ids_of(job.name)) {
        Run* run = runs_.find(id);
        if (run == nullptr) continue;
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

// A firing of this job has come to be: the jobs that run after it, and have no schedule, may have
// one as well. They are looked at by depth, so that what each of them depends on is known.
void Engine::announce(const JobState& state, Instant at) {
  if (manual_.count(at) != 0) return;
  // It is neither open nor settled before its own decision, which follows.
  const auto [announced, added] = deciding_.emplace(state.job->name, at);
  std::set<std::pair<int, const JobState*>> candidates;
  const auto add_downstreams = [&](const JobState& of) {
    for (const std::string& name : of.downstreams) {
      const JobState& downstream = jobs_.at(name);
      candidates.emplace(downstream.depth, &downstream);
    }
  };
  add_downstreams(state);
  while (!candidates.empty()) {
    const JobState& downstream = *candidates.extract(candidates.begin()).value().second;
    if (try_announce(downstream, at)) add_downstreams(downstream);
  }
  if (added) deciding_.erase(announced);
}

// Lets the firing wait for its upstreams; false when the job has none at that instant, or has it
// already.
bool Engine::try_announce(const JobState& downstream, Instant at) {
  const Job& job = *downstream.job;
  WaitingFiring waiting{{job.name, at}, Trigger::after, {}};
  if (!job.enabled || !job.timetable.empty()) return false;
  if (is_open(waiting.firing) || settlement_at(waiting.firing)) return false;
  for (const std::string& name : job.after) {
    auto upstream = same_instant_upstream(name, at);
    if (!upstream) return false;
    waiting.upstreams.push_back(std::move(*upstream));
  }
  joins_.add(std::move(waiting));
  return true;
}

// What a job's firing at that instant is to those that run after it: not settled as long as it is
// open or still to be decided. None when the job has no such firing.
std::optional<Upstream> Engine::same_instant_upstream(const std::string& job, Instant at) const {
  const FiringKey firing{job, at};
  auto where = jobs_.find(job);
  if (where == jobs_.end() || !where->second.job->enabled) return std::nullopt;
  if (is_open(firing) || deciding_.count(firing) != 0) return Upstream{firing, false, std::nullopt};
  if (auto settlement = settlement_at(firing)) return Upstream{firing, true, *settlement};
  const JobState& state = where->second;
  const Timetable& timetable = state.job->timetable;
  if (timetable.empty() || floor_second(at) != at || !timetable.fires_at(floor_second(at)))
    return std::nullopt;
  return Upstream{firing, state.cursor >= at, std::nullopt};
}

std::optional<Settlement> Engine::settlement_at(const FiringKey& firing) const {
  if (auto restored = restored_.find(firing); restored != restored_.end()) return restored->second;
  auto settling = std::find_if(settling_.begin(), settling_.end(),
                               [&](const auto& one) { return one.first == firing; });
  if (settling != settling_.end()) return settling->second;
  auto last = last_settled_.find(firing.first);
  if (last == last_settled_.end() || last->second.first != firing.second) return std::nullopt;
  return last->second.second;
}

bool Engine::is_open(const FiringKey& firing) const {
  return joins_.contains(firing) ||
         runs_.latest_firing(firing.first, firing.second) == firing.second;
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
  if (result == RunResult::ok || !options_.stop_on_failure || failed_ || draining_) return;
  failed_ = true;
  for (const std::string& id : runs_.ids()) {
    Run* other = runs_.find(id);
    if (other == nullptr || other->phase == Phase::running) continue;
    if (other->job->after_on == AfterOn::success) cancel(*other);
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
  run.started_at.reset();
  run.resume_at = now_.boot + *pause;
  runs_.set_phase(run, Phase::pausing);
  out_.retries.push_back({key, run.job, outcome, *pause});
}

// The supervisor does not know the attempt this run was restored with, or was sent for.
void Engine::requeue_unknown(Run& run, bool same_boot) {
  const std::optional<Duration> pause_left = rest_of_pause(run);
  const bool still_pausing = pause_left && *pause_left > Duration{0};
  const bool others = runs_.runs_of(run.job->name).size() > 1;
  const bool too_late =
      alive_until_ < now_.wall - kOnTime && !run.last_outcome && !run.may_have_waited;
  if (run.confirmed || (!same_boot && !still_pausing)) {
    lose(run);
  } else if (draining_ || run.stopping || jobs_.count(run.job->name) == 0) {
    runs_.set_phase(run, Phase::held);
    cancel(run);
  } else if (still_pausing) {
    run.resume_at = now_.boot + *pause_left;
    runs_.set_phase(run, Phase::pausing);
  } else if (too_late) {
    finish_not_started(run,
                       StartFailure{StartStep::fork, 0, "no daemon was there when it was due"});
  } else if (run.job->overlap != Overlap::allow && others) {
    run.hold = true;
    run.late = true;
    const std::string job = run.job->name;
    runs_.set_phase(run, Phase::held);
    release_held(job);
  } else {
    queue(run);
  }
}

// What is left of the pause before the next attempt; none when this is the first. A clock that was
// set does not stretch it.
std::optional<Duration> Engine::rest_of_pause(const Run& run) {
  if (!run.last_outcome) return std::nullopt;
  const auto pause = retry_pause(run.job->retry, run.attempt - 1, *run.last_outcome, next_random());
  const Duration whole = pause.value_or(Duration{0});
  return std::clamp(run.last_outcome->ended_at + whole - now_.wall, Duration{0}, whole);
}

void Engine::lose(Run& run) {
  AttemptOutcome lost;
  lost.lost = true;
  lost.started_at = run.started_at.value_or(now_.wall);
  lost.ended_at = now_.wall;
  attempt_over(run, lost);
}

void Engine::queue(Run& run) {
  runs_.set_phase(run, Phase::waiting);
}

void Engine::release_held(const std::string& job) {
  if (Run* next = runs_.next_held(job)) queue(*next);
}

void Engine::fill_slots() {
  if (!hands_ready_) return;
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
