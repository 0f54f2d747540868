#pragma once
// A little world around the engine: virtual clocks, an in-memory history, jobs that take as long
// and end as they are told.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/engine.h"
#include "time/schedule.h"
#include "time/timetable.h"

namespace dsched {

// A job named and scheduled; change what else matters before handing it over.
inline Job make_job(std::string name, std::vector<std::string> schedules = {},
                    std::vector<std::string> after = {}) {
  Job job;
  job.name = std::move(name);
  job.after = std::move(after);
  std::vector<Schedule> parsed;
  for (const std::string& text : schedules) {
    auto result = Schedule::parse(text, ScheduleContext{});
    DSCHED_CHECK(result.schedule.has_value());
    parsed.push_back(*result.schedule);
    job.schedule_hash = job.schedule_hash * 31 + std::hash<std::string>{}(text);
  }
  if (!parsed.empty()) job.timetable = Timetable(std::move(parsed), Zone::utc());
  return job;
}

class EngineWorld {
 public:
  struct Behaviour {
    Duration takes = std::chrono::milliseconds{10};
    std::vector<int> exit_codes = {0};  // of successive attempts; the last one repeats
  };

  explicit EngineWorld(EngineOptions options = {}) : options_(std::move(options)) {
    options_.seed = 7;
  }
  Limits limits;

  // 2026-11-20T12:00:00Z, and a host that has been up for a day.
  Moment now{Instant{std::chrono::seconds{1795176000}}, BootInstant{std::chrono::hours{24}}};
  std::map<std::string, Behaviour> behaviour;
  std::vector<Job> jobs;
  bool history_works = true;
  bool hands_work = true;
  bool first_since_boot = false;

  // What the history holds.
  std::vector<Decision> decisions;
  std::map<std::string, RunRecord> runs;
  std::map<std::string, JobCursor> cursors;
  std::map<std::pair<std::string, Instant>, WaitingRecord> waiting;
  std::map<std::string, Pause> pauses;
  std::vector<Alert> alerts;
  std::map<std::string, JobPast> pasts;    // handed over with begin()
  std::map<std::string, bool> conditions;  // what only_if answers; true when it is not here
  std::vector<StartAttempt> started;
  std::vector<std::pair<std::string, Instant>> starts;  // job, moment of each attempt's start
  std::set<std::string> running;                        // attempt texts
  std::size_t most_running = 0;
  Step last_step;

  void begin() {
    engine_ = std::make_unique<Engine>(options_);
    Begin event;
    event.jobs = pointers();
    event.limits = limits;
    for (const auto& [firing, record] : waiting) event.waiting.push_back(record);
    for (const auto& [job, pause] : pauses) event.pauses.push_back(pause);
    for (const auto& [job, past] : pasts) event.pasts.push_back(past);
    event.last_alive = last_alive_;
    for (const auto& [job, cursor] : cursors) event.cursors.push_back(cursor);
    for (const auto& [id, run] : runs) {
      if (!run.ended_at) {
        event.open_runs.push_back(run);
      } else {
        event.settled.push_back({run.job, run.firing_at, run.result, run.outputs});
      }
    }
    for (const Decision& decision : decisions) {
      if (decision.kind != DecisionKind::started)
        event.settled.push_back({decision.job, decision.firing_at, std::nullopt, {}});
    }
    event.first_since_boot = first_since_boot;
    feed(event);
    if (hands_work) hands_ready(true);
  }

  void hands_ready(bool same_boot) {
    HandsReady event;
    event.same_boot = same_boot;
    for (const auto& [id, known] : known_) event.known.push_back(known);
    feed(event);
  }

  void configure() { feed(Configure{pointers(), limits}); }

  // The daemon dies; jobs go on. start() anew with begin().
  void crash() { engine_.reset(); }

  void feed(const Event& event) {
    last_alive_ = now.wall;
    handle(engine_->step(event, now));
    answer_claims();
  }

  // Lets time pass; what is due at the very end has been decided and started, but not ended.
  void run_for(Duration span) {
    const BootInstant end = now.boot + span;
    for (;;) {
      BootInstant next = end;
      if (!agenda_.empty()) next = std::min(next, agenda_.begin()->first);
      if (engine_ != nullptr) {
        next = std::min(next, last_step.wake_boot);
        if (last_step.wake_wall != Instant::max()) {
          next = std::min(next, std::max(now.boot, now.boot + (last_step.wake_wall - now.wall)));
        }
      }
      advance(next - now.boot);
      if (!agenda_.empty() && agenda_.begin()->first <= now.boot) {
        const AttemptKey key = agenda_.begin()->second;
        agenda_.erase(agenda_.begin());
        end_attempt(key, exit_of(key));
        continue;
      }
      if (engine_ != nullptr) feed(TimeReached{});
      if (now.boot >= end) return;
    }
  }

