#include "engine/engine.h"

#include <algorithm>
#include <cerrno>

#include "engine/due.h"

namespace dsched {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

// No wake-up is further away, so that a timer that went wrong costs a minute, not a day.
constexpr Duration kLongestSleep = seconds{60};
// A wall clock set back by more than this had been wrong before.
constexpr Duration kClockWasWrong = hours{3};

// Changes when the job's firings do, and when it is switched on or off: it then counts from that
// moment.
std::uint64_t times_of(const Job& job) {
  return job.enabled ? job.schedule_hash : ~job.schedule_hash;
}

JobPtr forgotten_job(const std::string& name) {
  Job job;
  job.name = name;
  return std::make_shared<const Job>(std::move(job));
}

}  // namespace

Engine::Engine(EngineOptions options)
    : options_(std::move(options)), random_state_(options_.seed), runs_(options_.max_running) {}

Step Engine::step(const Event& event, Moment now) {
  out_ = Step{};
  now_ = now;
  if (!begun_) last_ = now;
  watch_clock();
  std::visit([this](const auto& concrete) { on(concrete); }, event);
  evaluate_due();
  settle_all();
  fill_slots();
  set_wake();
  last_ = now_;
  return std::move(out_);
}

// Compares what the two clocks did since the last step.
void Engine::watch_clock() {
  const Duration jump = (now_.wall - last_.wall) - (now_.boot - last_.boot);
  if (jump > kOnTime) jumped_until_ = now_.wall;
  if (jump > -kClockWasWrong) return;
  for (auto& [name, state] : jobs_) {
    if (state.cursor > now_.wall) rebase(state);
  }
}

void Engine::rebase(JobState& state) {
  state.cursor = now_.wall;
  out_.clock_rebased = true;
  out_.record.emplace_back(RebaseJob{{state.job->name, state.cursor, times_of(*state.job)}});
  plan(state);
}

void Engine::on(const Begin& event) {
  began_at_ = now_.wall;
  configure(event.jobs);
  begun_ = true;
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
  restore(event);
  for (auto& [name, state] : jobs_) {
    save_cursor(state);
    if (event.first_since_boot && state.job->enabled && state.job->timetable.on_boot()) {
      begin_firing(state, floor_second(now_.wall), Trigger::boot, false);
    }
  }
}

void Engine::on(const Configure& event) {
  evaluate_due();
  configure(event.jobs);
}

void Engine::on(const TimeReached&) {
  while (Run* run = runs_.next_resumable(now_.boot)) queue(*run);
}

void Engine::on(const ClaimAnswered& event) {
  Run* run = runs_.find(event.run_id);
  if (run == nullptr || run->phase != Phase::claiming) return;
  const bool too_late = now_.boot - run->asked_at > kOnTime;
  run->fence = event.fence;
  if (!event.accepted) {
    // Somebody decided this firing before: an earlier life of this daemon, before its clock was set
    // back.
    const std::string job = run->job->name;
    settling_.emplace_back(run->firing(), std::nullopt);
    runs_.remove(run->id);
    release_held(job);
  } else if (run->stopping || draining_) {
    runs_.set_phase(*run, Phase::held);
    cancel(*run);
  } else if (too_late) {
    finish_not_started(
        *run, StartFailure{StartStep::output, ENOSPC, "the history could not be written in time"});
  } else if (run->hold) {
    const std::string job = run->job->name;
    runs_.set_phase(*run, Phase::held);
    release_held(job);
  } else {
    queue(*run);
  }
}

void Engine::on(const AttemptBegan& event) {
  Run* run = runs_.find(event.key.run_id);
  if (run == nullptr || run->attempt != event.key.attempt) return;
  run->confirmed = true;
  run->started_at = event.started_at;
  out_.record.emplace_back(AttemptStarted{event.key, event.started_at});
}

void Engine::on(const AttemptOver& event) {
  Run* run = runs_.find(event.key.run_id);
  if (run == nullptr || run->attempt != event.key.attempt || run->phase != Phase::running) return;
  attempt_over(*run, event.outcome);
}

