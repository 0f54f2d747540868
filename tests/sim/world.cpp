#include "sim/world.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "sim/describe.h"

namespace sim {

namespace {

using dsched::Boundary;
using dsched::SimRandom;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kQuiet = hours{3};
constexpr Duration kConvergence = hours{24 * 90};
constexpr Moment kStart{Instant{}, BootInstant{hours{1}}};

class World final : public dsched::HostWatcher,
                    public dsched::HostFaults,
                    public dsched::ChildModel {
 public:
  World(const Scenario& scenario, const Flaws& flaws, const Trace& trace)
      : scenario_(scenario), flaws_(flaws), trace_(trace), random_(scenario.seed ^ 0x5151) {
    dsched::SimHostOptions options;
    options.engine.seed = scenario.seed;
    options.engine.host = "sim";
    options.make_mind = flaws.make_mind;
    host_ = std::make_unique<dsched::SimHost>(
        std::move(options), Moment{scenario.start, kStart.boot}, *this, *this, *this);
  }

  Evidence play() {
    evidence_.seed = scenario_.seed;
    evidence_.began = host_->now();
    note_clock();
    crash_one_in_ = scenario_.crash_one_in;
    read_files(scenario_.setup);
    start_daemon();
    for (const auto& [at, action] : scenario_.script) {
      pass_until(kStart.boot + at);
      if (trace_) say("* " + describe(action));
      std::visit([this](const auto& concrete) { act(concrete); }, action);
    }
    pass_until(std::max(kStart.boot + scenario_.length, host_->now().boot));
    become_quiet();
    pass_until(host_->now().boot + kQuiet);
    switch_all_off();
    converge();
    finish();
    return std::move(evidence_);
  }

 private:
  // dsched::HostWatcher
  void on_step(const dsched::Event& event, const dsched::Step& step) override {
    if (trace_) {
      if (const std::string text = describe(event); !text.empty()) say("  hears " + text);
    }
    for (const dsched::HistoryChange& change : step.record) {
      if (const auto* claim = std::get_if<dsched::ClaimRun>(&change)) {
        note_said(claim->decision);
      } else if (const auto* decision = std::get_if<dsched::AddDecision>(&change)) {
        note_said(decision->decision);
      }
    }
    if (std::holds_alternative<dsched::Begin>(event) ||
        std::holds_alternative<dsched::Configure>(event)) {
      evidence_.heard.push_back({host_->now(), files_});
    }
  }
  void on_recorded(const dsched::HistoryChange& change,
                   const dsched::MemHistory::Answer& answer) override {
    if (trace_) say("    on disk: " + describe(change) + (answer.accepted ? "" : " (refused)"));
    evidence_.rows.push_back({host_->now(), change, answer.accepted});
  }
  void on_child_began(const dsched::StartAttempt& start) override {
    if (trace_) say("      child of " + start.job->name + " begins: " + describe(start.key));
    child_of_[describe(start.key)] = evidence_.children.size();
    evidence_.children.push_back({start.key,
                                  start.job->name,
                                  start.firing_at,
                                  start.trigger,
                                  start.fence,
                                  host_->now(),
                                  std::nullopt,
                                  {}});
  }
  void on_child_ended(const dsched::AttemptKey& key,
                      const dsched::AttemptOutcome& outcome) override {
    if (trace_) say("      child ends: " + describe(key) + " " + describe(outcome));
    const auto where = child_of_.find(describe(key));
    if (where == child_of_.end()) {
      evidence_.not_executed.emplace_back(key, outcome);
      return;
    }
    evidence_.children[where->second].ended = host_->now();
    evidence_.children[where->second].outcome = outcome;
  }

  // dsched::HostFaults
  bool daemon_dies(Boundary boundary) override {
    if (crash_one_in_ == 0 || !random_.one_in(crash_one_in_)) return false;
    if (trace_) say("* the daemon dies: " + describe(boundary));
    const Duration down = random_.one_in(3) ? between(Duration{0}, minutes{12}) : Duration{0};
    note_trouble(TroubleKind::daemon_down, down);
    restart_at_ = host_->now().boot + down;
    return true;
  }
  std::optional<Duration> write_takes() override {
    if (host_->now().boot < disk_broken_until_) return std::nullopt;
    if (host_->now().boot < disk_slow_until_) return between(Duration{0}, slowest_write_);
    return random_.one_in(20) ? between(Duration{0}, milliseconds{40}) : Duration{0};
  }
  bool last_write_lasts() override { return random_.one_in(2); }
  Duration supervisor_takes() override {
    const Duration takes = random_.one_in(6) ? between(Duration{0}, seconds{20}) : Duration{0};
    note_trouble(TroubleKind::no_hands, takes);
    return takes;
  }
  double load() override { return load_; }

  // dsched::ChildModel. What an attempt does depends on itself only, so that a change of the
  // schedule of things does not change everything.
  dsched::AttemptPlan plan(const dsched::StartAttempt& start) override {
    const Behaviour& behaviour = behaviours_.at(start.job->name);
    SimRandom random(scenario_.seed ^ std::hash<std::string>{}(start.job->name) ^
                     static_cast<std::uint64_t>(dsched::to_unix_us(start.firing_at)) ^
                     static_cast<std::uint64_t>(start.key.attempt) << 48);
    dsched::AttemptPlan plan;
    plan.takes = Duration{random.number(behaviour.shortest.count(), behaviour.longest.count())};
    if (random.number(1, 100) <= behaviour.failing_percent) plan.exit_code = behaviour.exit_code;
    if (random.number(1, 100) <= behaviour.not_executed_percent)
      plan.failure = {dsched::StartStep::exec, 2, "no such file"};
    plan.stops_in = behaviour.ignores_stop ? hours{24} : milliseconds{50};
    return plan;
  }
  dsched::CheckPlan check(const dsched::StartCheck& check) override {
    const Behaviour& behaviour = behaviours_.at(check.job->name);
    return {between(Duration{0}, seconds{2}),
            random_.number(1, 100) > behaviour.check_fails_percent};
  }

  void say(const std::string& line) const { trace_(host_->now(), line); }
  Duration between(Duration low, Duration high) {
    return Duration{random_.number(low.count(), high.count())};
  }
  void note_trouble(TroubleKind kind, Duration span) {
    evidence_.troubles.push_back({kind, host_->now().boot, host_->now().boot + span});
  }
  void note_clock() { evidence_.clock.push_back({host_->now(), gain_ppm_}); }
  void note_said(const dsched::Decision& decision) {
    evidence_.said[{decision.job, decision.firing_at}].push_back(host_->now().boot);
  }

  void read_files(const Setup& setup) {
    files_ = setup;
    std::vector<dsched::JobPtr> jobs;
    for (const auto& [name, spec] : setup.jobs) {
      jobs.push_back(std::make_shared<const dsched::Job>(spec.job));
      behaviours_[name] = spec.behaviour;
    }
    host_->configure(std::move(jobs), setup.limits);
  }

  void start_daemon() {
    restart_at_.reset();
    if (flaws_.supervisor_forgets) host_->lose_journal();
    if (trace_) say("* a daemon starts");
    host_->start_daemon();
  }

  void pass_until(BootInstant end) {
    while (host_->now().boot < end && !host_->stuck()) {
      if (!host_->daemon_runs() && restart_at_ && *restart_at_ <= host_->now().boot) {
        start_daemon();
        continue;
      }
      host_->run_until(restart_at_ && !host_->daemon_runs() ? std::min(end, *restart_at_) : end);
      if (host_->daemon_runs()) continue;
      if (!restart_at_) restart_at_ = host_->now().boot;
    }
  }

  void go_down(TroubleKind kind, Duration down) {
    note_trouble(kind, down);
    restart_at_ = host_->now().boot + down;
  }
  void tell(const dsched::Event& event) {
    evidence_.commands.push_back({host_->now(), event});
    host_->tell(event);
  }
  bool can_tell(const std::string& job) const {
    return host_->daemon_runs() && files_.jobs.count(job) != 0;
  }

  void act(const KillDaemon& action) {
    host_->kill_daemon();
    go_down(TroubleKind::daemon_down, action.down);
  }
  void act(const KillSupervisor&) { host_->kill_supervisor(); }
  void act(const KillBoth& action) {
    host_->kill_daemon();
    host_->kill_supervisor();
    go_down(TroubleKind::daemon_down, action.down);
  }
  void act(const Reboot& action) {
    host_->power_off();
    go_down(TroubleKind::power_off, action.down);
  }
  void act(const JumpClock& action) {
    host_->set_wall(host_->now().wall + action.by);
    note_trouble(TroubleKind::clock_set, Duration{0});
    note_clock();
  }
  void act(const Drift& action) {
    gain_ppm_ = action.gain_ppm;
    host_->set_drift(gain_ppm_);
    note_clock();
  }
  void act(const Suspend& action) {
    note_trouble(TroubleKind::asleep, action.span);
    host_->suspend(action.span);
  }
  void act(const SlowDisk& action) {
    slowest_write_ = action.longest;
    disk_slow_until_ = host_->now().boot + action.span;
    note_trouble(TroubleKind::disk, action.span + action.longest);
  }
  void act(const BrokenDisk& action) {
    disk_broken_until_ = host_->now().boot + action.span;
    note_trouble(TroubleKind::disk, action.span + seconds{6} + slowest_write_);
  }
  void act(const ChangeFiles& action) { read_files(action.setup); }
  void act(const Trigger& action) {
    if (!std::all_of(action.jobs.begin(), action.jobs.end(),
                     [this](const std::string& job) { return can_tell(job); })) {
      return;
    }
    tell(dsched::RunNow{action.jobs, {}, action.force});
  }
  void act(const PauseOne& action) {
    if (!can_tell(action.job)) return;
    dsched::Pause pause;
    pause.job = action.job;
    pause.since = host_->now().wall;
    tell(dsched::PauseJob{pause});
  }
  void act(const ResumeOne& action) {
    if (can_tell(action.job)) tell(dsched::ResumeJob{action.job, random_.one_in(2)});
  }
  void act(const StopOne& action) {
    if (!host_->daemon_runs()) return;
    for (auto child = evidence_.children.rbegin(); child != evidence_.children.rend(); ++child) {
      if (child->ended) continue;
      return tell(dsched::StopRun{child->key.run_id, action.kill});
    }
  }
  void act(const CancelOne& action) {
    if (can_tell(action.job)) tell(dsched::CancelWaiting{action.job});
  }
  void act(const MakeUpSome& action) {
    if (!can_tell(action.job)) return;
    const dsched::Timetable& timetable = files_.jobs.at(action.job).job.timetable;
    dsched::MakeUp make_up{action.job, {}, {}};
    auto at = timetable.next(dsched::floor_second(host_->now().wall - action.back));
    for (; at && *at <= host_->now().wall && make_up.firings.size() < 10; at = timetable.next(*at))
      make_up.firings.push_back(*at);
    if (!make_up.firings.empty()) tell(make_up);
  }
  void act(const TouchFiles& action) {
    if (!can_tell(action.job) || files_.jobs.at(action.job).job.watch.globs.empty()) return;
    tell(dsched::FilesChanged{action.job, {"/srv/in/new"}});
  }
  void act(const ChangeLoad& action) {
    load_ = action.load;
    note_trouble(TroubleKind::load, Duration{0});
  }

  void become_quiet() {
    crash_one_in_ = 0;
    disk_slow_until_ = disk_broken_until_ = BootInstant{};
    load_ = 0;
    act(Drift{0});
    const Instant right = scenario_.start + (host_->now().boot - kStart.boot);
    if (scenario_.clock_is_right_in_the_end && right != host_->now().wall)
      act(JumpClock{right - host_->now().wall});
    if (!host_->daemon_runs()) {
      if (!restart_at_) restart_at_ = host_->now().boot;
      pass_until(std::max(*restart_at_, host_->now().boot) + Duration{1});
    }
    if (trace_) say("* nothing goes wrong any more");
    evidence_.quiet = host_->now();
    for (const auto& [name, spec] : files_.jobs) tell(dsched::ResumeJob{name, true});
  }

  void switch_all_off() {
    Setup off = files_;
    for (auto& [name, spec] : off.jobs) spec.job.enabled = false;
    if (trace_) say("* all jobs are switched off");
    read_files(off);
  }

  void converge() {
    const BootInstant patience = host_->now().boot + kConvergence;
    while (host_->now().boot < patience && !host_->stuck()) {
      pass_until(host_->now().boot + minutes{10});
      if (host_->idle()) break;
    }
  }

  void finish() {
    evidence_.ended = host_->now();
    evidence_.idle = host_->idle();
    evidence_.stuck = host_->stuck();
    evidence_.waiting = host_->history().begin().waiting;
  }

  const Scenario& scenario_;
  const Flaws& flaws_;
  const Trace& trace_;
  SimRandom random_;
  Evidence evidence_;
  std::unique_ptr<dsched::SimHost> host_;
  Setup files_;
  std::map<std::string, Behaviour> behaviours_;
  std::map<std::string, std::size_t> child_of_;  // the latest with that key
  int crash_one_in_ = 0;
  std::optional<BootInstant> restart_at_;
  BootInstant disk_slow_until_{}, disk_broken_until_{};
  Duration slowest_write_{0};
  std::int64_t gain_ppm_ = 0;
  double load_ = 0.5;
};

}  // namespace

Evidence play(const Scenario& scenario, const Flaws& flaws, const Trace& trace) {
  return World(scenario, flaws, trace).play();
}

}  // namespace sim
