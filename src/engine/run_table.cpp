#include "engine/run_table.h"

#include <algorithm>

#include "base/check.h"

namespace dsched {

Run& RunTable::add(Run run) {
  const std::string id = run.id;
  const Phase phase = run.phase;
  run.phase = Phase::claiming;
  auto [where, added] = runs_.emplace(id, std::move(run));
  DSCHED_CHECK(added);
  by_job_[where->second.job->name].insert(id);
  set_phase(where->second, phase);
  return where->second;
}

Run* RunTable::find(const std::string& id) {
  auto where = runs_.find(id);
  return where == runs_.end() ? nullptr : &where->second;
}

void RunTable::leave_phase(const Run& run) {
  switch (run.phase) {
    case Phase::running:
      --running_;
      break;
    case Phase::pausing:
      pausing_.erase({run.resume_at, run.id});
      break;
    case Phase::claiming:
    case Phase::queued:
      break;
  }
}

void RunTable::set_phase(Run& run, Phase phase) {
  leave_phase(run);
  run.phase = phase;
  if (phase == Phase::running) ++running_;
  if (phase == Phase::pausing) pausing_.emplace(run.resume_at, run.id);
}

void RunTable::remove(const std::string& id) {
  auto where = runs_.find(id);
  DSCHED_CHECK(where != runs_.end());
  leave_phase(where->second);
  auto same_job = by_job_.find(where->second.job->name);
  same_job->second.erase(id);
  if (same_job->second.empty()) by_job_.erase(same_job);
  runs_.erase(where);
}

std::vector<std::string> RunTable::ids() const {
  std::vector<std::string> ids;
  ids.reserve(runs_.size());
  for (const auto& [id, run] : runs_) ids.push_back(id);
  return ids;
}

std::vector<std::string> RunTable::ids_of(const std::string& job) const {
  auto same_job = by_job_.find(job);
  if (same_job == by_job_.end()) return {};
  return {same_job->second.begin(), same_job->second.end()};
}

std::vector<Run*> RunTable::runs_of(const std::string& job) {
  std::vector<Run*> runs;
  auto same_job = by_job_.find(job);
  if (same_job == by_job_.end()) return runs;
  for (const std::string& id : same_job->second) runs.push_back(&runs_.at(id));
  return runs;
}

std::optional<Instant> RunTable::latest_firing(const std::string& job, Instant not_after) const {
  std::optional<Instant> latest;
  auto same_job = by_job_.find(job);
  if (same_job == by_job_.end()) return latest;
  for (const std::string& id : same_job->second) {
    const Instant at = runs_.at(id).firing_at;
    if (at <= not_after && (!latest || at > *latest)) latest = at;
  }
  return latest;
}

Run* RunTable::next_resumable(BootInstant now) {
  if (pausing_.empty() || pausing_.begin()->first > now) return nullptr;
  return &runs_.at(pausing_.begin()->second);
}

std::optional<BootInstant> RunTable::next_resume() const {
  if (pausing_.empty()) return std::nullopt;
  return pausing_.begin()->first;
}

}  // namespace dsched