void Engine::on(const HandsReady& event) {
  unblock(hands_ready_, Reason::fork_failed);
  std::map<std::string_view, const HandsReady::Known*> newest;
  for (const HandsReady::Known& known : event.known) {
    const Run* run = runs_.find(known.key.run_id);
    if (run == nullptr) continue;
    if (known.key.attempt == run->attempt) newest[known.key.run_id] = &known;
    // An earlier attempt is in the history; saying so again lets the supervisor forget it.
    if (known.key.attempt < run->attempt && known.outcome) {
      out_.record.emplace_back(AttemptEnded{known.key, *known.outcome});
    }
  }
  for (const std::string& id : runs_.ids()) {
    Run* run = runs_.find(id);
    if (run == nullptr || run->phase != Phase::running) continue;
    auto known = newest.find(id);
    if (known == newest.end()) {
      requeue_unknown(*run, event.same_boot);
      continue;
    }
    if (known->second->started_at && !run->confirmed)
      on(AttemptBegan{run->key(), *known->second->started_at});
    if (known->second->outcome) {
      attempt_over(*run, *known->second->outcome);
    } else if (run->stopping) {
      out_.stop.push_back({run->key(), false});
    }
  }
  alive_until_ = Instant::max();
}

void Engine::on(const HandsLost&) {
  hands_ready_ = false;
}

void Engine::on(const RunNow& event) {
  const Instant at = now_.wall;
  manual_.insert(at);
  const std::set<std::string, std::less<>> members(event.jobs.begin(), event.jobs.end());
  std::vector<JobState*> roots;
  for (const std::string& name : members) {
    JobState& state = jobs_.at(name);
    WaitingFiring waiting{{name, at}, Trigger::manual, {}};
    for (const std::string& upstream : state.job->after) {
      if (members.count(upstream) != 0)
        waiting.upstreams.push_back({{upstream, at}, false, std::nullopt});
    }
    if (waiting.upstreams.empty()) {
      roots.push_back(&state);
    } else {
      joins_.add(std::move(waiting));
    }
  }
  for (JobState* root : roots) begin_firing(*root, at, Trigger::manual, false);
}

void Engine::on(const HistoryWritable& event) {
  if (event.writable) {
    unblock(history_writable_, Reason::no_space);
  } else {
    history_writable_ = false;
  }
}

// Notes why firings up to now could not be decided when they were due.
void Engine::unblock(bool& condition, Reason reason) {
  if (condition) return;
  condition = true;
  blocked_until_ = now_.wall;
  blocked_reason_ = reason;
}

void Engine::on(const Drain& event) {
  draining_ = true;
  for (const std::string& id : runs_.ids()) {
    Run* run = runs_.find(id);
    if (run == nullptr) continue;
    if (run->phase != Phase::running) {
      cancel(*run);
    } else if (event.stop_running || event.kill) {
      stop_run(*run, event.kill);
    }
  }
  for (const WaitingFiring& waiting : joins_.remove_all()) {
    auto where = jobs_.find(waiting.firing.first);
    if (where == jobs_.end()) continue;
    skip(where->second, waiting.firing.second, Reason::draining, "dsched was stopping");
    save_cursor(where->second);
  }
}

void Engine::configure(const std::vector<JobPtr>& jobs) {
  std::set<std::string, std::less<>> names;
  for (const JobPtr& job : jobs) names.insert(job->name);
  for (auto where = jobs_.begin(); where != jobs_.end();) {
    auto next = std::next(where);
    if (names.count(where->first) == 0) remove_job(where);
    where = next;
  }
  for (const JobPtr& job : jobs) {
    JobState& state = jobs_[job->name];
    const bool same_times = state.job != nullptr && times_of(*state.job) == times_of(*job);
    state.job = job;
    if (same_times) continue;
    state.cursor = now_.wall;
    state.jitter = jitter_offset(job->name, options_.host, job->timetable.rules().jitter);
    if (begun_) save_cursor(state);
  }
  link_jobs();
  for (auto& [name, state] : jobs_) plan(state);
}

// Fills in what the graph tells each job: who runs after it, and how deep it lies. Requires: the
// graph has no cycle.
void Engine::link_jobs() {
  std::map<std::string_view, int> waits_for;
  std::deque<JobState*> ready;
  for (auto& [name, state] : jobs_) {
    state.downstreams.clear();
    state.depth = 0;
  }
  for (auto& [name, state] : jobs_) {
    for (const std::string& upstream : state.job->after) {
      auto where = jobs_.find(upstream);
      if (where == jobs_.end()) continue;
      where->second.downstreams.push_back(name);
      ++waits_for[name];
    }
    if (waits_for[name] == 0) ready.push_back(&state);
  }
  while (!ready.empty()) {
    JobState& state = *ready.front();
    ready.pop_front();
    for (const std::string& name : state.downstreams) {
      JobState& downstream = jobs_.at(name);
      downstream.depth = std::max(downstream.depth, state.depth + 1);
      if (--waits_for[name] == 0) ready.push_back(&downstream);
    }
  }
}

