#include "simulate/mem_history.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>

namespace dsched {

namespace {

constexpr MemHistory::Answer kRefused{.accepted = false, .fence = 0};
constexpr std::size_t kDurationsKept = 20;

bool came_by_schedule(const WaitingRecord& waiting) {
  return waiting.trigger == Trigger::schedule || waiting.trigger == Trigger::catch_up;
}

bool is_its_own(const WaitingRecord& waiting) {
  return waiting.trigger == Trigger::manual || waiting.trigger == Trigger::backfill;
}

void count_ended_run(const RunRecord& run, RunResult result, Instant ended_at, JobPast& past) {
  if (result == RunResult::cancelled) return;
  past.consecutive_failures = result == RunResult::ok ? 0 : past.consecutive_failures + 1;
  past.consecutive_lost = result == RunResult::lost ? past.consecutive_lost + 1 : 0;
  if (result != RunResult::ok) return;
  past.last_success_at = ended_at;
  if (run.attempts.empty()) return;
  Duration took{0};
  for (const Attempt& attempt : run.attempts) took += attempt.outcome.duration;
  if (past.durations.size() == kDurationsKept) past.durations.erase(past.durations.begin());
  past.durations.push_back(took);
}

}  // namespace

MemHistory::Answer MemHistory::apply(const HistoryChange& change) {
  return std::visit([this](const auto& concrete) { return write(concrete); }, change);
}

const RunRecord* MemHistory::open_run(const std::string& run_id) const {
  const auto where = open_runs_.find(run_id);
  return where == open_runs_.end() ? nullptr : &where->second;
}

MemHistory::Guard MemHistory::guard_of(Trigger trigger, bool make_up) {
  if (make_up) return Guard::runs;
  return trigger == Trigger::manual ? Guard::own : Guard::any;
}

// The first row at or behind that instant.
std::vector<MemHistory::Row>::iterator MemHistory::row_at(JobRows& job, Instant firing) {
  if (job.decisions.empty() || job.decisions.back().first < firing) return job.decisions.end();
  return std::lower_bound(job.decisions.begin(), job.decisions.end(), firing,
                          [](const Row& row, Instant at) { return row.first < at; });
}

bool MemHistory::is_decided(JobRows& job, Instant firing, Guard guard) {
  const auto row = row_at(job, firing);
  if (row != job.decisions.end() && row->first == firing &&
      (guard != Guard::runs || row->kind == DecisionKind::started)) {
    return true;
  }
  return guard == Guard::any && job.ranges > 0 &&
         std::any_of(job.decisions.begin(), job.decisions.end(), [&](const Row& range) {
           return range.firings > 1 && range.first <= firing && firing <= range.last;
         });
}

// Where a range may begin: behind what is decided already. None when nothing is left of it.
std::optional<Instant> MemHistory::begin_of_range(JobRows& job, Instant first, Instant last) {
  while (first <= last && is_decided(job, first, Guard::any)) {
    Instant covered = first;
    for (const Row& range : job.decisions) {
      if (range.firings > 1 && range.first <= first && first <= range.last)
        covered = std::max(covered, range.last);
    }
    first = covered + Duration{1};
  }
  return first <= last ? std::optional(first) : std::nullopt;
}

// Takes the skip or miss of the firing away. A range that begins there begins a moment later.
void MemHistory::make_way(JobRows& job, Instant firing) {
  const auto where = row_at(job, firing);
  if (where == job.decisions.end() || where->first != firing) return;
  Row moved = std::move(*where);
  job.decisions.erase(where);
  if (moved.firings == 1) return;
  do {
    moved.first += Duration{1};
  } while (is_decided(job, moved.first, Guard::own));
  moved.last = std::max(moved.last, moved.first);
  job.decisions.insert(row_at(job, moved.first), std::move(moved));
}

void MemHistory::add_row(JobRows& job, const Decision& decision) {
  if (!job.past.first_seen_at || decision.decided_at < *job.past.first_seen_at)
    job.past.first_seen_at = decision.decided_at;
  Row row{decision.firing_at, std::max(decision.firing_at, decision.last_firing_at),
          decision.firings,   decision.kind,
          std::nullopt,       {}};
  if (row.firings > 1) ++job.ranges;
  job.decisions.insert(row_at(job, row.first), std::move(row));
  if (kept_decisions_ == 0 || job.decisions.size() < 2 * kept_decisions_) return;
  job.decisions.erase(job.decisions.begin(),
                      job.decisions.end() - static_cast<std::ptrdiff_t>(kept_decisions_));
  job.ranges =
      static_cast<std::size_t>(std::count_if(job.decisions.begin(), job.decisions.end(),
                                             [](const Row& kept) { return kept.firings > 1; }));
}

MemHistory::Answer MemHistory::write(const ClaimRun& change) {
  JobRows& job = jobs_[change.run.job];
  job.waiting.erase(change.run.firing_at);
  if (is_decided(job, change.run.firing_at, guard_of(change.run.trigger, change.make_up)))
    return kRefused;
  if (change.make_up) make_way(job, change.run.firing_at);
  RunRecord& run = open_runs_[change.run.run_id];
  run = change.run;
  run.fence = ++job.fence;
  add_row(job, change.decision);
  return {.accepted = true, .fence = job.fence};
}

MemHistory::Answer MemHistory::write(const AddDecision& change) {
  Decision decision = change.decision;
  JobRows& job = jobs_[decision.job];
  job.waiting.erase(decision.firing_at);
  const Instant last = decision.firings > 1 ? decision.last_firing_at : decision.firing_at;
  const auto begin = begin_of_range(job, decision.firing_at, last);
  if (!begin) return kRefused;
  decision.firing_at = *begin;
  add_row(job, decision);
  if (decision.firings > 1) {
    std::erase_if(job.waiting, [&](const auto& waiting) {
      return waiting.first >= decision.firing_at && waiting.first <= decision.last_firing_at &&
             !is_its_own(waiting.second);
    });
  }
  return {};
}

MemHistory::Answer MemHistory::write(const AttemptStarted& change) {
  const auto run = open_runs_.find(change.key.run_id);
  if (run == open_runs_.end()) return kRefused;
  if (!run->second.started_at) run->second.started_at = change.started_at;
  if (static_cast<int>(run->second.attempts.size()) < change.key.attempt)
    run->second.running_since = change.started_at;
  return {};
}

MemHistory::Answer MemHistory::write(const AttemptEnded& change) {
  const auto where = open_runs_.find(change.key.run_id);
  if (where == open_runs_.end()) return kRefused;
  RunRecord& run = where->second;
  run.running_since.reset();
  if (static_cast<int>(run.attempts.size()) >= change.key.attempt) return {};
  run.attempts.push_back({change.key.attempt, change.outcome});
  if (change.outcome.failure.step == StartStep::none && !run.started_at)
    run.started_at = change.outcome.started_at;
  return {};
}

MemHistory::Answer MemHistory::write(const RunEnded& change) {
  const auto where = open_runs_.find(change.run_id);
  if (where == open_runs_.end()) return kRefused;
  const RunRecord run = std::move(where->second);
  open_runs_.erase(where);
  JobRows& job = jobs_[run.job];
  if (auto row = row_at(job, run.firing_at);
      row != job.decisions.end() && row->first == run.firing_at) {
    row->result = change.result;
    row->outputs = change.outputs;
  }
  count_ended_run(run, change.result, change.ended_at, job.past);
  return {};
}

MemHistory::Answer MemHistory::write(const MoveCursor& change) {
  std::optional<JobCursor>& cursor = jobs_[change.cursor.job].cursor;
  if (cursor && cursor->schedule_hash == change.cursor.schedule_hash &&
      cursor->decided_until > change.cursor.decided_until) {
    return kRefused;
  }
  cursor = change.cursor;
  return {};
}

MemHistory::Answer MemHistory::write(const ForgetJob& change) {
  const auto job = jobs_.find(change.job);
  if (job == jobs_.end()) return {};
  job->second.cursor.reset();
  job->second.waiting.clear();
  return {};
}

MemHistory::Answer MemHistory::write(const RebaseJob& change) {
  JobRows& job = jobs_[change.cursor.job];
  const Instant now = change.cursor.decided_until;
  job.cursor = change.cursor;
  std::erase_if(job.decisions, [&](const Row& row) {
    return row.first > now && row.kind != DecisionKind::started;
  });
  for (Row& row : job.decisions) {
    if (row.firings > 1) row.last = std::min(row.last, std::max(now, row.first));
  }
  std::erase_if(job.waiting, [&](const auto& waiting) {
    return waiting.first > now && came_by_schedule(waiting.second);
  });
  return {};
}

MemHistory::Answer MemHistory::write(const BeginWaiting& change) {
  const WaitingRecord& waiting = change.waiting;
  JobRows& job = jobs_[waiting.job];
  const bool make_up = waiting.trigger == Trigger::backfill;
  if (is_decided(job, waiting.firing_at, guard_of(waiting.trigger, make_up))) return kRefused;
  job.waiting[waiting.firing_at] = waiting;
  return {};
}

MemHistory::Answer MemHistory::write(const SetPause& change) {
  pauses_[change.pause.job] = change.pause;
  return {};
}

MemHistory::Answer MemHistory::write(const EndPause& change) {
  pauses_.erase(change.job);
  if (const auto job = jobs_.find(change.job); job != jobs_.end())
    job->second.past.consecutive_failures = job->second.past.consecutive_lost = 0;
  return {};
}

MemHistory::Answer MemHistory::write(const RaiseAlert& change) {
  std::vector<std::pair<AlertKind, Instant>>& newest = jobs_[change.alert.job].past.last_alerts;
  auto same = std::find_if(newest.begin(), newest.end(),
                           [&](const auto& alert) { return alert.first == change.alert.kind; });
  if (same == newest.end()) {
    newest.emplace_back(change.alert.kind, change.alert.raised_at);
  } else {
    same->second = std::max(same->second, change.alert.raised_at);
  }
  return {};
}

MemHistory::Answer MemHistory::write(const DeliveryTried&) {
  return {};
}

// Those at the instants, and the newest one.
void MemHistory::add_settled(const std::string& name, const JobRows& job,
                             const std::vector<Instant>& instants, Begin& begin) const {
  const auto newest = std::find_if(job.decisions.rbegin(), job.decisions.rend(),
                                   [](const Row& row) { return row.settled(); });
  for (const Row& row : job.decisions) {
    const bool asked_for = std::binary_search(instants.begin(), instants.end(), row.first);
    if (row.settled() && (asked_for || &row == &*newest))
      begin.settled.push_back({name, row.first, row.result, row.outputs});
  }
}

Begin MemHistory::begin() const {
  Begin begin;
  std::vector<Instant> instants;
  for (const auto& [id, run] : open_runs_) {
    begin.open_runs.push_back(run);
    instants.push_back(run.firing_at);
  }
  std::sort(begin.open_runs.begin(), begin.open_runs.end(),
            [](const RunRecord& a, const RunRecord& b) { return a.run_id < b.run_id; });
  for (const auto& [name, job] : jobs_) {
    for (const auto& [at, waiting] : job.waiting) {
      begin.waiting.push_back(waiting);
      instants.push_back(at);
    }
  }
  std::sort(instants.begin(), instants.end());
  for (const auto& [name, job] : jobs_) {
    if (job.cursor) begin.cursors.push_back(*job.cursor);
    add_settled(name, job, instants, begin);
    begin.pasts.push_back(job.past);
    begin.pasts.back().job = name;
  }
  const auto by_job = [](const auto& a, const auto& b) { return a.job < b.job; };
  std::sort(begin.cursors.begin(), begin.cursors.end(), by_job);
  std::sort(begin.pasts.begin(), begin.pasts.end(), by_job);
  const auto by_firing = [](const auto& a, const auto& b) {
    return std::tie(a.job, a.firing_at) < std::tie(b.job, b.firing_at);
  };
  std::sort(begin.settled.begin(), begin.settled.end(), by_firing);
  std::sort(begin.waiting.begin(), begin.waiting.end(), by_firing);
  for (const auto& [job, pause] : pauses_) begin.pauses.push_back(pause);
  return begin;
}

}  // namespace dsched