  void advance(Duration span) {
    now.wall += span;
    now.boot += span;
  }

  std::vector<std::string> decided(const std::string& job) const {
    std::vector<std::string> texts;
    for (const Decision& decision : decisions) {
      if (decision.job != job) continue;
      std::string text = std::string(to_text(decision.kind));
      if (decision.kind != DecisionKind::started)
        text += ":" + std::string(to_text(decision.reason));
      if (decision.firings > 1) text += "x" + std::to_string(decision.firings);
      texts.push_back(text);
    }
    return texts;
  }

  std::vector<std::string> results(const std::string& job) const {
    std::vector<std::string> texts;
    for (const auto& [id, run] : runs) {
      if (run.job == job) texts.emplace_back(run.result ? to_text(*run.result) : "open");
    }
    return texts;
  }

  std::size_t starts_of(const std::string& job) const {
    std::size_t count = 0;
    for (const auto& start : starts) count += start.first == job ? 1 : 0;
    return count;
  }

  // The next write waits; answers come when the history works again.
  void repair_history() {
    history_works = true;
    std::vector<HistoryChange> late = std::move(unwritten_);
    unwritten_.clear();
    apply(late);
    feed(HistoryWritable{true});
  }

  void lose_supervisor() {
    for (auto& [key, known] : known_) {
      if (known.outcome) continue;
      known.outcome = AttemptOutcome{};
      known.outcome->lost = true;
      known.outcome->ended_at = now.wall;
    }
    agenda_.clear();
    running.clear();
    feed(HandsLost{});
  }

  void forget_everything_started() { known_.clear(); }

 private:
  std::vector<JobPtr> pointers() const {
    std::vector<JobPtr> result;
    for (const Job& job : jobs) result.push_back(std::make_shared<const Job>(job));
    return result;
  }

  void handle(Step step) {
    for (const HistoryChange& change : step.record) {
      if (!history_works) unwritten_.push_back(change);
    }
    if (history_works) apply(step.record);
    for (const StartAttempt& start : step.start) start_attempt(start);
    for (const StopAttempt& stop : step.stop) stop_attempt(stop);
    for (const StartCheck& check : step.checks) {
      const auto condition = conditions.find(check.firing.first);
      const bool holds = condition == conditions.end() || condition->second;
      checks_.push_back({check.firing, holds, holds ? "" : "only_if ended with exit 1"});
    }
    last_step = std::move(step);
  }

  void apply(const std::vector<HistoryChange>& changes) {
    for (const HistoryChange& change : changes)
      std::visit([this](const auto& concrete) { write(concrete); }, change);
  }

  bool decided_already(const Decision& decision) const {
    for (const Decision& other : decisions) {
      if (other.job == decision.job && decision.firing_at >= other.firing_at &&
          decision.firing_at <= other.last_firing_at) {
        return true;
      }
    }
    return false;
  }

