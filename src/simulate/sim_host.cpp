#include "simulate/sim_host.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace dsched {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// As daemon/recorder.cpp tries again.
constexpr Duration kFirstRetryPause = milliseconds{200};
constexpr Duration kLongestRetryPause = seconds{5};
constexpr Duration kLoadEvery = seconds{5};
constexpr int kMostWakesAtOnce = 10'000;

class EngineMind final : public Mind {
 public:
  explicit EngineMind(EngineOptions options) : engine_(std::move(options)) {}
  Step step(const Event& event, Moment now) override { return engine_.step(event, now); }

 private:
  Engine engine_;
};

}  // namespace

std::unique_ptr<Mind> engine_mind(EngineOptions options) {
  return std::make_unique<EngineMind>(std::move(options));
}

SimHost::SimHost(SimHostOptions options, Moment start, ChildModel& children, HostWatcher& watcher,
                 HostFaults& faults)
    : options_(std::move(options)),
      clock_(start),
      history_(options_.kept_decisions),
      supervisor_(options_.remembered_attempts),
      children_(children),
      watcher_(watcher),
      faults_(faults) {}

SimHost::~SimHost() = default;

void SimHost::configure(std::vector<JobPtr> jobs, Limits limits) {
  jobs_ = std::move(jobs);
  limits_ = std::move(limits);
  if (daemon_runs()) feed(Configure{jobs_, limits_});
}

void SimHost::start_daemon() {
  DSCHED_CHECK(!daemon_runs());
  EngineOptions engine = options_.engine;
  SimRandom random(engine.seed + lives_++);
  engine.seed = random.next();
  mind_ = options_.make_mind(std::move(engine));
  Begin begin = history_.begin();
  const bool nothing_to_record = jobs_.empty() && begin.cursors.empty();
  begin.jobs = jobs_;
  begin.limits = limits_;
  begin.first_since_boot = !booted_before_;
  begin.last_alive = last_alive_;
  hands_at_ = clock_.now().boot + faults_.supervisor_takes();
  feed(begin);
  if (nothing_to_record) booted_before_ = true;
}

void SimHost::kill_daemon() {
  if (writing_ && !writing_->fails && faults_.last_write_lasts()) apply(writing_->changes);
  mind_.reset();
  inbox_.clear();
  pending_.clear();
  writing_.reset();
  trouble_ = false;
  checks_.clear();
  hands_at_.reset();
  hands_are_there_ = false;
  load_at_ = BootInstant::max();
  wake_wall_ = Instant::max();
  wake_boot_ = BootInstant::max();
  idle_ = true;
}

void SimHost::tell(const Event& event) {
  DSCHED_CHECK(daemon_runs());
  feed(event);
}

void SimHost::kill_supervisor() {
  supervisor_.die(clock_.now(), [this](const AttemptKey& key, const AttemptOutcome& outcome) {
    watcher_.on_child_ended(key, outcome);
  });
  if (!daemon_runs()) return;
  hands_are_there_ = false;
  hands_at_ = clock_.now().boot + faults_.supervisor_takes();
  inbox_.emplace_back(HandsLost{});
}

void SimHost::lose_journal() {
  supervisor_.forget();
}

void SimHost::power_off() {
  kill_daemon();
  supervisor_.reboot(clock_.now(), [this](const AttemptKey& key, const AttemptOutcome& outcome) {
    watcher_.on_child_ended(key, outcome);
  });
  booted_before_ = false;
}

void SimHost::set_wall(Instant wall) {
  clock_.set_wall(wall);
  if (daemon_runs() && wake_wall_ != Instant::max()) inbox_.emplace_back(TimeReached{});
}

void SimHost::set_drift(std::int64_t gain_ppm) {
  clock_.set_drift(gain_ppm);
}

void SimHost::suspend(Duration span) {
  supervisor_.slept(span);
  for (Check& check : checks_) check.done += span;
  if (writing_) writing_->done += span;
  clock_.advance_to(clock_.now().boot + span);
}