void Engine::remove_job(Jobs::iterator where) {
  const std::string name = where->first;
  if (where->second.due_at) due_.erase({*where->second.due_at, name});
  jobs_.erase(where);
  last_settled_.erase(name);
  out_.record.emplace_back(ForgetJob{name});
  for (const WaitingFiring& waiting : joins_.remove_job(name))
    settling_.emplace_back(waiting.firing, std::nullopt);
  for (const std::string& id : runs_.ids_of(name)) {
    Run* run = runs_.find(id);
    if (run != nullptr && run->phase != Phase::running) cancel(*run);
  }
}

// Open runs, and the firings that wait for them.
void Engine::restore(const Begin& event) {
  for (const SettledFiring& settled : event.settled) {
    restored_[{settled.job, settled.firing_at}] = settled.result;
    auto& last = last_settled_[settled.job];
    if (settled.firing_at >= last.first) last = {settled.firing_at, settled.result};
  }
  Instant first_begun = Instant::max();
  for (const RunRecord& record : event.open_runs) {
    if (record.started_at) first_begun = std::min(first_begun, record.claimed_at);
  }
  for (const RunRecord& record : event.open_runs) {
    restore_run(record);
    runs_.find(record.run_id)->may_have_waited = first_begun <= record.claimed_at;
  }
  for (const RunRecord& record : event.open_runs) {
    auto where = jobs_.find(record.job);
    if (where != jobs_.end()) announce(where->second, record.firing_at);
  }
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
  run.fence = record.fence;
  run.phase = Phase::running;  // until HandsReady tells
  run.attempt = static_cast<int>(record.attempts.size()) + 1;
  run.started_at = record.running_since;
  run.confirmed = record.running_since.has_value();
  if (!record.attempts.empty()) run.last_outcome = record.attempts.back().outcome;
  runs_.add(std::move(run));
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
  std::vector<std::pair<Second, JobState*>> on_time;
  for (JobState* state : states) decide_due_of(*state, on_time);
  // Upstreams before what waits for them at the same instant.
  std::stable_sort(on_time.begin(), on_time.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, a.second->depth) < std::pair(b.first, b.second->depth);
  });
  for (const auto& [at, state] : on_time) deciding_.emplace(state->job->name, at);
  for (const auto& [at, state] : on_time) {
    deciding_.erase({state->job->name, at});
    decide_scheduled(*state, at, state->backlog_until >= now_.wall);
  }
  for (JobState* state : states) {
    save_cursor(*state);
    plan(*state);
  }
}

void Engine::decide_due_of(JobState& state, std::vector<std::pair<Second, JobState*>>& on_time) {
  const Due due = due_firings(state.job->timetable, state.cursor, now_.wall - state.jitter);
  if (due.missed) {
    decide_missed(state, due.missed->first, due.missed->last, due.missed->firings,
                  missed_reason(due.missed->last));
    state.cursor = due.missed->last;
  }
  for (Second at : due.on_time) on_time.emplace_back(at, &state);
  if (due.on_time.empty()) return;
  state.cursor = due.on_time.back();
  if (due.on_time.size() > 1) state.backlog_until = now_.wall + (now_.wall - due.on_time.front());
}

void Engine::decide_missed(JobState& state, Instant first, Instant last, std::uint64_t firings,
                           Reason reason) {
  // A gate that was waiting when the daemon died waits on: its last firing is not late but patient.
  if (!state.job->after.empty() && !state.job->timetable.empty()) {
    const auto waits = [&](const std::string& upstream) {
      return !gate_upstream(upstream, last).settled;
    };
    if (std::any_of(state.job->after.begin(), state.job->after.end(), waits)) {
      decide_scheduled(state, last, true);
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
  last_settled_[state.job->name] = {last, std::nullopt};
  for (FiringKey& firing : joins_.awaited(state.job->name, first, last)) {
    settling_.emplace_back(std::move(firing), std::nullopt);
  }
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

// A firing that still waits at its gate is not decided: the stored cursor stays before it.
void Engine::save_cursor(const JobState& state) {
  if (state.job->timetable.empty()) return;
  Instant until = state.cursor;
  if (auto waiting = joins_.earliest(state.job->name))
    until = std::min(until, *waiting - Duration{1});
  out_.record.emplace_back(MoveCursor{{state.job->name, until, times_of(*state.job)}});
}

void Engine::set_wake() {
  out_.idle = runs_.empty() && joins_.empty();
  if (auto resume = runs_.next_resume()) out_.wake_boot = *resume;
  if (draining_ || due_.empty() || !hands_ready_ || !history_writable_) return;
  out_.wake_wall = std::min(due_.begin()->first, now_.wall + kLongestSleep);
}

}  // namespace dsched
