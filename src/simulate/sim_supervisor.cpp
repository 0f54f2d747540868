#include "simulate/sim_supervisor.h"

#include <algorithm>

#include "base/check.h"

namespace dsched {

namespace {

constexpr int kSigKill = 9;

}  // namespace

std::string SimSupervisor::text_of(const AttemptKey& key) {
  return key.run_id + static_cast<char>('0' + key.attempt % 64) +
         static_cast<char>('0' + key.attempt / 64);
}

bool SimSupervisor::knows(const AttemptKey& key) const {
  const std::string text = text_of(key);
  return journal_.count(text) != 0 || remembered_.count(text) != 0;
}

SimSupervisor::Started SimSupervisor::start(const StartAttempt& request, const AttemptPlan& plan,
                                            Moment now) {
  const std::string text = text_of(request.key);
  if (auto known = remembered_.find(text); known != remembered_.end())
    return {false, std::nullopt, known->second};
  const auto [where, added] = journal_.try_emplace(text);
  Entry& entry = where->second;
  if (!added) {
    Started told{false, std::nullopt, std::nullopt};
    if (entry.started_at) told.began = AttemptBegan{entry.key, *entry.started_at};
    if (entry.outcome) told.over = AttemptOver{entry.key, *entry.outcome, entry.outputs};
    return told;
  }
  entry.key = request.key;
  entry.order = ++starts_;
  entry.began = now.boot;
  entry.outputs = plan.outputs;
  if (plan.failure.step != StartStep::none) {
    entry.outcome.emplace();
    entry.outcome->failure = plan.failure;
    entry.outcome->started_at = entry.outcome->ended_at = now.wall;
    return {true, std::nullopt, AttemptOver{entry.key, *entry.outcome, {}}};
  }
  entry.started_at = now.wall;
  entry.planned.started_at = now.wall;
  entry.planned.exit_code = plan.exit_code;
  entry.planned.signal = plan.signal;
  entry.stops_in = plan.stops_in;
  entry.kill_after = request.job->kill_after;
  Duration takes = plan.takes;
  if (request.job->timeout && *request.job->timeout < takes) {
    takes = *request.job->timeout + std::min(plan.stops_in, entry.kill_after);
    entry.planned.timed_out = true;
    entry.planned.exit_code = 0;
    entry.planned.signal = request.job->stop_signal;
  }
  alive_.emplace(entry.order, &entry);
  end_at(entry, now.boot + takes);
  return {true, AttemptBegan{entry.key, now.wall}, std::nullopt};
}

void SimSupervisor::end_at(Entry& entry, BootInstant when) {
  entry.ends = when;
  ends_.push({when, entry.order});
}

void SimSupervisor::drop_stale_ends() const {
  while (!ends_.empty()) {
    const auto alive = alive_.find(ends_.top().order);
    if (alive != alive_.end() && alive->second->ends == ends_.top().at) return;
    ends_.pop();
  }
}

void SimSupervisor::stop(const AttemptKey& key, bool kill, Moment now) {
  auto where = journal_.find(text_of(key));
  if (where == journal_.end() || where->second.outcome) return;
  Entry& entry = where->second;
  const Duration patience = kill ? Duration{0} : std::min(entry.stops_in, entry.kill_after);
  const bool by_kill = kill || entry.stops_in > entry.kill_after;
  if (now.boot + patience >= entry.ends) return;
  entry.planned.stopped = true;
  entry.planned.timed_out = false;
  entry.planned.exit_code = 0;
  entry.planned.signal = by_kill ? kSigKill : 15;
  end_at(entry, now.boot + patience);
}

std::optional<BootInstant> SimSupervisor::next_end() const {
  drop_stale_ends();
  if (ends_.empty()) return std::nullopt;
  return ends_.top().at;
}

AttemptOver SimSupervisor::end_next(Moment now) {
  drop_stale_ends();
  DSCHED_CHECK(!ends_.empty());
  Entry& entry = *alive_.at(ends_.top().order);
  ends_.pop();
  alive_.erase(entry.order);
  entry.planned.ended_at = now.wall;
  entry.planned.duration = now.boot - entry.began;
  entry.outcome = entry.planned;
  return {entry.key, entry.planned, entry.outputs};
}

void SimSupervisor::acknowledge(const AttemptKey& key) {
  const auto where = journal_.find(text_of(key));
  if (where == journal_.end() || !where->second.outcome) return;
  Entry& entry = where->second;
  remember(where->first, {entry.key, *entry.outcome, std::move(entry.outputs)});
  journal_.erase(where);
}

void SimSupervisor::remember(std::string key, AttemptOver over) {
  remembered_order_.push_back(key);
  remembered_.emplace(std::move(key), std::move(over));
  if (remembered_order_.size() <= most_remembered_) return;
  remembered_.erase(remembered_order_.front());
  remembered_order_.pop_front();
}

HandsReady SimSupervisor::hello() {
  HandsReady hello;
  hello.same_boot = std::exchange(same_boot_, true);
  std::vector<const Entry*> entries;
  for (const auto& [text, entry] : journal_) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(),
            [](const Entry* a, const Entry* b) { return a->order < b->order; });
  for (const Entry* entry : entries)
    hello.known.push_back({entry->key, entry->started_at, entry->outcome, entry->outputs});
  return hello;
}

void SimSupervisor::lose_all(Moment now, const Visit& visit) {
  std::vector<Entry*> lost;
  for (const auto& [order, entry] : alive_) lost.push_back(entry);
  std::sort(lost.begin(), lost.end(),
            [](const Entry* a, const Entry* b) { return a->order < b->order; });
  for (Entry* entry : lost) {
    AttemptOutcome outcome;
    outcome.lost = true;
    outcome.started_at = entry->planned.started_at;
    outcome.ended_at = now.wall;
    outcome.duration = now.boot - entry->began;
    entry->outcome = outcome;
    visit(entry->key, outcome);
  }
  alive_.clear();
}

void SimSupervisor::die(Moment now, const Visit& visit) {
  lose_all(now, visit);
  remembered_.clear();
  remembered_order_.clear();
}

void SimSupervisor::reboot(Moment now, const Visit& visit) {
  die(now, visit);
  same_boot_ = false;
}

void SimSupervisor::forget() {
  alive_.clear();
  journal_.clear();
  remembered_.clear();
  remembered_order_.clear();
}

void SimSupervisor::slept(Duration span) {
  for (const auto& [order, entry] : alive_) end_at(*entry, entry->ends + span);
}

}  // namespace dsched
