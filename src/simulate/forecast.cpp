#include "simulate/forecast.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "simulate/sim_host.h"

namespace dsched {

namespace {

constexpr BootInstant kBootAtStart{std::chrono::hours{1}};
constexpr std::chrono::seconds kOneSecond{1};
// Enough for what is asked again within a run of daemons that never die of a fault.
constexpr std::size_t kKeptDecisions = 64;
constexpr std::size_t kRememberedAttempts = 64;

class Collector final : public HostWatcher {
 public:
  Collector(const ForecastPlan& plan, Forecast& forecast) : plan_(plan), forecast_(forecast) {
    for (const JobPtr& job : plan.jobs) {
      jobs_.emplace(job->name, Known{job.get(), &forecast.jobs[job->name]});
      if (!job->needs.pool.empty()) forecast.pools[job->needs.pool];
    }
    for (const auto& [name, pool] : plan.limits.pools) forecast.pools[name].size = pool.size;
    forecast.pools[""].size = plan.limits.max_running;
  }
  void watch(const SimHost& host) { host_ = &host; }

  void on_step(const Event&, const Step& step) override {
    forecast_.rebases += step.clock_rebased ? 1 : 0;
  }

  void on_recorded(const HistoryChange& change, const MemHistory::Answer& answer) override {
    if (!answer.accepted) return;
    if (const auto* claim = std::get_if<ClaimRun>(&change)) {
      note_claim(*claim);
    } else if (const auto* no = std::get_if<AddDecision>(&change)) {
      note_decision(no->decision);
    } else if (const auto* waiting = std::get_if<BeginWaiting>(&change)) {
      waits_.try_emplace({waiting->waiting.job, waiting->waiting.firing_at}, host_->now().boot);
    } else if (const auto* over = std::get_if<RunEnded>(&change)) {
      note_end(*over);
    }
  }

  void on_child_began(const StartAttempt& start) override {
    Run& run = runs_[start.key.run_id];
    run.running = true;
    ++run.attempts;
    if (!run.started_at) run.started_at = host_->now().wall;
    use(start.job->needs.pool, 1);
  }

  void on_child_ended(const AttemptKey& key, const AttemptOutcome& outcome) override {
    Run& run = runs_[key.run_id];
    if (!std::exchange(run.running, false)) return;
    run.job->sums->busy += outcome.duration;
    use(run.job->job->needs.pool, -1);
  }

