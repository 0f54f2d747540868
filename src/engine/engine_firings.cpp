// From firings to their turn: gates, joins, pauses, overlap.

#include <algorithm>

#include "base/run_id.h"
#include "engine/due.h"
#include "engine/engine.h"

namespace dsched {

namespace {

constexpr std::size_t kMaxQueued = 100;

std::string in_words(const Pause& pause) {
  std::string text = pause.job.empty() ? "all jobs were paused" : "the job was paused";
  if (!pause.who.empty()) text += " by " + pause.who;
  if (!pause.reason.empty()) text += ": " + pause.reason;
  return text;
}

}  // namespace

void Engine::decide_scheduled(JobState& state, Instant at, const Cause& cause) {
  WaitingFiring waiting{{state.job->name, at}, cause.trigger, {}};
  if (is_open(waiting.firing)) return;
  if (state.job->after.empty()) return begin_firing(state, at, cause);
  for (const std::string& upstream : state.job->after)
    waiting.upstreams.push_back(gate_upstream(upstream, at));
  if (waiting.complete()) {
    resolve(waiting);
  } else {
    wait_for_upstreams(state, std::move(waiting));
    announce(state, at);
  }
}

void Engine::wait_for_upstreams(const JobState& state, WaitingFiring waiting) {
  const Instant at = waiting.firing.second;
  expect_finish(state, at);
  if (state.job->after_timeout)
    agenda_.add(at + *state.job->after_timeout, Matter::upstream_timeout, waiting.firing);
  joins_.add(std::move(waiting));
}

// The latest firing of the job that a gate at that instant waits for, and whether it has settled.
Upstream Engine::gate_upstream(const std::string& job, Instant not_after) const {
  const auto open = std::max({runs_.latest_firing(job, not_after), joins_.latest(job, not_after),
                              queue_.latest(job, not_after)});
  if (open) return {{job, *open}, false, std::nullopt};
  // A firing decided in this very step settles when the step ends.
  auto settling = std::find_if(settling_.rbegin(), settling_.rend(), [&](const auto& one) {
    return one.firing.first == job && one.firing.second <= not_after;
  });
  if (settling != settling_.rend()) return {settling->firing, true, settling->settled.settlement};
  const Settled* last = latest_settled(job, not_after);
  if (last == nullptr) return {{job, not_after}, true, std::nullopt};
  return {{job, last->firing_at}, true, last->settlement};
}

void Engine::begin_firing(JobState& state, Instant at, const Cause& cause) {
  if (!cause.make_up) announce(state, at);
  if (cause.trigger != Trigger::manual) expect_finish(state, at);
  if (draining_ && !keep_waiting_) return skip(state, at, Reason::draining, "dsched was stopping");
  if (failed_ && state.job->after_on == AfterOn::success)
    return skip(state, at, Reason::draining, "another job had failed");
  if (cause.force) return enqueue(state, at, cause);
  if (skipped_by_pause(state, at) || !may_overlap(state, at, cause)) return;
  // Ending an older run may have paused the job.
  if (!skipped_by_pause(state, at)) enqueue(state, at, cause);
}

bool Engine::skipped_by_pause(JobState& state, Instant at) {
  const Pause* pause = pause_of(state.job->name);
  if (pause == nullptr) return false;
  skip(state, at, Reason::paused, in_words(*pause));
  return true;
}

// Whether the firing goes on beside, behind or instead of older ones of its job; otherwise it has
// been skipped.
bool Engine::may_overlap(JobState& state, Instant at, const Cause& cause) {
  const Job& job = *state.job;
  const std::vector<Run*> runs = runs_.runs_of(job.name);
  const std::vector<FiringKey> waiting = queue_.firings_of(job.name);
  if ((runs.empty() && waiting.empty()) || cause.make_up) return true;
  switch (job.overlap) {
    case Overlap::allow:
      return true;
    case Overlap::skip:
      if (takes_turns(state, at, runs, waiting)) return true;
      skip_behind(state, at, runs, waiting);
      return false;
    case Overlap::queue:
      if (waiting.size() < kMaxQueued) return true;
      skip(state, at, Reason::queue_full, std::to_string(kMaxQueued) + " firings were waiting");
      return false;
    case Overlap::replace:
      replace_older(state);
      return true;
  }
  return true;
}

// Late firings, and those that come right behind them, do not overlap: they take turns.
bool Engine::takes_turns(const JobState& state, Instant at, const std::vector<Run*>& runs,
                         const std::vector<FiringKey>& waiting) {
  return state.backlog_until >= at &&
         std::all_of(runs.begin(), runs.end(), [](const Run* run) { return run->late; }) &&
         std::all_of(waiting.begin(), waiting.end(), [this](const FiringKey& firing) {
           const Ticket& ticket = *queue_.find(firing);
           return ticket.late || !ticket.run_id.empty();
         });
}

void Engine::skip_behind(JobState& state, Instant at, const std::vector<Run*>& runs,
                         const std::vector<FiringKey>& waiting) {
  if (!runs.empty()) {
    return skip(state, at, Reason::overlap,
                "run " + short_run_id(runs.front()->id) + " was still going");
  }
  const Ticket& older = *queue_.find(waiting.front());
  skip(state, at, older.reason, "an earlier firing was still waiting: " + older.detail);
}

void Engine::replace_older(JobState& state) {
  for (const FiringKey& firing : queue_.firings_of(state.job->name)) {
    if (queue_.find(firing)->run_id.empty())
      skip_waiting(firing, Reason::overlap, "a later firing took its place while it waited");
  }
  for (const std::string& id : runs_.ids_of(state.job->name)) {
    Run* run = runs_.find(id);
    if (run == nullptr) continue;
    if (run->phase == Phase::running) {
      stop_run(*run, false);
    } else {
      cancel(*run);
    }
  }
}

void Engine::enqueue(JobState& state, Instant at, const Cause& cause) {
  const Job& job = *state.job;
  if (job.late.start_deadline && on_schedule(cause.trigger)) {
    const Instant deadline = at + state.jitter + *job.late.start_deadline;
    if (now_.wall > deadline)
      return miss_deadline(state, at, "it came to be its turn after start_deadline");
    agenda_.add(deadline + Duration{1}, Matter::start_deadline, {job.name, at});
  }
  Ticket ticket;
  ticket.firing = {job.name, at};
  ticket.trigger = cause.trigger;
  ticket.late = cause.late;
  ticket.force = cause.force;
  ticket.make_up = cause.make_up;
  ticket.params = cause.params;
  ticket.since = now_.wall;
  ticket.pool = job.needs.pool;
  ticket.demand = whole_demand(job);
  ticket.waiting_since = now_.boot;
  ticket.place = place_of(state, now_.boot);
  queue_.add(std::move(ticket));
}

void Engine::miss_deadline(JobState& state, Instant at, std::string detail) {
  decide(state, at, DecisionKind::missed, Reason::deadline_passed, std::move(detail));
  raise(state, AlertKind::missed, at, "", "a firing was missed", false);
}

void Engine::decide(JobState& state, Instant at, DecisionKind kind, Reason reason,
                    std::string detail) {
  Decision decision;
  decision.job = state.job->name;
  decision.firing_at = at;
  decision.last_firing_at = at;
  decision.kind = kind;
  decision.reason = reason;
  decision.detail = std::move(detail);
  decision.decided_at = now_.wall;
  out_.record.emplace_back(AddDecision{std::move(decision)});
  settle({state.job->name, at}, std::nullopt);
}

void Engine::skip(JobState& state, Instant at, Reason reason, std::string detail) {
  decide(state, at, DecisionKind::skipped, reason, std::move(detail));
}

// Out of the queue, with nothing decided.
Ticket Engine::take_back(const FiringKey& firing) {
  Ticket ticket = queue_.take(firing);
  if (ticket.checking) capacity_.release(ticket.demand);
  return ticket;
}

void Engine::skip_waiting(const FiringKey& firing, Reason reason, const std::string& detail) {
  const Ticket ticket = take_back(firing);
  if (ticket.run_id.empty()) skip(jobs_.at(firing.first), firing.second, reason, detail);
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
  if (closed_.count(waiting.firing) != 0) return false;
  for (const std::string& name : job.after) {
    auto upstream = same_instant_upstream(name, at);
    if (!upstream) return false;
    waiting.upstreams.push_back(std::move(*upstream));
  }
  wait_for_upstreams(downstream, std::move(waiting));
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
                               [&](const Settling& one) { return one.firing == firing; });
  if (settling != settling_.end()) return settling->settled.settlement;
  const Settled* last = latest_settled(firing.first, firing.second);
  if (last == nullptr || last->firing_at != firing.second) return std::nullopt;
  return last->settlement;
}

