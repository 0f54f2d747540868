#include "daemon/foreground.h"

#include <csignal>
#include <map>
#include <memory>
#include <utility>

#include "base/run_id.h"
#include "daemon/launch.h"
#include "daemon/recorder.h"
#include "engine/engine.h"

namespace dsched {

namespace {

class Foreground {
 public:
  Foreground(World world, const HostFacts& host, ForegroundOptions options, History* history,
             ForegroundListener listener)
      : world_(world),
        host_(host),
        options_(std::move(options)),
        listener_(std::move(listener)),
        engine_({.stop_on_failure = !options_.keep_going && !options_.by_schedule,
                 .seed = world.entropy.next_u64(),
                 .host = host.name}),
        recorder_(world.loop, world.clock, history,
                  {.on_recorded = [this](const auto& changes,
                                         const auto& applied) { recorded(changes, applied); },
                   .on_trouble =
                       [this](const Error& error) {
                         if (listener_.on_history_trouble) listener_.on_history_trouble(error);
                         recorder_.give_up();
                       },
                   .on_recovered = nullptr}),
        attempts_(make_attempts(world.loop, world.clock, world.entropy, attempts_listener())) {}

  ForegroundReport run() {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
      signals_.push_back(world_.loop.on_signal(number, [this, number] { interrupted(number); }));
    }
    Begin begin;
    begin.limits = options_.limits;
    begin.limits.max_running = options_.parallel;
    RunNow now;
    now.params = options_.params;
    for (Job& job : options_.jobs) {
      if (!options_.by_schedule) job.timetable = Timetable();
      now.jobs.push_back(job.name);
      auto shared = std::make_shared<const Job>(std::move(job));
      jobs_[shared->name] = shared;
      begin.jobs.push_back(std::move(shared));
    }
    feed(begin);
    feed(HandsReady{true, {}});
    if (!options_.by_schedule) feed(now);
    begun_ = true;
    if (!over()) world_.loop.run();
    return std::move(report_);
  }

 private:
  Attempts::Listener attempts_listener() {
    Attempts::Listener listener;
    listener.on_started = [this](const AttemptKey& key, const ProcessTrace&, Instant started_at) {
      if (checks_.count(key.run_id) == 0) feed(AttemptBegan{key, started_at});
    };
    listener.on_ended = [this](const AttemptKey& key, const AttemptOutcome& outcome) {
      attempt_ended(key, outcome);
    };
    if (listener_.on_output) {
      listener.on_output = [this](const AttemptKey& key, OutputStream stream,
                                  std::string_view bytes) {
        auto run = runs_.find(key.run_id);
        if (run != runs_.end()) listener_.on_output(*jobs_.at(run->second.job), stream, bytes);
      };
    }
    return listener;
  }

  void feed(const Event& event) {
    Step step = engine_.step(event, {world_.clock.now(), world_.clock.boot_now()});
    for (HistoryChange& change : step.record)
      std::visit([this](auto& concrete) { note(concrete); }, change);
    // Everything but runs and decisions belongs to the daemon.
    std::erase_if(step.record, [](const HistoryChange& change) {
      return !std::holds_alternative<ClaimRun>(change) &&
             !std::holds_alternative<AddDecision>(change) &&
             !std::holds_alternative<AttemptStarted>(change) &&
             !std::holds_alternative<AttemptEnded>(change) &&
             !std::holds_alternative<RunEnded>(change);
    });
    recorder_.add(std::move(step.record));
    for (const RetryPlanned& retry : step.retries) {
      if (listener_.on_retry)
        listener_.on_retry(*retry.job, retry.failed.attempt, retry.outcome, retry.pause);
    }
    for (const StartAttempt& start : step.start) start_attempt(start);
    for (const StartCheck& check : step.checks) start_check(check);
    for (const StopAttempt& stop : step.stop) {
      if (stop.kill) {
        attempts_->kill(stop.key);
      } else {
        attempts_->stop(stop.key, 0);
      }
    }
    idle_ =
        step.idle && (!options_.by_schedule || interrupts_ > 0 || step.wake_wall == Instant::max());
    wake_at(step.wake_wall, step.wake_boot);
    if (over()) world_.loop.stop();
  }

  bool over() const { return begun_ && idle_ && recorder_.idle(); }

  void wake_at(Instant wall, BootInstant boot) {
    const auto tick = [this] { feed(TimeReached{}); };
    wall_timer_ =
        wall == Instant::max() ? nullptr : world_.loop.at_wall(wall, [tick](bool) { tick(); });
    boot_timer_ = boot == BootInstant::max() ? nullptr : world_.loop.at(boot, tick);
  }

  // Completes the claim and keeps the record of the run, for the listener and the report.
  void note(ClaimRun& claim) {
    claim.run.host = host_.name;
    claim.run.supervisor = options_.foreground_id;
    if (!options_.log_directory.empty()) {
      claim.run.log_path = run_log_path(options_.log_directory, claim.run.job, claim.run.run_id);
    }
    runs_[claim.run.run_id] = claim.run;
  }

  void note(AddDecision& change) {
    if (listener_.on_decision) listener_.on_decision(change.decision);
    report_.decisions.push_back(change.decision);
  }