  // What still runs is told as far as it went.
  void finish() {
    for (auto& [id, run] : runs_) {
      if (run.firing != kNone) tell(run, std::nullopt, std::nullopt);
    }
    forecast_.still_waiting = host_->history().begin().waiting;
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Known {
    const Job* job = nullptr;
    ForecastJob* sums = nullptr;
  };
  struct Run {
    const Known* job = nullptr;
    std::size_t firing = kNone;
    bool running = false;
    int attempts = 0;
    std::optional<Instant> started_at;
  };

  void use(const std::string& pool, int change) {
    use_one("", change);
    if (!pool.empty()) use_one(pool, change);
  }
  void use_one(const std::string& pool, int change) {
    int& now = in_use_[pool];
    now += change;
    ForecastPool& sums = forecast_.pools[pool];
    sums.peak = std::max(sums.peak, now);
  }

  void end_wait(const Known& known, Instant firing) {
    const auto wait = waits_.find({known.job->name, firing});
    if (wait == waits_.end()) return;
    const Duration waited = host_->now().boot - wait->second;
    waits_.erase(wait);
    ForecastPool& pool = forecast_.pools[known.job->needs.pool];
    ++pool.waits;
    pool.waited += waited;
    pool.longest_wait = std::max(pool.longest_wait, waited);
  }

  void note_claim(const ClaimRun& claim) {
    const Known& known = jobs_.at(claim.run.job);
    ++forecast_.started;
    ++known.sums->started;
    end_wait(known, claim.run.firing_at);
    Run& run = runs_[claim.run.run_id];
    run.job = &known;
    if (!plan_.keep_firings) return;
    run.firing = forecast_.firings.size();
    ForecastFiring firing;
    firing.job = known.job;
    firing.at = firing.last_at = claim.run.firing_at;
    firing.trigger = claim.run.trigger;
    forecast_.firings.push_back(std::move(firing));
  }

  void note_decision(const Decision& decision) {
    const Known& known = jobs_.at(decision.job);
    const bool missed = decision.kind == DecisionKind::missed;
    (missed ? forecast_.missed : forecast_.skipped) += decision.firings;
    (missed ? known.sums->missed : known.sums->skipped) += decision.firings;
    forecast_.reasons[decision.reason] += decision.firings;
    end_wait(known, decision.firing_at);
    if (!plan_.keep_firings) return;
    ForecastFiring firing;
    firing.job = known.job;
    firing.at = decision.firing_at;
    firing.last_at = std::max(decision.firing_at, decision.last_firing_at);
    firing.count = decision.firings;
    firing.kind = decision.kind;
    firing.reason = decision.reason;
    firing.detail = decision.detail;
    forecast_.firings.push_back(std::move(firing));
  }

  void note_end(const RunEnded& over) {
    const auto run = runs_.find(over.run_id);
    if (run == runs_.end()) return;
    if (run->second.firing != kNone) tell(run->second, over.ended_at, over.result);
    runs_.erase(run);
  }

  void tell(const Run& run, std::optional<Instant> ended_at, std::optional<RunResult> result) {
    ForecastFiring& firing = forecast_.firings[run.firing];
    firing.started_at = run.started_at;
    firing.ended_at = ended_at;
    firing.result = result;
    firing.attempts = run.attempts;
  }

  const ForecastPlan& plan_;
  Forecast& forecast_;
  const SimHost* host_ = nullptr;
  std::unordered_map<std::string, Known> jobs_;
  std::unordered_map<std::string, Run> runs_;
  std::map<FiringKey, BootInstant> waits_;
  std::unordered_map<std::string, int> in_use_;
};

// Something that happens to the host, in the order of true time.
struct Turn {
  Instant at{};
  enum class Kind { off, on, set } kind = Kind::off;
  Duration by{0};
};

std::vector<Turn> turns_of(const ForecastPlan& plan) {
  std::vector<Turn> turns;
  for (const Outage& outage : plan.outages) {
    turns.push_back({outage.from, Turn::Kind::off, Duration{0}});
    turns.push_back({outage.until, Turn::Kind::on, Duration{0}});
  }
  for (const ClockSet& set : plan.clock_sets) turns.push_back({set.at, Turn::Kind::set, set.by});
  std::stable_sort(turns.begin(), turns.end(),
                   [](const Turn& a, const Turn& b) { return a.at < b.at; });
  return turns;
}

}  // namespace

Forecast forecast(const ForecastPlan& plan, ChildModel& children) {
  Forecast result;
  Collector collector(plan, result);
  HostFaults no_faults;
  SimHostOptions options;
  options.engine.host = plan.host;
  options.kept_decisions = kKeptDecisions;
  options.remembered_attempts = kRememberedAttempts;
  // A second earlier: what is due right at the beginning is part of it.
  SimHost host(std::move(options), {plan.from - kOneSecond, kBootAtStart - kOneSecond}, children,
               collector, no_faults);
  collector.watch(host);
  host.configure(plan.jobs, plan.limits);
  host.start_daemon();
  for (const Pause& pause : plan.pauses) host.tell(PauseJob{pause});
  const auto pass_until = [&](Instant at) { host.run_until(kBootAtStart + (at - plan.from)); };
  for (const Turn& turn : turns_of(plan)) {
    pass_until(turn.at);
    if (turn.kind == Turn::Kind::off) host.power_off();
    if (turn.kind == Turn::Kind::on) host.start_daemon();
    if (turn.kind == Turn::Kind::set) host.set_wall(host.now().wall + turn.by);
  }
  pass_until(plan.until);
  collector.finish();
  return result;
}

}  // namespace dsched
