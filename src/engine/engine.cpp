#include "engine/engine.h"

#include <algorithm>
#include <cerrno>

#include "engine/due.h"

namespace dsched {

namespace {

using std::chrono::seconds;

// No wake-up is further away, so that a timer that went wrong costs a minute, not a day.
constexpr Duration kLongestSleep = seconds{60};

}  // namespace

Engine::Engine(EngineOptions options)
    : options_(std::move(options)), random_state_(options_.seed), capacity_(Limits{}) {}

Step Engine::step(const Event& event, Moment now) {
  out_ = Step{};
  now_ = now;
  if (!begun_) last_ = now;
  watch_clock();
  std::visit([this](const auto& concrete) { on(concrete); }, event);
  evaluate_due();
  look_at_agenda();
  do {
    settle_all();
    serve_queue();
    record_waiting();
  } while (!settling_.empty());
  set_wake();
  last_ = now_;
  return std::move(out_);
}

void Engine::on(const Begin& event) {
  began_at_ = now_.wall;
  capacity_.set_limits(event.limits);
  configure(event.jobs);
  begun_ = true;
  for (const JobPast& past : event.pasts) {
    if (auto where = jobs_.find(past.job); where != jobs_.end()) where->second.past = past;
  }
  for (const Pause& pause : event.pauses) {
    pauses_[pause.job] = pause;
    if (pause.until) agenda_.add(*pause.until, Matter::pause_end, {pause.job, *pause.until});
  }
  restore_cursors(event);
  restore_settled(event);
  restore_runs(event);
  restore_waiting(event);
  restore_joins(event);
  announce_restored(event);
  for (auto& [name, state] : jobs_) {
    save_cursor(state);
    expect_success(state);
    const auto last = state.job->timetable.previous(floor_second(state.cursor));
    if (last && state.past.first_seen_at && *last >= *state.past.first_seen_at)
      expect_finish(state, *last);
    if (event.first_since_boot && state.job->enabled && state.job->timetable.on_boot()) {
      begin_firing(state, floor_second(now_.wall), {.trigger = Trigger::boot});
    }
  }
}

// What is due by now goes by the old files.
void Engine::on(const Configure& event) {
  evaluate_due();
  settle_all();
  serve_queue();
  capacity_.set_limits(event.limits);
  configure(event.jobs);
}

void Engine::on(const TimeReached&) {
  while (Run* run = runs_.next_resumable(now_.boot)) queue_attempt(*run);
}

void Engine::on(const ClaimAnswered& event) {
  Run* run = runs_.find(event.run_id);
  if (run == nullptr || run->phase != Phase::claiming) return;
  const bool too_late = now_.boot - run->asked_at > kOnTime || too_late_to_start(*run);
  run->fence = event.fence;
  if (!event.accepted) {
    // Somebody decided this firing before: an earlier life of this daemon, before its clock was set
    // back.
    settle(run->firing(), std::nullopt);
    drop(*run);
  } else if (run->stopping || draining_) {
    queue_attempt(*run);
    cancel(*run);
  } else if (too_late) {
    finish_not_started(
        *run, StartFailure{StartStep::output, ENOSPC, "the history could not be written in time"});
  } else if (hands_ready_) {
    start_attempt(*run);
  } else {
    queue_attempt(*run);
  }
}

void Engine::on(const AttemptBegan& event) {
  Run* run = runs_.find(event.key.run_id);
  if (run == nullptr || run->attempt != event.key.attempt) return;
  run->confirmed = true;
  run->started_at = event.started_at;
  out_.record.emplace_back(AttemptStarted{event.key, event.started_at});
  expect_end_of(*run);
}

void Engine::on(const AttemptOver& event) {
  Run* run = runs_.find(event.key.run_id);
  if (run == nullptr || run->attempt != event.key.attempt || run->phase != Phase::running) return;
  attempt_over(*run, event.outcome, event.outputs);
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
      resume_unknown(*run, event.same_boot);
    } else {
      resume_known(*run, *known->second);
    }
  }
  alive_until_ = Instant::max();
}

// What conditions answer is lost with the supervisor; they are asked again.
void Engine::on(const HandsLost&) {
  hands_ready_ = false;
  for (const FiringKey& firing : queue_.firings()) {
    Ticket& ticket = *queue_.find(firing);
    if (std::exchange(ticket.checking, false)) capacity_.release(ticket.demand);
  }
}