  void note(AttemptStarted& change) {
    RunRecord& run = runs_.at(change.key.run_id);
    if (!run.started_at) run.started_at = change.started_at;
    if (listener_.on_started) listener_.on_started(*jobs_.at(run.job), run, change.key.attempt);
  }

  void note(AttemptEnded& change) {
    runs_.at(change.key.run_id).attempts.push_back({change.key.attempt, change.outcome});
  }

  void note(RunEnded& change) {
    auto run = runs_.extract(change.run_id);
    RunRecord& record = run.mapped();
    record.ended_at = change.ended_at;
    record.result = change.result;
    record.exit_status = change.exit_status;
    if (listener_.on_ended) listener_.on_ended(*jobs_.at(record.job), record);
    report_.runs.push_back(std::move(record));
  }

  template <class Change>
  void note(Change&) {}

  void recorded(const std::vector<HistoryChange>& changes,
                const std::vector<AppliedChange>& applied) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const auto* claim = std::get_if<ClaimRun>(&changes[i]);
      if (claim == nullptr) continue;
      if (auto run = runs_.find(claim->run.run_id); run != runs_.end())
        run->second.fence = applied[i].fence;
      feed(ClaimAnswered{claim->run.run_id, applied[i].accepted, applied[i].fence});
    }
    if (over()) world_.loop.stop();
  }

  LaunchFacts facts_of(const StartAttempt& start, const std::string& log_path) const {
    return {.key = start.key,
            .job = *start.job,
            .firing_at = start.firing_at,
            .trigger = start.trigger,
            .fence = start.fence,
            .last_success_at = std::nullopt,
            .now = world_.clock.now(),
            .log_path = log_path,
            .like_a_shell = !options_.as_daemon,
            .working_directory = options_.working_directory,
            .tee = false,
            .params = start.params,
            .upstream_outputs = start.upstream_outputs,
            .scratch_place = options_.scratch_place};
  }

  void start_attempt(const StartAttempt& start) {
    auto launch = prepare_launch(facts_of(start, runs_.at(start.key.run_id).log_path), host_,
                                 {world_.users, world_.files, world_.scratch});
    if (auto* request = std::get_if<StartRequest>(&launch)) {
      request->split_streams = true;
      request->tee = false;  // the listener passes the output on already
      attempts_->start(std::move(*request));
      return;
    }
    const AttemptOutcome outcome = not_started(std::get<StartFailure>(std::move(launch)));
    world_.loop.post([this, key = start.key, outcome] { attempt_ended(key, outcome); });
  }

  void start_check(const StartCheck& check) {
    const std::string run_id =
        make_run_id(world_.clock.now(), world_.entropy.next_u64(), world_.entropy.next_u64());
    const StartAttempt like{.key = {run_id, 1}, .job = check.job, .firing_at = check.firing.second};
    auto launch = prepare_check(check, run_id, facts_of(like, ""), host_,
                                {world_.users, world_.files, world_.scratch});
    checks_[run_id] = check.firing;
    if (auto* request = std::get_if<StartRequest>(&launch)) {
      attempts_->start(std::move(*request));
      return;
    }
    const AttemptOutcome outcome = not_started(std::get<StartFailure>(std::move(launch)));
    world_.loop.post([this, key = like.key, outcome] { attempt_ended(key, outcome); });
  }

  AttemptOutcome not_started(StartFailure failure) const {
    AttemptOutcome outcome;
    outcome.failure = std::move(failure);
    outcome.started_at = outcome.ended_at = world_.clock.now();
    return outcome;
  }

  void attempt_ended(const AttemptKey& key, const AttemptOutcome& outcome) {
    if (auto check = checks_.extract(key.run_id); !check.empty())
      return feed(check_answer(check.mapped(), outcome));
    Values outputs;
    if (!options_.scratch_place.empty()) {
      const std::string name = scratch_name(key);
      outputs =
          parse_outputs(world_.scratch.read_output(options_.scratch_place, name, kMaxOutputsBytes));
      world_.scratch.remove(options_.scratch_place, name);
    }
    feed(AttemptOver{key, outcome, std::move(outputs)});
  }

  void interrupted(int signal_number) {
    report_.interrupted_by = signal_number;
    ++interrupts_;
    if (listener_.on_interrupt) listener_.on_interrupt(interrupts_);
    feed(Drain{.stop_running = true, .kill = interrupts_ > 1});
  }

  World world_;
  const HostFacts& host_;
  ForegroundOptions options_;
  ForegroundListener listener_;
  Engine engine_;
  Recorder recorder_;
  std::unique_ptr<Attempts> attempts_;
  std::map<std::string, JobPtr> jobs_;
  std::map<std::string, RunRecord> runs_;    // that have not ended
  std::map<std::string, FiringKey> checks_;  // by the run id that stands for the check
  ForegroundReport report_;
  bool begun_ = false;
  bool idle_ = false;
  int interrupts_ = 0;
  Loop::Handle wall_timer_, boot_timer_;
  std::vector<Loop::Handle> signals_;
};

}  // namespace

ForegroundReport run_foreground(World world, const HostFacts& host, ForegroundOptions options,
                                History* history, ForegroundListener listener) {
  Foreground foreground(world, host, std::move(options), history, std::move(listener));
  return foreground.run();
}

}  // namespace dsched
