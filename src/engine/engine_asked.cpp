// What people and files ask for: runs now, runs made up, stops, pauses.

#include <set>

#include "engine/engine.h"

namespace dsched {

namespace {

using std::chrono::hours;

// Joins made by hand are not looked for again that long.
constexpr Duration kManualMemory = hours{24 * 7};

}  // namespace

void Engine::on(const RunNow& event) {
  const Instant at = unused_instant(event.jobs);
  manual_.erase(manual_.begin(), manual_.lower_bound(at - kManualMemory));
  manual_.insert(at);
  const std::set<std::string, std::less<>> members(event.jobs.begin(), event.jobs.end());
  std::vector<JobState*> roots;
  for (const std::string& name : members) {
    JobState& state = jobs_.at(name);
    WaitingFiring waiting{{name, at}, Trigger::manual, {}, event.force, event.params};
    for (const std::string& upstream : state.job->after) {
      if (members.count(upstream) != 0)
        waiting.upstreams.push_back({{upstream, at}, false, std::nullopt});
    }
    if (waiting.upstreams.empty()) {
      roots.push_back(&state);
    } else {
      record_join(waiting);
      joins_.add(std::move(waiting));
    }
  }
  const Cause cause{.trigger = Trigger::manual, .force = event.force, .params = event.params};
  for (JobState* root : roots) begin_firing(*root, at, cause);
}

// Nobody could tell from the files that this firing waits for others of its request.
void Engine::record_join(const WaitingFiring& waiting) {
  WaitingRecord record{waiting.firing.first,
                       waiting.firing.second,
                       waiting.trigger,
                       now_.wall,
                       Reason::condition,
                       "",
                       waiting.params,
                       waiting.force,
                       {}};
  for (const Upstream& upstream : waiting.upstreams) {
    record.detail += (record.detail.empty() ? "after " : ", ") + upstream.firing.first;
    record.upstreams.push_back(upstream.firing.first);
  }
  out_.record.emplace_back(BeginWaiting{std::move(record)});
}

void Engine::on(const MakeUp& event) {
  evaluate_due();
  JobState& state = jobs_.at(event.job);
  const Cause cause{
      .trigger = Trigger::backfill, .late = true, .make_up = true, .params = event.params};
  for (const Instant at : event.firings) {
    if (!is_open({event.job, at})) begin_firing(state, at, cause);
  }
}

void Engine::on(const FilesChanged& event) {
  auto where = jobs_.find(event.job);
  if (where == jobs_.end() || !where->second.job->enabled) return;
  std::string files;
  for (const std::string& file : event.files) files += (files.empty() ? "" : "\n") + file;
  begin_firing(where->second, unused_instant({event.job}),
               {.trigger = Trigger::watch, .params = {{kWatchFiles, std::move(files)}}});
}

void Engine::on(const StopRun& event) {
  Run* run = runs_.find(event.run_id);
  if (run == nullptr) return;
  if (run->phase == Phase::running) {
    stop_run(*run, event.kill);
  } else {
    cancel(*run);
  }
}

void Engine::on(const CancelWaiting& event) {
  auto where = jobs_.find(event.job);
  if (where == jobs_.end()) return;
  for (const FiringKey& firing : queue_.firings_of(event.job)) {
    if (queue_.find(firing)->run_id.empty())
      skip_waiting(firing, Reason::cancelled, "it was taken back while it waited");
  }
  for (const WaitingFiring& waiting : joins_.remove_job(event.job)) {
    close(waiting.firing);
    skip(where->second, waiting.firing.second, Reason::cancelled,
         "it was taken back while it waited for its upstreams");
  }
  save_cursor(where->second);
}

void Engine::on(const PauseJob& event) {
  set_pause(event.pause);
}

void Engine::on(const ResumeJob& event) {
  auto where = pauses_.find(event.job);
  if (where == pauses_.end()) return;
  if (where->second.kind != Pause::Kind::hold || event.hold) end_pause(event.job);
}

}  // namespace dsched