void Engine::on(const CheckAnswered& event) {
  Ticket* ticket = queue_.find(event.firing);
  if (ticket == nullptr || !ticket->checking) return;
  ticket->checking = false;
  capacity_.release(ticket->demand);
  if (event.holds) {
    ticket->checked = true;
  } else {
    skip_waiting(event.firing, Reason::condition, event.detail);
  }
}

void Engine::on(const LoadMeasured& event) {
  load_ = event.load;
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
  keep_waiting_ = event.keep_waiting;
  for (const std::string& id : runs_.ids()) {
    Run* run = runs_.find(id);
    if (run == nullptr) continue;
    if (run->phase != Phase::running) {
      cancel(*run);
    } else if (event.stop_running || event.kill) {
      stop_run(*run, event.kill);
    }
  }
  if (keep_waiting_) return;
  for (const WaitingFiring& waiting : joins_.remove_all()) {
    auto where = jobs_.find(waiting.firing.first);
    if (where == jobs_.end()) continue;
    skip(where->second, waiting.firing.second, Reason::draining, "dsched was stopping");
    save_cursor(where->second);
  }
  for (const FiringKey& firing : queue_.firings())
    skip_waiting(firing, Reason::draining, "dsched was stopping");
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
    const bool known = state.job != nullptr;
    state.job = job;
    if (known && !same_times) withdraw(state);
    queue_again(state);
    if (same_times) continue;
    state.cursor = job->submitted_at ? *job->submitted_at - seconds{1} : now_.wall;
    state.jitter = jitter_offset(job->name, options_.host, job->timetable.rules().jitter);
    if (begun_) save_cursor(state);
  }
  link_jobs();
  if (begun_) {
    for (auto& [name, state] : jobs_) expect_success(state);
  }
  for (auto& [name, state] : jobs_) plan(state);
}

// Firings of a schedule that does not count any more.
void Engine::withdraw(JobState& state) {
  const Reason reason = state.job->enabled ? Reason::cancelled : Reason::disabled;
  const std::string detail = state.job->enabled ? "the schedule was changed while it waited"
                                                : "the job was disabled while it waited";
  for (const FiringKey& firing : queue_.firings_of(state.job->name)) {
    const Ticket& ticket = *queue_.find(firing);
    if (ticket.run_id.empty() && on_schedule(ticket.trigger)) skip_waiting(firing, reason, detail);
  }
  for (const WaitingFiring& waiting : joins_.remove_job(state.job->name)) {
    close(waiting.firing);
    skip(state, waiting.firing.second, reason, detail);
  }
}

// What a job needs may have changed while a firing of it waited.
void Engine::queue_again(JobState& state) {
  for (const FiringKey& firing : queue_.firings_of(state.job->name)) {
    Ticket* ticket = queue_.find(firing);
    if (!ticket->run_id.empty() || ticket->checking || ticket->demand == whole_demand(*state.job))
      continue;
    Ticket moved = queue_.take(firing);
    const bool recorded = std::exchange(moved.recorded, false);
    moved.demand = whole_demand(*state.job);
    moved.pool = state.job->needs.pool;
    moved.place = place_of(state, moved.waiting_since);
    queue_.add(std::move(moved));
    if (recorded) queue_.mark_recorded(*queue_.find(firing));
  }
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
  for (const FiringKey& firing : queue_.firings_of(name)) {
    if (queue_.find(firing)->run_id.empty())
      skip_waiting(firing, Reason::cancelled, "the job was removed while it waited");
  }
  for (const WaitingFiring& waiting : joins_.remove_job(name)) {
    skip(where->second, waiting.firing.second, Reason::cancelled,
         "the job was removed while it waited for its upstreams");
  }
  jobs_.erase(where);
  settled_.erase(name);
  out_.record.emplace_back(ForgetJob{name});
  for (const std::string& id : runs_.ids_of(name)) {
    Run* run = runs_.find(id);
    if (run != nullptr && run->phase != Phase::running) cancel(*run);
  }
}

void Engine::set_wake() {
  out_.idle = runs_.empty() && (keep_waiting_ || (joins_.empty() && queue_.empty()));
  if (auto resume = runs_.next_resume()) out_.wake_boot = *resume;
  if (draining_) return;
  Instant next = agenda_.next();
  if (!due_.empty() && hands_ready_ && history_writable_)
    next = std::min(next, due_.begin()->first);
  if (next != Instant::max()) out_.wake_wall = std::min(next, now_.wall + kLongestSleep);
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
