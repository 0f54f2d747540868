// From time to firings: what is due, what was missed, and what the clocks did.

#include <algorithm>

#include "engine/due.h"
#include "engine/engine.h"

namespace dsched {

namespace {

using std::chrono::seconds;

// One set back by less than this is no reason to do anything.
constexpr Duration kSmallStep = seconds{2};

bool goes_on_by_real_time(const Timetable& timetable) {
  const auto& schedules = timetable.schedules();
  return !schedules.empty() &&
         std::all_of(schedules.begin(), schedules.end(),
                     [](const Schedule& schedule) { return schedule.is_interval(); });
}

}  // namespace

// Compares what the two clocks did since the last step.
void Engine::watch_clock() {
  const Duration jump = (now_.wall - last_.wall) - (now_.boot - last_.boot);
  if (jump > kOnTime) jumped_until_ = now_.wall;
  if (jump > -kSmallStep) return;
  for (Instant* mark : {&began_at_, &jumped_until_, &blocked_until_})
    *mark = std::min(*mark, now_.wall);
  if (jump <= -kClockWasWrong) forget_wrong_time();
  for (auto& [name, state] : jobs_) {
    if (state.cursor <= now_.wall + kSmallStep) continue;
    if (jump <= -kClockWasWrong) {
      rebase(state);
    } else if (goes_on_by_real_time(state.job->timetable)) {
      repeat_intervals(state);
    }
  }
}

// The wall clock had been ahead by hours: what lies after now came of that, and RebaseJob takes it
// out of the history.
void Engine::forget_wrong_time() {
  joins_.remove_after(now_.wall);
  for (const FiringKey& firing : queue_.firings()) {
    const Ticket& ticket = *queue_.find(firing);
    if (firing.second > now_.wall && ticket.run_id.empty() && on_schedule(ticket.trigger))
      take_back(firing);
  }
  for (auto& [job, settled] : settled_)
    settled.erase(settled.upper_bound(now_.wall), settled.end());
}

void Engine::rebase(JobState& state) {
  state.cursor = now_.wall;
  state.repeated_until = {};
  state.pass = Duration{0};
  out_.clock_rebased = true;
  out_.record.emplace_back(
      RebaseJob{{state.job->name, decided_until(state), times_of(*state.job)}});
  plan(state);
}

void Engine::repeat_intervals(JobState& state) {
  state.repeated_until = std::max(state.repeated_until, state.cursor);
  state.pass += Duration{1};
  state.cursor = now_.wall;
  plan(state);
}

void Engine::plan(JobState& state) {
  if (state.due_at) due_.erase({*state.due_at, state.job->name});
  state.due_at.reset();
  if (!state.job->enabled) return;
  if (auto next = state.job->timetable.next(floor_second(state.cursor))) {
    state.due_at = *next + state.jitter;
    due_.emplace(*state.due_at, state.job->name);
  }
}

void Engine::evaluate_due() {
  if (!begun_ || draining_ || !hands_ready_ || !history_writable_) return;
  std::vector<JobState*> states;
  for (auto due = due_.begin(); due != due_.end() && due->first <= now_.wall; ++due) {
    states.push_back(&jobs_.find(due->second)->second);
  }
  if (states.empty()) return;
  std::vector<OnTime> firings;
  for (JobState* state : states) decide_due_of(*state, firings);
  // Upstreams before what waits for them at the same instant.
  std::stable_sort(firings.begin(), firings.end(), [](const OnTime& a, const OnTime& b) {
    return std::pair(a.at, a.state->depth) < std::pair(b.at, b.state->depth);
  });
  const auto instant_of = [](const OnTime& firing) {
    return firing.at <= firing.state->repeated_until ? firing.at + firing.state->pass
                                                     : Instant{firing.at};
  };
  for (const OnTime& firing : firings)
    deciding_.emplace(firing.state->job->name, instant_of(firing));
  for (const OnTime& firing : firings) {
    const Instant at = instant_of(firing);
    deciding_.erase({firing.state->job->name, at});
    const bool late =
        firing.trigger == Trigger::catch_up || firing.state->backlog_until >= now_.wall;
    decide_scheduled(*firing.state, at, {.trigger = firing.trigger, .late = late});
  }
  for (JobState* state : states) {
    save_cursor(*state);
    plan(*state);
  }
}

void Engine::decide_due_of(JobState& state, std::vector<OnTime>& firings) {
  const Due due =
      due_firings(state.job->timetable, state.job->late, state.cursor, now_.wall - state.jitter);
  if (due.missed) decide_span(state, *due.missed, missed_reason(due.missed->last));
  for (Second at : due.made_up) firings.push_back({at, &state, Trigger::catch_up});
  if (due.past_deadline) decide_span(state, *due.past_deadline, Reason::deadline_passed);
  for (Second at : due.on_time) firings.push_back({at, &state, Trigger::schedule});
  const auto advance = [&](Second until) { state.cursor = std::max(state.cursor, Instant{until}); };
  if (!due.made_up.empty()) advance(due.made_up.back());
  if (!due.on_time.empty()) advance(due.on_time.back());
  if (!due.made_up.empty()) {
    state.backlog_until = now_.wall + kOnTime;
  } else if (due.on_time.size() > 1) {
    state.backlog_until = now_.wall + (now_.wall - due.on_time.front());
  }
}

void Engine::decide_span(JobState& state, const MissedSpan& span, Reason reason) {
  decide_missed(state, span.first, span.last, span.firings, reason);
  state.cursor = std::max(state.cursor, Instant{span.last});
}

void Engine::decide_missed(JobState& state, Instant first, Instant last, std::uint64_t firings,
                           Reason reason) {
  // A gate that was waiting when the daemon died waits on: its last firing is not late but patient.
  if (!state.job->after.empty() && !state.job->timetable.empty()) {
    const auto waits = [&](const std::string& upstream) {
      return !gate_upstream(upstream, last).settled;
    };
    if (std::any_of(state.job->after.begin(), state.job->after.end(), waits)) {
      decide_scheduled(state, last, {.late = true});
      if (firings == 1) return;
      last = state.job->timetable.previous(floor_second(last) - seconds{1})
                 .value_or(floor_second(first));
      --firings;
    }
  }
  Decision decision;
  decision.job = state.job->name;
  decision.firing_at = first;
  decision.last_firing_at = last;
  decision.firings = firings;
  decision.kind = DecisionKind::missed;
  decision.reason = reason;
  decision.decided_at = now_.wall;
  out_.record.emplace_back(AddDecision{decision});
  raise(state, AlertKind::missed, last, "",
        firings == 1 ? "a firing was missed" : std::to_string(firings) + " firings were missed",
        false);
  remember_settled(state.job->name, {last, std::nullopt, {}});
  for (FiringKey& firing : joins_.awaited(state.job->name, first, last))
    settle(std::move(firing), std::nullopt);
  for (const std::string& name : state.downstreams) {
    JobState& downstream = jobs_.at(name);
    if (misses_with(downstream, state)) decide_missed(downstream, first, last, firings, reason);
  }
}

// Whether the missed firings of a job are also those of one that runs after it: it has the same
// ones, and is told once.
bool Engine::misses_with(const JobState& downstream, const JobState& missed) const {
  const Job& job = *downstream.job;
  if (!job.enabled || !job.timetable.empty() || job.after.front() != missed.job->name) return false;
  return std::all_of(job.after.begin(), job.after.end(), [&](const std::string& upstream) {
    auto where = jobs_.find(upstream);
    return where != jobs_.end() && where->second.job->schedule_hash == missed.job->schedule_hash &&
           (upstream == missed.job->name || !where->second.job->timetable.empty());
  });
}

Reason Engine::missed_reason(Instant last) const {
  if (last <= began_at_) return Reason::daemon_down;
  if (last <= blocked_until_) return blocked_reason_;
  if (last <= jumped_until_) return Reason::clock_jumped;
  return Reason::host_asleep;
}

// A firing that still waits at its gate, or is yet to be looked at in this evaluation, is not
// decided: what is stored stays before it.
Instant Engine::decided_until(const JobState& state) const {
  Instant until = state.cursor;
  if (auto waiting = joins_.earliest(state.job->name))
    until = std::min(until, *waiting - Duration{1});
  auto deciding = deciding_.lower_bound({state.job->name, Instant::min()});
  if (deciding != deciding_.end() && deciding->first == state.job->name)
    until = std::min(until, deciding->second - Duration{1});
  return until;
}

void Engine::save_cursor(const JobState& state) {
  if (state.job->timetable.empty()) return;
  out_.record.emplace_back(
      MoveCursor{{state.job->name, decided_until(state), times_of(*state.job)}});
}

void Engine::look_at_agenda() {
  if (draining_) return;
  while (auto entry = agenda_.take(now_.wall)) {
    const auto& [matter, about] = *entry;
    switch (matter) {
      case Matter::start_deadline:
        give_up_waiting(about);
        break;
      case Matter::upstream_timeout:
        give_up_upstreams(about);
        break;
      case Matter::finish_by:
        look_late(about);
        break;
      case Matter::slow_run:
        look_slow(about.first);
        break;
      case Matter::overdue:
        look_overdue(about.first);
        break;
      case Matter::pause_end:
        if (auto pause = pauses_.find(about.first);
            pause != pauses_.end() && pause->second.until == about.second)
          end_pause(about.first);
        break;
    }
  }
}

// The start_deadline of a firing that still waits for its turn has passed.
void Engine::give_up_waiting(const FiringKey& firing) {
  const Ticket* ticket = queue_.find(firing);
  if (ticket == nullptr || !ticket->run_id.empty()) return;
  std::string detail = "start_deadline passed while " + ticket->detail;
  JobState& state = jobs_.at(firing.first);
  take_back(firing);
  miss_deadline(state, firing.second, std::move(detail));
}

void Engine::give_up_upstreams(const FiringKey& firing) {
  const auto waiting = joins_.remove(firing);
  if (!waiting) return;
  close(firing);
  auto unsettled = std::find_if(waiting->upstreams.begin(), waiting->upstreams.end(),
                                [](const Upstream& upstream) { return !upstream.settled; });
  JobState& state = jobs_.at(firing.first);
  announce(state, firing.second);
  decide(state, firing.second, DecisionKind::missed, Reason::upstream_timeout,
         unsettled->firing.first + " had not ended in time");
  raise(state, AlertKind::missed, firing.second, "", "a firing was missed", false);
  save_cursor(state);
}

}  // namespace dsched