void SimHost::run_until(BootInstant end) {
  died_ = false;
  for (;;) {
    while (!stuck_ && !died_ && do_what_is_due()) {
    }
    if (died_) return;
    const BootInstant next = next_event();
    if (stuck_ || next > end) break;
    clock_.advance_to(std::max(next, clock_.now().boot));
  }
  clock_.advance_to(std::max(end, clock_.now().boot));
}

BootInstant SimHost::next_event() const {
  BootInstant next = supervisor_.next_end().value_or(BootInstant::max());
  if (!daemon_runs()) return next;
  if (writing_) next = std::min(next, writing_->done);
  if (hands_at_) next = std::min(next, *hands_at_);
  for (const Check& check : checks_) next = std::min(next, check.done);
  if (wake_wall_ != Instant::max()) next = std::min(next, clock_.when(wake_wall_));
  return std::min({next, load_at_, wake_boot_});
}

bool SimHost::do_what_is_due() {
  if (daemon_runs() && !inbox_.empty()) {
    const Event event = std::move(inbox_.front());
    inbox_.pop_front();
    feed(event);
    return true;
  }
  if (writing_ && writing_->done <= clock_.now().boot) {
    finish_write();
    return true;
  }
  if (const auto end = supervisor_.next_end(); end && *end <= clock_.now().boot) {
    end_child();
    return true;
  }
  return daemon_runs() && do_what_the_daemon_waits_for();
}

bool SimHost::do_what_the_daemon_waits_for() {
  const Moment& now = clock_.now();
  if (hands_at_ && *hands_at_ <= now.boot) {
    greet_supervisor();
  } else if (std::any_of(checks_.begin(), checks_.end(),
                         [&](const Check& check) { return check.done <= now.boot; })) {
    answer_check();
  } else if (load_at_ <= now.boot) {
    load_at_ = now.boot + kLoadEvery;
    feed(LoadMeasured{faults_.load()});
  } else if (wake_boot_ <= now.boot || wake_wall_ <= now.wall) {
    wake();
  } else {
    return false;
  }
  return true;
}

void SimHost::wake() {
  wakes_at_once_ = clock_.now().boot == last_wake_ ? wakes_at_once_ + 1 : 0;
  last_wake_ = clock_.now().boot;
  stuck_ = wakes_at_once_ > kMostWakesAtOnce;
  feed(TimeReached{});
}

bool SimHost::dies(Boundary boundary) {
  if (!daemon_runs()) return true;
  if (!faults_.daemon_dies(boundary)) return false;
  died_ = true;
  kill_daemon();
  return true;
}

void SimHost::feed(const Event& event) {
  Step step = mind_->step(event, clock_.now());
  watcher_.on_step(event, step);
  const Boundary boundary =
      std::holds_alternative<AttemptOver>(event) ? Boundary::outcome_told : Boundary::event_heard;
  if (!dies(boundary)) carry_out(step);
}

void SimHost::carry_out(Step& step) {
  idle_ = step.idle;
  wake_wall_ = step.wake_wall;
  wake_boot_ = step.wake_boot;
  if (!step.wants_load) {
    load_at_ = BootInstant::max();
  } else if (load_at_ == BootInstant::max()) {
    load_at_ = clock_.now().boot;
  }
  if (pending_.empty()) {
    pending_ = std::move(step.record);
  } else {
    pending_.insert(pending_.end(), std::make_move_iterator(step.record.begin()),
                    std::make_move_iterator(step.record.end()));
  }
  begin_write();
  for (const StartAttempt& request : step.start) {
    if (dies(Boundary::before_start)) return;
    start(request);
    if (dies(Boundary::after_start)) return;
  }
  for (const StopAttempt& request : step.stop) {
    if (dies(Boundary::before_stop)) return;
    supervisor_.stop(request.key, request.kill, clock_.now());
  }
  for (const StartCheck& check : step.checks) {
    const CheckPlan plan = children_.check(check);
    checks_.push_back({clock_.now().boot + plan.takes,
                       {check.firing, plan.holds, plan.holds ? "" : "only_if ended with exit 1"}});
  }
}

