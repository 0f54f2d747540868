#include "daemon/restore.h"

#include <charconv>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "base/text.h"
#include "daemon/foreground_id.h"

namespace dsched {

namespace {

constexpr const char* kBootId = "/proc/sys/kernel/random/boot_id";
constexpr const char* kSignOfLife = "/alive";

// Of jobs that run after others, and of those they run after: only they ask how others settled.
std::set<std::string> joined_jobs(const std::vector<JobPtr>& jobs) {
  std::set<std::string> names;
  for (const JobPtr& job : jobs) {
    if (job->after.empty()) continue;
    names.insert(job->name);
    names.insert(job->after.begin(), job->after.end());
  }
  return names;
}

// How the job's firing at the instant settled; nothing when it is open or there is none.
Result<void> add_settled(const std::string& job, Instant at, HistoryReader& history,
                         std::vector<SettledFiring>& settled) {
  DSCHED_TRY_ASSIGN(const auto decision, history.decision_at(job, at));
  if (!decision) return {};
  if (decision->kind != DecisionKind::started) {
    settled.push_back({job, at, std::nullopt, {}});
    return {};
  }
  RunQuery query;
  query.run_id_prefix = decision->run_id;
  DSCHED_TRY_ASSIGN(const auto runs, history.runs(query));
  if (!runs.empty() && runs.front().result)
    settled.push_back({job, at, runs.front().result, runs.front().outputs});
  return {};
}

}  // namespace

Result<Begin> read_begin(History& history, Files& files, std::vector<JobPtr> jobs, Instant now) {
  Begin begin;
  begin.jobs = std::move(jobs);
  DSCHED_TRY_ASSIGN(begin.cursors, history.cursors());
  DSCHED_TRY_ASSIGN(begin.settled, history.last_settled());
  DSCHED_TRY_ASSIGN(begin.waiting, history.waiting({}));
  DSCHED_TRY_ASSIGN(begin.pauses, history.pauses());
  DSCHED_TRY_ASSIGN(begin.pasts, history.pasts());
  RunQuery open;
  open.unfinished_only = true;
  DSCHED_TRY_ASSIGN(auto runs, history.runs(open));
  std::set<Instant> instants;
  std::vector<HistoryChange> closed;
  for (RunRecord& run : runs) {
    if (is_foreground(run.supervisor)) {
      if (!foreground_is_alive(run.supervisor, files))
        closed.emplace_back(RunEnded{run.run_id, RunResult::lost, 125, now});
      continue;
    }
    instants.insert(run.firing_at);
    begin.open_runs.push_back(std::move(run));
  }
  for (const WaitingRecord& waiting : begin.waiting) instants.insert(waiting.firing_at);
  if (!closed.empty()) {
    DSCHED_TRY(history.apply(closed));
  }
  for (const std::string& job : joined_jobs(begin.jobs)) {
    for (Instant at : instants) DSCHED_TRY(add_settled(job, at, history, begin.settled));
  }
  return begin;
}

Instant last_sign_of_life(const std::string& state_directory, Files& files) {
  const auto text = files.read(state_directory + kSignOfLife, 64);
  std::int64_t us = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), us);
  return from_unix_us(us);
}

void give_sign_of_life(const std::string& state_directory, Instant now, Files& files) {
  // When it cannot be written the cursors tell when somebody was there, less exactly.
  [[maybe_unused]] const auto written =
      files.write_hint(state_directory + kSignOfLife, std::to_string(to_unix_us(now)) + "\n");
}

bool booted_before(const std::string& run_directory, Files& files) {
  const auto boot = files.read(kBootId, 128);
  const auto mark = files.read(run_directory + "/boot_id", 128);
  return boot && mark && *boot == *mark;
}

Result<void> write_boot_mark(const std::string& run_directory, Files& files) {
  DSCHED_TRY_ASSIGN(const std::string boot, files.read(kBootId, 128));
  return files.write_whole(run_directory + "/boot_id", boot, 0644, false);
}

}  // namespace dsched
