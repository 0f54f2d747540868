// After a restart: what the history and the supervisor know is put together again.

#include <algorithm>

#include "engine/due.h"
#include "engine/engine.h"
#include "model/retry.h"

namespace dsched {

namespace {

JobPtr forgotten_job(const std::string& name) {
  Job job;
  job.name = name;
  return std::make_shared<const Job>(std::move(job));
}

int lost_attempts_of(const std::vector<Attempt>& attempts) {
  return static_cast<int>(std::count_if(attempts.begin(), attempts.end(),
                                        [](const Attempt& one) { return one.outcome.lost; }));
}

}  // namespace

void Engine::restore_cursors(const Begin& event) {
  alive_until_ = event.last_alive;
  for (const JobCursor& cursor : event.cursors) {
    alive_until_ = std::max(alive_until_, cursor.decided_until);
    auto where = jobs_.find(cursor.job);
    if (where == jobs_.end()) {
      out_.record.emplace_back(ForgetJob{cursor.job});
      continue;
    }
    JobState& state = where->second;
    if (cursor.schedule_hash != times_of(*state.job)) continue;
    state.cursor = cursor.decided_until;
    // The clock may have been set right while no daemon ran.
    if (state.cursor > now_.wall + kClockWasWrong) rebase(state);
    plan(state);
  }
}

void Engine::restore_settled(const Begin& event) {
  for (const SettledFiring& settled : event.settled) {
    restored_[{settled.job, settled.firing_at}] = settled.result;
    if (settled.firing_at <= now_.wall + kClockWasWrong)
      remember_settled(settled.job, {settled.firing_at, settled.result, settled.outputs});
  }
}

void Engine::restore_runs(const Begin& event) {
  for (const RunRecord& record : event.open_runs) restore_run(record);
}

// Firings of one request that wait for each other. Requires: what else is open has been restored.
void Engine::restore_joins(const Begin& event) {
  for (const RunRecord& record : event.open_runs) {
    if (record.trigger == Trigger::manual) manual_.insert(record.firing_at);
  }
  std::set<FiringKey> joins;
  for (const WaitingRecord& record : event.waiting) {
    if (record.trigger == Trigger::manual) manual_.insert(record.firing_at);
    if (!record.upstreams.empty()) joins.emplace(record.job, record.firing_at);
  }
  for (const WaitingRecord& record : event.waiting) {
    if (record.upstreams.empty() || jobs_.count(record.job) == 0) continue;
    WaitingFiring waiting{
        {record.job, record.firing_at}, record.trigger, {}, record.force, record.params};
    for (const std::string& name : record.upstreams) {
      const FiringKey upstream{name, record.firing_at};
      const bool open = is_open(upstream) || joins.count(upstream) != 0;
      waiting.upstreams.push_back(
          {upstream, !open, settlement_at(upstream).value_or(std::nullopt)});
    }
    if (waiting.complete()) {
      resolve(waiting);
    } else {
      joins_.add(std::move(waiting));
    }
  }
}

// Who runs after what is open finds it as it was.
void Engine::announce_restored(const Begin& event) {
  const auto announce_one = [this](const std::string& job, Instant at) {
    auto where = jobs_.find(job);
    if (where != jobs_.end()) announce(where->second, at);
  };
  for (const RunRecord& record : event.open_runs) announce_one(record.job, record.firing_at);
  for (const WaitingRecord& record : event.waiting) announce_one(record.job, record.firing_at);
  for (const auto& [firing, settlement] : restored_) closed_.insert(firing);
  restored_.clear();
}

void Engine::restore_run(const RunRecord& record) {
  alive_until_ = std::max(alive_until_, record.claimed_at);
  auto where = jobs_.find(record.job);
  Run run;
  run.id = record.run_id;
  run.job = where == jobs_.end() ? forgotten_job(record.job) : where->second.job;
  run.firing_at = record.firing_at;
  run.trigger = record.trigger;
  run.params = record.params;
  run.fence = record.fence;
  run.phase = Phase::running;  // until HandsReady tells
  run.attempt = static_cast<int>(record.attempts.size()) + 1;
  run.lost_attempts = lost_attempts_of(record.attempts);
  run.started_at = record.running_since;
  run.confirmed = record.running_since.has_value();
  if (!record.attempts.empty()) run.last_outcome = record.attempts.back().outcome;
  take_places(run);
  expect_end_of(runs_.add(std::move(run)));
}

// What waited goes on waiting; but a scheduled firing does not outlast a longer absence of the
// daemon unless it would have been made up.
void Engine::restore_waiting(const Begin& event) {
  const bool long_absence = alive_until_ < now_.wall - kOnTime;
  for (const WaitingRecord& record : event.waiting) {
    auto where = jobs_.find(record.job);
    if (where == jobs_.end()) {
      out_.record.emplace_back(ForgetJob{record.job});
      continue;
    }
    JobState& state = where->second;
    if (is_open({record.job, record.firing_at}) || !record.upstreams.empty()) continue;
    const bool made_up = state.job->late.catch_up != CatchUp::none &&
                         record.firing_at > now_.wall - state.job->late.window;
    if (record.trigger == Trigger::schedule && long_absence && !made_up) {
      decide(state, record.firing_at, DecisionKind::missed, Reason::daemon_down,
             "it waited: " + record.detail);
      continue;
    }
    enqueue(state, record.firing_at,
            {.trigger = record.trigger,
             .late = true,
             .force = record.force,
             .make_up = record.trigger == Trigger::backfill,
             .params = record.params});
    if (Ticket* ticket = queue_.find({record.job, record.firing_at}))
      wait_since(*ticket, state, record);
  }
}

void Engine::wait_since(Ticket& ticket, const JobState& state, const WaitingRecord& record) {
  const Duration waited = std::max(now_.wall - record.since, Duration{0});
  Ticket moved = queue_.take(ticket.firing);
  moved.since = record.since;
  moved.waiting_since = now_.boot - waited;
  moved.place = place_of(state, moved.waiting_since);
  moved.reason = record.reason;
  moved.detail = record.detail;
  const FiringKey firing = moved.firing;
  queue_.add(std::move(moved));
  queue_.mark_recorded(*queue_.find(firing));
}

void Engine::resume_known(Run& run, const HandsReady::Known& known) {
  if (known.started_at && !run.confirmed) on(AttemptBegan{run.key(), *known.started_at});
  if (known.outcome) {
    attempt_over(run, *known.outcome, known.outputs);
  } else if (run.stopping) {
    out_.stop.push_back({run.key(), false});
  }
}

// The supervisor does not know the attempt this run was restored with, or was sent for.
void Engine::resume_unknown(Run& run, bool same_boot) {
  const std::optional<Duration> pause_left = rest_of_pause(run);
  const bool still_pausing = pause_left && *pause_left > Duration{0};
  const bool absent = alive_until_ < now_.wall - kOnTime && !run.last_outcome &&
                      run.job->late.catch_up == CatchUp::none;
  if (run.confirmed || (!same_boot && !still_pausing)) {
    lose(run);
  } else if (draining_ || run.stopping || jobs_.count(run.job->name) == 0) {
    queue_attempt(run);
    cancel(run);
  } else if (still_pausing) {
    release_attempt(run);
    run.resume_at = now_.boot + *pause_left;
    runs_.set_phase(run, Phase::pausing);
  } else if (absent || too_late_to_start(run)) {
    finish_not_started(run,
                       StartFailure{StartStep::fork, 0, "no daemon was there when it was due"});
  } else {
    queue_attempt(run);
  }
}

// The start_deadline of a run that never began has passed.
bool Engine::too_late_to_start(const Run& run) const {
  const auto& deadline = run.job->late.start_deadline;
  if (!deadline || !on_schedule(run.trigger) || run.last_outcome) return false;
  auto where = jobs_.find(run.job->name);
  const Duration jitter = where == jobs_.end() ? Duration{0} : where->second.jitter;
  return now_.wall > run.firing_at + jitter + *deadline;
}

// What is left of the pause before the next attempt; none when this is the first. A clock that was
// set does not stretch it.
std::optional<Duration> Engine::rest_of_pause(const Run& run) {
  if (!run.last_outcome) return std::nullopt;
  if (run.last_outcome->lost) return Duration{0};
  const int failed = run.attempt - 1 - run.lost_attempts;
  const auto pause = retry_pause(run.job->retry, failed, *run.last_outcome, next_random());
  const Duration whole = pause.value_or(Duration{0});
  return std::clamp(run.last_outcome->ended_at + whole - now_.wall, Duration{0}, whole);
}

}  // namespace dsched
