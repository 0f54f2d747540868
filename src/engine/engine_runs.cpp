// From claims to results: attempts, retries, ends.

#include <algorithm>

#include "base/run_id.h"
#include "engine/engine.h"
#include "model/retry.h"

namespace dsched {

namespace {

// Of one run with on_lost = "rerun": a job that takes its host down must not do so for ever.
constexpr int kMostReruns = 3;

}  // namespace

void Engine::claim(JobState& state, const Ticket& ticket) {
  Run run;
  run.id = make_run_id(now_.wall, next_random(), next_random());
  run.job = state.job;
  run.firing_at = ticket.firing.second;
  run.trigger = ticket.trigger;
  run.params = ticket.params;
  run.late = ticket.late;
  run.asked_at = now_.boot;
  take_places(run);
  // The load that was measured is no longer that of the host.
  if (state.job->needs.below_load) load_.reset();

  ClaimRun change;
  change.make_up = ticket.make_up;
  change.decision.job = state.job->name;
  change.decision.firing_at = run.firing_at;
  change.decision.last_firing_at = run.firing_at;
  change.decision.decided_at = now_.wall;
  change.decision.run_id = run.id;
  change.run.run_id = run.id;
  change.run.job = state.job->name;
  change.run.firing_at = run.firing_at;
  change.run.trigger = run.trigger;
  change.run.user = state.job->user;
  change.run.max_attempts = 1 + state.job->retry.max;
  change.run.claimed_at = now_.wall;
  change.run.params = run.params;
  out_.record.emplace_back(std::move(change));
  runs_.add(std::move(run));
}

void Engine::take_places(Run& run) {
  if (run.held.empty()) {
    run.held = attempt_demand(*run.job);
    capacity_.take(run.held);
  }
  if (run.locks.empty()) {
    run.locks = lock_demand(*run.job);
    capacity_.take(run.locks);
  }
}

void Engine::release_attempt(Run& run) {
  capacity_.release(run.held);
  run.held.clear();
}

// Forgets the run, with all it has taken.
void Engine::drop(Run& run) {
  if (run.phase == Phase::queued) queue_.take(run.firing());
  release_attempt(run);
  capacity_.release(run.locks);
  runs_.remove(run.id);
}

// It is its turn.
void Engine::begin_attempt(Run& run) {
  if (too_late_to_start(run)) {
    runs_.set_phase(run, Phase::claiming);
    finish_not_started(run, StartFailure{StartStep::fork, 0, "start_deadline had passed"});
  } else {
    start_attempt(run);
  }
}

// Requires: the run waits in no queue.
void Engine::start_attempt(Run& run) {
  take_places(run);
  runs_.set_phase(run, Phase::running);
  out_.start.push_back({run.key(), run.job, run.firing_at, run.trigger, run.fence, run.params,
                        upstream_outputs(run)});
}

// The next attempt waits for its turn like everybody else; locks are kept meanwhile.
void Engine::queue_attempt(Run& run) {
  release_attempt(run);
  runs_.set_phase(run, Phase::queued);
  const JobState* state = nullptr;
  if (auto where = jobs_.find(run.job->name); where != jobs_.end()) state = &where->second;
  Ticket ticket;
  ticket.firing = run.firing();
  ticket.run_id = run.id;
  ticket.trigger = run.trigger;
  ticket.pool = run.job->needs.pool;
  ticket.demand = attempt_demand(*run.job);
  ticket.waiting_since = now_.boot;
  ticket.place = state == nullptr ? now_.boot : place_of(*state, now_.boot);
  queue_.add(std::move(ticket));
}

std::vector<std::pair<std::string, Values>> Engine::upstream_outputs(const Run& run) const {
  std::vector<std::pair<std::string, Values>> outputs;
  for (const std::string& name : run.job->after) {
    const Settled* last = latest_settled(name, run.firing_at);
    if (last != nullptr && !last->outputs.empty()) outputs.emplace_back(name, last->outputs);
  }
  return outputs;
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

void Engine::finish(Run& run, RunResult result, int exit_status, Instant ended_at, Values outputs) {
  out_.record.emplace_back(RunEnded{run.id, result, exit_status, ended_at, outputs});
  if (auto where = jobs_.find(run.job->name); where != jobs_.end())
    note_result(where->second, run, result, exit_status, ended_at);
  settle(run.firing(), result, std::move(outputs));
  drop(run);
  if (result != RunResult::ok && options_.stop_on_failure && !failed_ && !draining_) fail_fast();
}

void Engine::fail_fast() {
  failed_ = true;
  for (const std::string& id : runs_.ids()) {
    Run* other = runs_.find(id);
    if (other == nullptr || other->phase == Phase::running) continue;
    if (other->job->after_on == AfterOn::success) cancel(*other);
  }
  for (const FiringKey& firing : queue_.firings()) {
    if (queue_.find(firing)->run_id.empty() &&
        jobs_.at(firing.first).job->after_on == AfterOn::success)
      skip_waiting(firing, Reason::draining, "another job had failed");
  }
}

void Engine::finish_not_started(Run& run, StartFailure failure) {
  AttemptOutcome outcome;
  outcome.failure = std::move(failure);
  outcome.started_at = outcome.ended_at = now_.wall;
  out_.record.emplace_back(AttemptEnded{run.key(), outcome});
  run.last_outcome = outcome;
  finish(run, RunResult::failed, exit_status_of(outcome), now_.wall);
}

void Engine::attempt_over(Run& run, const AttemptOutcome& outcome, const Values& outputs) {
  const AttemptKey key = run.key();
  out_.record.emplace_back(AttemptEnded{key, outcome});
  run.last_outcome = outcome;
  const RunResult result = result_of(outcome, run.job->success_exit);
  const auto pause = pause_before_next(run, outcome);
  if (!pause) {
    finish(run, result, exit_status_of(outcome), outcome.ended_at, outputs);
    return;
  }
  release_attempt(run);
  if (outcome.lost) ++run.lost_attempts;
  run.attempt += 1;
  run.confirmed = false;
  run.started_at.reset();
  run.resume_at = now_.boot + *pause;
  runs_.set_phase(run, Phase::pausing);
  out_.retries.push_back({key, run.job, outcome, *pause});
}

// None when the run is over.
std::optional<Duration> Engine::pause_before_next(const Run& run, const AttemptOutcome& outcome) {
  if (run.stopping || draining_ || result_of(outcome, run.job->success_exit) == RunResult::ok)
    return std::nullopt;
  if (outcome.lost) {
    const bool again = run.job->on_lost == OnLost::rerun && run.lost_attempts < kMostReruns;
    return again ? std::optional(Duration{0}) : std::nullopt;
  }
  return retry_pause(run.job->retry, run.attempt - run.lost_attempts, outcome, next_random());
}

void Engine::lose(Run& run) {
  AttemptOutcome lost;
  lost.lost = true;
  lost.started_at = run.started_at.value_or(now_.wall);
  lost.ended_at = now_.wall;
  lost.duration = std::max(lost.ended_at - lost.started_at, Duration{0});
  attempt_over(run, lost, {});
}

}  // namespace dsched