const Engine::Settled* Engine::latest_settled(const std::string& job, Instant not_after) const {
  auto settled = settled_.find(job);
  if (settled == settled_.end()) return nullptr;
  auto later = settled->second.upper_bound(not_after);
  return later == settled->second.begin() ? nullptr : &std::prev(later)->second;
}

// The newest are enough: gates look at firings near their own.
void Engine::remember_settled(const std::string& job, Settled settled) {
  constexpr std::size_t kMostRemembered = 32;
  auto& of_job = settled_[job];
  of_job[settled.firing_at] = std::move(settled);
  if (of_job.size() > kMostRemembered) of_job.erase(of_job.begin());
}

// Its decision is made though not all of its upstreams have settled; they announce it no more.
void Engine::close(const FiringKey& firing) {
  constexpr std::size_t kMostClosed = 10'000;
  closed_.insert(firing);
  if (closed_.size() > kMostClosed) closed_.erase(closed_.begin());
}

bool Engine::is_open(const FiringKey& firing) const {
  return joins_.contains(firing) || queue_.contains(firing) ||
         runs_.latest_firing(firing.first, firing.second) == firing.second;
}

void Engine::resolve(const WaitingFiring& waiting) {
  auto where = jobs_.find(waiting.firing.first);
  if (where == jobs_.end()) return;
  JobState& state = where->second;
  if (waiting.trigger != Trigger::manual) expect_finish(state, waiting.firing.second);
  if (auto no = objection(waiting, state.job->after_on)) {
    announce(state, waiting.firing.second);
    skip(state, waiting.firing.second, no->reason, std::move(no->detail));
  } else {
    begin_firing(state, waiting.firing.second,
                 {.trigger = waiting.trigger, .force = waiting.force, .params = waiting.params});
  }
  save_cursor(state);
}

void Engine::settle(FiringKey firing, Settlement settlement, Values outputs) {
  const Instant at = firing.second;
  settling_.push_back({std::move(firing), {at, settlement, std::move(outputs)}});
}

// Settled firings may complete others, which may be skipped and so settle in turn.
void Engine::settle_all() {
  while (!settling_.empty()) {
    const auto [firing, settled] = std::move(settling_.front());
    settling_.pop_front();
    remember_settled(firing.first, settled);
    for (const WaitingFiring& waiting : joins_.settle(firing, settled.settlement)) resolve(waiting);
  }
}

// For firings that somebody asks for now: a firing of its own for each of the jobs.
Instant Engine::unused_instant(const std::vector<std::string>& jobs) const {
  Instant at = now_.wall;
  const auto taken = [&](const std::string& job) {
    const Settled* last = latest_settled(job, at);
    return is_open({job, at}) || (last != nullptr && last->firing_at == at);
  };
  while (std::any_of(jobs.begin(), jobs.end(), taken)) at += Duration{1};
  return at;
}

}  // namespace dsched