  void write(const ClaimRun& claim) {
    waiting.erase({claim.run.job, claim.run.firing_at});
    if (claim.make_up) {
      std::erase_if(decisions, [&](const Decision& decision) {
        return decision.job == claim.run.job && decision.firing_at == claim.run.firing_at &&
               decision.kind != DecisionKind::started;
      });
    }
    const bool has_run = std::any_of(runs.begin(), runs.end(), [&](const auto& known) {
      return known.second.job == claim.run.job && known.second.firing_at == claim.run.firing_at;
    });
    const bool accepted = claim.make_up ? !has_run : !decided_already(claim.decision);
    if (accepted) {
      decisions.push_back(claim.decision);
      runs[claim.run.run_id] = claim.run;
    }
    answers_.push_back({claim.run.run_id, accepted, ++fence_});
  }
  void write(const BeginWaiting& change) {
    waiting[{change.waiting.job, change.waiting.firing_at}] = change.waiting;
  }
  void write(const SetPause& change) { pauses[change.pause.job] = change.pause; }
  void write(const EndPause& change) { pauses.erase(change.job); }
  void write(const RaiseAlert& change) {
    for (const Alert& known : alerts) {
      if (known.job == change.alert.job && known.kind == change.alert.kind &&
          known.about == change.alert.about)
        return;
    }
    alerts.push_back(change.alert);
  }
  void write(const AddDecision& change) {
    waiting.erase({change.decision.job, change.decision.firing_at});
    if (!decided_already(change.decision)) decisions.push_back(change.decision);
  }
  void write(const AttemptStarted& change) {
    RunRecord& run = runs.at(change.key.run_id);
    if (!run.started_at) run.started_at = change.started_at;
    run.running_since = change.started_at;
  }
  void write(const AttemptEnded& change) {
    RunRecord& run = runs.at(change.key.run_id);
    if (static_cast<int>(run.attempts.size()) < change.key.attempt)
      run.attempts.push_back({change.key.attempt, change.outcome});
    run.running_since.reset();
    known_.erase(text_of(change.key));
  }
  void write(const RunEnded& change) {
    RunRecord& run = runs.at(change.run_id);
    run.ended_at = change.ended_at;
    run.result = change.result;
    run.exit_status = change.exit_status;
    run.outputs = change.outputs;
  }
  void write(const MoveCursor& change) {
    auto [where, added] = cursors.try_emplace(change.cursor.job, change.cursor);
    const bool same = where->second.schedule_hash == change.cursor.schedule_hash;
    if (!same || change.cursor.decided_until > where->second.decided_until)
      where->second = change.cursor;
  }
  void write(const RebaseJob& change) {
    cursors[change.cursor.job] = change.cursor;
    const Instant until = change.cursor.decided_until;
    std::erase_if(decisions, [&](const Decision& decision) {
      return decision.job == change.cursor.job && decision.firing_at > until &&
             decision.kind != DecisionKind::started;
    });
    for (Decision& decision : decisions) {
      if (decision.job == change.cursor.job)
        decision.last_firing_at =
            std::min(decision.last_firing_at, std::max(until, decision.firing_at));
    }
  }
  void write(const ForgetJob& change) {
    cursors.erase(change.job);
    std::erase_if(waiting, [&](const auto& one) { return one.first.first == change.job; });
  }
  void write(const DeliveryTried&) {}

  void answer_claims() {
    while ((!answers_.empty() || !checks_.empty()) && engine_ != nullptr) {
      if (!checks_.empty()) {
        const CheckAnswered answer = checks_.front();
        checks_.erase(checks_.begin());
        handle(engine_->step(answer, now));
        continue;
      }
      const ClaimAnswered answer = answers_.front();
      answers_.erase(answers_.begin());
      handle(engine_->step(answer, now));
    }
  }

  static std::string text_of(const AttemptKey& key) {
    return key.run_id + "/" + std::to_string(key.attempt);
  }

  int exit_of(const AttemptKey& key) {
    const auto& codes = behaviour[runs.at(key.run_id).job].exit_codes;
    return codes[std::min(codes.size(), static_cast<std::size_t>(key.attempt)) - 1];
  }

  void start_attempt(const StartAttempt& start) {
    if (!hands_work) return;
    if (!ever_started_.insert(text_of(start.key)).second)
      return;  // the supervisor starts a key once
    starts.emplace_back(start.job->name, now.wall);
    started.push_back(start);
    running.insert(text_of(start.key));
    most_running = std::max(most_running, running.size());
    known_[text_of(start.key)] = {start.key, now.wall, std::nullopt};
    agenda_.emplace(now.boot + behaviour[start.job->name].takes, start.key);
    if (engine_ != nullptr) handle(engine_->step(AttemptBegan{start.key, now.wall}, now));
  }

  void stop_attempt(const StopAttempt& stop) {
    for (auto entry = agenda_.begin(); entry != agenda_.end(); ++entry) {
      if (!(entry->second == stop.key)) continue;
      agenda_.erase(entry);
      stopped_.insert(text_of(stop.key));
      agenda_.emplace(now.boot + std::chrono::milliseconds{1}, stop.key);
      return;
    }
  }

  void end_attempt(const AttemptKey& key, int exit_code) {
    AttemptOutcome outcome;
    outcome.exit_code = exit_code;
    outcome.started_at = *known_.at(text_of(key)).started_at;
    outcome.ended_at = now.wall;
    if (stopped_.count(text_of(key)) != 0) {
      outcome.stopped = true;
      outcome.signal = 15;
    }
    running.erase(text_of(key));
    known_.at(text_of(key)).outcome = outcome;
    if (engine_ != nullptr) feed(AttemptOver{key, outcome});
  }

  EngineOptions options_;
  std::unique_ptr<Engine> engine_;
  std::vector<ClaimAnswered> answers_;
  std::vector<CheckAnswered> checks_;
  Instant last_alive_{};
  std::vector<HistoryChange> unwritten_;
  std::multimap<BootInstant, AttemptKey> agenda_;
  std::map<std::string, HandsReady::Known> known_;  // what the supervisor remembers
  std::set<std::string> ever_started_;
  std::set<std::string> stopped_;
  std::uint64_t fence_ = 0;
};

}  // namespace dsched