void SimHost::start(const StartAttempt& request) {
  if (!hands_are_there_) return;
  const bool fresh = !supervisor_.knows(request.key);
  const AttemptPlan plan = fresh ? children_.plan(request) : AttemptPlan{};
  SimSupervisor::Started started = supervisor_.start(request, plan, clock_.now());
  if (started.now && started.began) watcher_.on_child_began(request);
  if (started.now && started.over) watcher_.on_child_ended(request.key, started.over->outcome);
  if (started.began) inbox_.emplace_back(std::move(*started.began));
  if (started.over) inbox_.emplace_back(std::move(*started.over));
}

void SimHost::begin_write() {
  if (!daemon_runs() || writing_ || pending_.empty() || dies(Boundary::before_write)) return;
  const std::optional<Duration> takes = faults_.write_takes();
  writing_ =
      Write{std::exchange(pending_, {}), clock_.now().boot + takes.value_or(Duration{0}), !takes};
}

void SimHost::finish_write() {
  Write write = std::move(*writing_);
  writing_.reset();
  if (write.fails) return write_failed(std::move(write));
  const std::vector<MemHistory::Answer> answers = apply(write.changes);
  if (dies(Boundary::written)) return;
  booted_before_ = true;
  if (std::exchange(trouble_, false)) feed(HistoryWritable{true});
  hear_answers(write.changes, answers);
  begin_write();
}

// The same transaction is tried again until it succeeds.
void SimHost::write_failed(Write write) {
  retry_pause_ = trouble_ ? std::min(retry_pause_ * 2, kLongestRetryPause) : kFirstRetryPause;
  const std::optional<Duration> takes = faults_.write_takes();
  write.done = clock_.now().boot + retry_pause_ + takes.value_or(Duration{0});
  write.fails = !takes;
  writing_ = std::move(write);
  if (!std::exchange(trouble_, true)) feed(HistoryWritable{false});
}

std::vector<MemHistory::Answer> SimHost::apply(const std::vector<HistoryChange>& changes) {
  last_alive_ = clock_.now().wall;
  std::vector<MemHistory::Answer> answers;
  answers.reserve(changes.size());
  for (const HistoryChange& change : changes) {
    answers.push_back(history_.apply(change));
    watcher_.on_recorded(change, answers.back());
  }
  return answers;
}

void SimHost::hear_answers(const std::vector<HistoryChange>& changes,
                           const std::vector<MemHistory::Answer>& answers) {
  for (std::size_t i = 0; i < changes.size() && daemon_runs(); ++i) {
    if (const auto* claim = std::get_if<ClaimRun>(&changes[i])) {
      feed(ClaimAnswered{claim->run.run_id, answers[i].accepted, answers[i].fence});
    } else if (const auto* over = std::get_if<AttemptEnded>(&changes[i])) {
      if (dies(Boundary::before_acknowledge)) return;
      supervisor_.acknowledge(over->key);
    }
  }
}

void SimHost::end_child() {
  AttemptOver over = supervisor_.end_next(clock_.now());
  watcher_.on_child_ended(over.key, over.outcome);
  if (!daemon_runs() || !hands_are_there_ || dies(Boundary::child_ended)) return;
  if (history_.open_run(over.key.run_id) == nullptr) supervisor_.acknowledge(over.key);
  feed(over);
}

void SimHost::answer_check() {
  const auto next =
      std::min_element(checks_.begin(), checks_.end(),
                       [](const Check& a, const Check& b) { return a.done < b.done; });
  const CheckAnswered answer = std::move(next->answer);
  checks_.erase(next);
  feed(answer);
}

void SimHost::greet_supervisor() {
  hands_at_.reset();
  hands_are_there_ = true;
  const HandsReady hello = supervisor_.hello();
  for (const HandsReady::Known& known : hello.known) {
    if (known.outcome && history_.open_run(known.key.run_id) == nullptr)
      supervisor_.acknowledge(known.key);
  }
  feed(hello);
}

}  // namespace dsched
