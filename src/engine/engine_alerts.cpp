// Pauses, expectations, and what people should hear of.

#include <algorithm>

#include "base/duration_text.h"
#include "base/run_id.h"
#include "engine/engine.h"
#include "model/durations.h"

namespace dsched {

namespace {

using std::chrono::days;
using std::chrono::seconds;

bool went_badly(RunResult result) {
  return result != RunResult::ok && result != RunResult::cancelled;
}

// The first time of day after the instant, in the job's zone.
Instant next_time_of_day(const Zone& zone, std::chrono::minutes time_of_day, Instant after) {
  const auto offset_at = [&](Second at) { return zone.at(at).utc_offset; };
  const Second local = floor_second(after) + offset_at(floor_second(after));
  Second wanted = std::chrono::floor<days>(local) + time_of_day;
  if (wanted <= local) wanted += days{1};
  const Second guess = wanted - offset_at(floor_second(after));
  return wanted - offset_at(guess);
}

bool wants(const NotifyPolicy& notify, AlertKind kind) {
  return std::find(notify.on.begin(), notify.on.end(), kind) != notify.on.end();
}

std::vector<std::string> channels_for(const NotifyPolicy& notify, AlertKind kind) {
  std::vector<std::string> channels;
  if (!wants(notify, kind)) return channels;
  for (const std::string& address : notify.email) channels.push_back("mailto:" + address);
  for (std::size_t i = 0; i < notify.webhooks.size(); ++i)
    channels.push_back("webhook:" + std::to_string(i));
  if (!notify.command.empty()) channels.emplace_back("command");
  return channels;
}

std::optional<Duration> allowed_runtime(const Job& job, const JobPast& past) {
  return job.expect.learned_runtime ? unusual_duration(past.durations) : job.expect.max_runtime;
}

}  // namespace

const Pause* Engine::pause_of(const std::string& job) const {
  auto own = pauses_.find(job);
  if (own != pauses_.end()) return &own->second;
  auto all = pauses_.find(std::string_view());
  return all == pauses_.end() ? nullptr : &all->second;
}

// What waits for its turn is skipped; what has begun goes on.
void Engine::set_pause(Pause pause) {
  auto known = pauses_.find(pause.job);
  const bool held = known != pauses_.end() && known->second.kind == Pause::Kind::hold;
  if (held && pause.kind != Pause::Kind::hold) return;
  if (pause.until) agenda_.add(*pause.until, Matter::pause_end, {pause.job, *pause.until});
  pauses_[pause.job] = pause;
  out_.record.emplace_back(SetPause{pause});
  for (const FiringKey& firing : queue_.firings()) {
    const bool concerned = pause.job.empty() || pause.job == firing.first;
    if (concerned && queue_.find(firing)->run_id.empty())
      skip_waiting(firing, Reason::paused, "the job was paused while it waited");
  }
}

void Engine::end_pause(const std::string& job) {
  if (pauses_.erase(job) == 0) return;
  out_.record.emplace_back(EndPause{job});
  for (auto& [name, state] : jobs_) {
    if (!job.empty() && name != job) continue;
    if (!job.empty()) state.past.consecutive_failures = state.past.consecutive_lost = 0;
    expect_success(state);
  }
}

void Engine::note_result(JobState& state, const Run& run, RunResult result, int exit_status,
                         Instant ended_at) {
  JobPast& past = state.past;
  const NotifyPolicy& notify = state.job->notify;
  if (wants(notify, AlertKind::output) && run.last_outcome && run.last_outcome->output_bytes > 0)
    raise(state, AlertKind::output, run.firing_at, run.id, "output", true);
  if (result == RunResult::ok) {
    if (std::exchange(past.consecutive_failures, 0) >= notify.after)
      raise(state, AlertKind::recovery, run.firing_at, run.id, "ended ok again", true);
    past.consecutive_lost = 0;
    past.last_success_at = ended_at;
    if (run.last_outcome) remember(past.durations, run.last_outcome->duration);
    expect_success(state);
  } else if (went_badly(result)) {
    past.consecutive_failures += 1;
    past.consecutive_lost = result == RunResult::lost ? past.consecutive_lost + 1 : 0;
    if (past.consecutive_failures >= notify.after) {
      std::string subject(to_text(result));
      if (result == RunResult::failed) subject += " with exit " + std::to_string(exit_status);
      if (past.consecutive_failures > 1)
        subject += ", " + std::to_string(past.consecutive_failures) + " times in a row";
      raise(state, AlertKind::failure, run.firing_at, run.id, std::move(subject),
            past.consecutive_failures == notify.after);
    }
    pause_broken(state, run, result);
  }
}

void Engine::pause_broken(JobState& state, const Run& run, RunResult result) {
  const Job& job = *state.job;
  const auto reached = [](int limit, int count) { return limit > 0 && count >= limit; };
  Pause pause;
  pause.job = job.name;
  pause.since = now_.wall;
  pause.who = "dsched";
  if (result == RunResult::lost && job.on_lost == OnLost::hold) {
    pause.kind = Pause::Kind::hold;
    pause.reason = "run " + short_run_id(run.id) + " was lost, and on_lost is \"hold\"";
  } else if (reached(job.pause_after_failures, state.past.consecutive_failures)) {
    pause.kind = Pause::Kind::failures;
    pause.reason = std::to_string(state.past.consecutive_failures) + " failures in a row";
  } else if (reached(job.pause_after_lost, state.past.consecutive_lost)) {
    pause.kind = Pause::Kind::lost;
    pause.reason = std::to_string(state.past.consecutive_lost) + " runs in a row were lost";
  } else {
    return;
  }
  raise(state, AlertKind::paused, run.firing_at, run.id, "paused: " + pause.reason, true);
  set_pause(std::move(pause));
}

// Of the firings before one deadline the newest counts, and it counts once.
void Engine::expect_finish(const JobState& state, Instant at) {
  const Job& job = *state.job;
  if (!job.expect.finish_by || !job.enabled) return;
  const Settled* last = latest_settled(job.name, at);
  if (last != nullptr && last->firing_at == at && last->settlement == RunResult::ok) return;
  const Instant deadline = next_time_of_day(job.timetable.zone(), *job.expect.finish_by, at);
  auto& promise = promises_[{job.name, deadline}];
  if (promise == Instant{}) agenda_.add(deadline, Matter::finish_by, {job.name, deadline});
  promise = std::max(promise, at);
}

// One entry of the agenda a job: when it comes up it is seen what has happened meanwhile.
void Engine::expect_success(JobState& state) {
  const auto& within = state.job->expect.within;
  if (!within || !state.job->enabled || std::exchange(state.overdue_planned, true)) return;
  if (!state.past.first_seen_at) state.past.first_seen_at = now_.wall;
  agenda_.add(unsuccessful_since(state) + *within, Matter::overdue, {state.job->name, Instant{}});
}

Instant Engine::unsuccessful_since(const JobState& state) {
  return std::max(state.past.last_success_at.value_or(Instant{}),
                  state.past.first_seen_at.value_or(Instant{}));
}

void Engine::expect_end_of(const Run& run) {
  auto where = jobs_.find(run.job->name);
  if (where == jobs_.end() || !run.started_at) return;
  if (const auto allowed = allowed_runtime(*run.job, where->second.past))
    agenda_.add(*run.started_at + *allowed, Matter::slow_run, {run.id, *run.started_at});
}

void Engine::look_late(const FiringKey& deadline) {
  const auto promise = promises_.extract(deadline);
  auto where = jobs_.find(deadline.first);
  if (promise.empty() || where == jobs_.end() || pause_of(deadline.first) != nullptr) return;
  const Instant at = promise.mapped();
  const Settled* last = latest_settled(deadline.first, at);
  if (last != nullptr && last->firing_at == at && last->settlement == RunResult::ok) return;
  raise(where->second, AlertKind::late, at, "",
        "had not succeeded by the time that expect.finish_by says", true);
}

void Engine::look_slow(const std::string& run_id) {
  const Run* run = runs_.find(run_id);
  if (run == nullptr || run->phase != Phase::running || !run->started_at) return;
  auto where = jobs_.find(run->job->name);
  if (where == jobs_.end()) return;
  const auto allowed = allowed_runtime(*run->job, where->second.past);
  if (!allowed || now_.wall < *run->started_at + *allowed) return;
  raise(where->second, AlertKind::slow, run->firing_at, run->id,
        "has been running for " + human_duration(now_.wall - *run->started_at), true);
}

void Engine::look_overdue(const std::string& job) {
  auto where = jobs_.find(job);
  if (where == jobs_.end()) return;
  JobState& state = where->second;
  state.overdue_planned = false;
  const auto& within = state.job->expect.within;
  if (!within || !state.job->enabled || pause_of(job) != nullptr) return;
  const Duration since = now_.wall - unsuccessful_since(state);
  if (since < *within) return expect_success(state);
  // About the last success; about the epoch when there never was one.
  raise(state, AlertKind::overdue, state.past.last_success_at.value_or(Instant{}), "",
        "has not succeeded for " + human_duration(since), true);
}

// With `news` it is told in any case, else when the last message of its kind is long enough ago.
void Engine::raise(JobState& state, AlertKind kind, Instant about, const std::string& run_id,
                   std::string subject, bool news) {
  const NotifyPolicy& notify = state.job->notify;
  auto& last_alerts = state.past.last_alerts;
  auto last = std::find_if(last_alerts.begin(), last_alerts.end(),
                           [&](const auto& alert) { return alert.first == kind; });
  if (last == last_alerts.end()) {
    last = last_alerts.insert(last, {kind, now_.wall});
  } else {
    const Duration since = now_.wall - last->second;
    if (!news && since >= Duration{0} && since < notify.repeat) return;
    last->second = now_.wall;
  }
  Alert alert{state.job->name,           kind, about, now_.wall, run_id, std::move(subject), "",
              channels_for(notify, kind)};
  out_.record.emplace_back(RaiseAlert{std::move(alert)});
}

}  // namespace dsched
