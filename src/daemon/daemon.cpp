#include "daemon/daemon.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "base/duration_text.h"
#include "base/run_id.h"
#include "daemon/control_server.h"
#include "daemon/launch.h"
#include "daemon/notify.h"
#include "daemon/recorder.h"
#include "daemon/reloader.h"
#include "daemon/restore.h"
#include "daemon/state_lock.h"
#include "engine/engine.h"
#include "history/history.h"
#include "supervise/client.h"

namespace dsched {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Duration kPruneEvery = hours{1};
constexpr Duration kRetirePatience = seconds{3};
constexpr Duration kRetirementCheck = std::chrono::milliseconds{10};
constexpr Duration kLeaveRetry = std::chrono::milliseconds{50};

std::vector<JobPtr> job_pointers(const Configuration& configuration) {
  std::vector<JobPtr> jobs;
  jobs.reserve(configuration.jobs.size());
  for (const Job& job : configuration.jobs) jobs.push_back(std::make_shared<const Job>(job));
  return jobs;
}

HandsReady hands_ready(bool same_boot, std::vector<SupervisorClient::Known> known) {
  HandsReady event;
  event.same_boot = same_boot;
  for (SupervisorClient::Known& one : known) {
    event.known.push_back({std::move(one.key), one.started_at, std::move(one.outcome)});
  }
  return event;
}

// Drops some of what is beyond the policy, with its output files. Answers whether there may be
// more.
bool prune_some(History& history, Files& files, const std::string& job, const HistoryPolicy& policy,
                Instant now) {
  const auto dropped = history.prune(job, policy.keep, policy.keep_runs, now);
  if (!dropped) return false;
  for (const std::string& path : *dropped) {
    // Files that are gone, or never were (standard error of its own is rare), are no trouble.
    [[maybe_unused]] const auto output = files.remove(path);
    [[maybe_unused]] const auto error = files.remove(attempt_error_path(path, 1));
  }
  return !dropped->empty();
}

// Files that the user named have to be there: a container whose crontab is missing must not idle in
// silence.
Result<void> check_named_files(const ConfigSources& sources, const Configuration& configuration) {
  for (const auto& names : {sources.crontab_files, sources.job_files}) {
    for (const Rejected& rejected : configuration.rejected) {
      const bool named = std::find(names.begin(), names.end(), rejected.file) != names.end();
      if (!named || !rejected.job.empty()) continue;
      return Error{ErrorCode::invalid, rejected.file + " cannot be used",
                   "dsched check " + rejected.file};
    }
  }
  return {};
}

class Daemon {
 public:
  Daemon(World world, const HostFacts& host, const DaemonOptions& options, ZoneDatabase& zones,
         Log& log)
      : world_(world),
        host_(host),
        options_(options),
        log_(log),
        reloader_(world, options.sources, zones, log,
                  [this](const Configuration& active) { configure(active); }),
        started_at_(world.clock.now()) {}

  Result<void> run() {
    DSCHED_TRY(prepare());
    world_.loop.run();
    return {};
  }

 private:
  Result<void> prepare() {
    if (!options_.dry_run) {
      DSCHED_TRY(take_state());
    }
    reloader_.load_now();
    const Configuration& active = reloader_.active();
    DSCHED_TRY(check_named_files(options_.sources, active));
    engine_ = std::make_unique<Engine>(EngineOptions{.max_running = active.settings.max_running,
                                                     .stop_on_failure = false,
                                                     .seed = world_.entropy.next_u64(),
                                                     .host = host_.name});
    recorder_ = std::make_unique<Recorder>(
        world_.loop, world_.clock, history_.get(),
        Recorder::Listener{
            .on_recorded = [this](const auto& changes,
                                  const auto& applied) { recorded(changes, applied); },
            .on_trouble = [this](const Error& error) { history_trouble(error); },
            .on_recovered = [this] { history_recovered(); }});
    DSCHED_TRY_ASSIGN(Begin begin, begin_event(active));
    if (!options_.dry_run) {
      DSCHED_TRY_ASSIGN(control_,
                        serve_control(options_.run_directory, world_.loop, world_.clock,
                                      [this](ControlRequest request, ControlServer::Reply reply) {
                                        serve(request, std::move(reply));
                                      }));
    }
    listen_to_signals();
    const bool nothing_to_record = begin.jobs.empty() && begin.cursors.empty();
    feed(begin);
    if (nothing_to_record) remember_boot();
    connect_hands();
    prune();
    keep_watchdog();
    log_.info("dsched is running", {{"version", options_.version},
                                    {"pid", std::to_string(::getpid())},
                                    {"jobs", std::to_string(active.jobs.size())},
                                    {"state", options_.state_directory}});
    notify_service_manager(options_.notify_socket,
                           "READY=1\nSTATUS=" + std::to_string(active.jobs.size()) + " jobs");
    return {};
  }

  Result<void> take_state() {
    const std::uint32_t mode = host_.scope == "system" ? 0755 : 0700;
    for (const std::string& directory :
         {options_.state_directory, options_.log_directory, options_.run_directory}) {
      DSCHED_TRY(world_.files.make_directories(directory, mode));
    }
    DSCHED_TRY_ASSIGN(StateLock lock, StateLock::take(options_.state_directory));
    lock_ = std::make_unique<StateLock>(std::move(lock));
    DSCHED_TRY_ASSIGN(history_, open_history(options_.state_directory + "/history.db"));
    return {};
  }

  Result<Begin> begin_event(const Configuration& active) {
    Begin begin;
    if (history_ != nullptr) {
      DSCHED_TRY_ASSIGN(begin, read_begin(*history_, world_.files, world_.clock.now()));
      DSCHED_TRY_ASSIGN(const auto summaries, history_->summaries());
      for (const auto& [job, summary] : summaries) {
        if (summary.last_success_at) last_success_[job] = *summary.last_success_at;
      }
      for (const RunRecord& record : begin.open_runs) job_of_run_[record.run_id] = record.job;
      begin.first_since_boot = !booted_before(options_.run_directory, world_.files);
    }
    begin.jobs = job_pointers(active);
    return begin;
  }

  // Once the claims of @reboot jobs are on disk.
  void remember_boot() {
    if (options_.dry_run || std::exchange(boot_remembered_, true)) return;
    if (auto written = write_boot_mark(options_.run_directory, world_.files); !written) {
      log_.warning("the boot mark could not be written; @reboot jobs may run again",
                   {{"error", written.error().message}});
    }
  }

  void connect_hands() {
    if (options_.dry_run) {
      feed(HandsReady{true, {}});
      return;
    }
    SupervisorClient::Listener listener;
    listener.on_ready = [this](const std::string& uuid, bool same_boot,
                               std::vector<SupervisorClient::Known> known) {
      supervisor_ = uuid;
      log_.debug("supervisor ready",
                 {{"supervisor", uuid}, {"known", std::to_string(known.size())}});
      acknowledge_unknown(known);
      hands_are_ready_ = true;
      feed(hands_ready(same_boot, std::move(known)));
    };
    listener.on_started = [this](const AttemptKey& key, Instant started_at) {
      feed(AttemptBegan{key, started_at});
    };
    listener.on_ended = [this](const AttemptKey& key, const AttemptOutcome& outcome) {
      acknowledge_unknown({{key, std::nullopt, outcome}});
      feed(AttemptOver{key, outcome});
    };
    listener.on_gone = [this] {
      log_.error("the supervisor died; what it ran is lost");
      feed(HandsLost{});
    };
    listener.on_trouble = [this](const Error& error) {
      log_.error("no supervisor can be had", {{"error", error.message}, {"hint", error.hint}});
      feed(HandsLost{});
    };
    client_ = make_supervisor_client(world_.loop, world_.clock, options_.program,
                                     options_.state_directory, options_.run_directory,
                                     std::move(listener));
    client_->connect();
  }

  // Outcomes of runs that have ended in the history: their acknowledgement was lost on the way.
  void acknowledge_unknown(const std::vector<SupervisorClient::Known>& known) {
    for (const auto& one : known) {
      if (one.outcome && job_of_run_.count(one.key.run_id) == 0) client_->acknowledge(one.key);
    }
  }

  void listen_to_signals() {
    const auto on = [this](int number, Loop::Callback callback) {
      signals_.push_back(world_.loop.on_signal(number, std::move(callback)));
    };
    on(SIGHUP, [this] {
      notify_service_manager(options_.notify_socket, "RELOADING=1");
      reload([this](const ReloadReport&) {
        notify_service_manager(options_.notify_socket, "READY=1");
      });
    });
    on(SIGTERM, [this] { stop(); });
    on(SIGINT, [this] { stop(); });
    on(SIGUSR1, [this] { dump_state(); });
    on(SIGPIPE, [] {});
    // As the first process of a container we are the parent of every orphan.
    if (::getpid() == 1) {
      on(SIGCHLD, [] {
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
      });
    }
  }

  void feed(const Event& event) {
    carry_out(engine_->step(event, {world_.clock.now(), world_.clock.boot_now()}));
  }

  void carry_out(Step step) {
    if (step.clock_rebased)
      log_.error("the wall clock went back by hours; schedules start anew from now");
    for (HistoryChange& change : step.record) complete_and_log(change);
    recorder_->add(std::move(step.record));
    for (const RetryPlanned& retry : step.retries) {
      log_.warning("attempt failed, another follows",
                   {{"job", retry.job->name},
                    {"run", short_run_id(retry.failed.run_id)},
                    {"attempt", std::to_string(retry.failed.attempt)},
                    {"exit", std::to_string(exit_status_of(retry.outcome))},
                    {"pause", human_duration(retry.pause)}});
    }
    for (const StartAttempt& start : step.start) start_attempt(start);
    for (const StopAttempt& stop : step.stop) {
      if (stop.kill) {
        client_->kill(stop.key);
      } else {
        client_->stop(stop.key, 0);
      }
    }
    idle_ = step.idle;
    wake_at(step.wake_wall, step.wake_boot);
    finish_when_done();
  }

  // Adds to a claim what only we know, and tells the log.
  void complete_and_log(HistoryChange& change) {
    if (auto* claim = std::get_if<ClaimRun>(&change)) {
      claim->run.host = host_.name;
      claim->run.supervisor = supervisor_;
      claim->run.log_path = run_log_path(options_.log_directory, claim->run.job, claim->run.run_id);
      job_of_run_[claim->run.run_id] = claim->run.job;
    } else if (const auto* skipped = std::get_if<AddDecision>(&change)) {
      const Decision& decision = skipped->decision;
      log_.warning(decision.kind == DecisionKind::missed ? "missed" : "skipped",
                   {{"job", decision.job},
                    {"reason", std::string(to_text(decision.reason))},
                    {"detail", decision.detail},
                    {"firings", std::to_string(decision.firings)}});
    } else if (const auto* began = std::get_if<AttemptStarted>(&change)) {
      log_.info("started", {{"job", job_of(began->key.run_id)},
                            {"run", short_run_id(began->key.run_id)},
                            {"attempt", std::to_string(began->key.attempt)}});
    } else if (const auto* over = std::get_if<AttemptEnded>(&change)) {
      if (over->outcome.failure.step == StartStep::none) return;
      log_.error("could not start",
                 {{"job", job_of(over->key.run_id)},
                  {"run", short_run_id(over->key.run_id)},
                  {"reason", std::string(to_text(reason_of(over->outcome.failure)))},
                  {"error", describe(over->outcome.failure)}});
    } else if (const auto* ended = std::get_if<RunEnded>(&change)) {
      log_.write(ended->result == RunResult::ok ? LogLevel::info : LogLevel::error, "ended",
                 {{"job", job_of(ended->run_id)},
                  {"run", short_run_id(ended->run_id)},
                  {"result", std::string(to_text(ended->result))},
                  {"exit", std::to_string(ended->exit_status)}});
      if (ended->result == RunResult::ok) last_success_[job_of(ended->run_id)] = ended->ended_at;
    }
  }

  std::string job_of(const std::string& run_id) const {
    auto where = job_of_run_.find(run_id);
    return where == job_of_run_.end() ? "" : where->second;
  }

  void start_attempt(const StartAttempt& start) {
    if (options_.dry_run) {
      log_.info("would start", {{"job", start.job->name}});
      AttemptOutcome outcome;
      outcome.started_at = outcome.ended_at = world_.clock.now();
      world_.loop.post([this, key = start.key, outcome] { feed(AttemptOver{key, outcome}); });
      return;
    }
    const auto last_success = last_success_.find(start.job->name);
    const LaunchFacts facts{
        .key = start.key,
        .job = *start.job,
        .firing_at = start.firing_at,
        .trigger = start.trigger,
        .fence = start.fence,
        .last_success_at = last_success == last_success_.end()
                               ? std::nullopt
                               : std::optional(last_success->second),
        .now = world_.clock.now(),
        .log_path = run_log_path(options_.log_directory, start.job->name, start.key.run_id),
        .like_a_shell = false,
        .working_directory = "",
        .tee = options_.tee_output};
    auto launch = prepare_launch(facts, host_, world_.users, world_.files);
    if (const auto* request = std::get_if<StartRequest>(&launch)) {
      client_->start(*request);
      return;
    }
    AttemptOutcome outcome;
    outcome.failure = std::get<StartFailure>(std::move(launch));
    outcome.started_at = outcome.ended_at = world_.clock.now();
    world_.loop.post([this, key = start.key, outcome] { feed(AttemptOver{key, outcome}); });
  }

  void recorded(const std::vector<HistoryChange>& changes,
                const std::vector<AppliedChange>& applied) {
    remember_boot();
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (const auto* claim = std::get_if<ClaimRun>(&changes[i])) {
        if (!applied[i].accepted) job_of_run_.erase(claim->run.run_id);
        feed(ClaimAnswered{claim->run.run_id, applied[i].accepted, applied[i].fence});
      } else if (const auto* over = std::get_if<AttemptEnded>(&changes[i])) {
        if (client_ != nullptr) client_->acknowledge(over->key);
      } else if (const auto* ended = std::get_if<RunEnded>(&changes[i])) {
        job_of_run_.erase(ended->run_id);
      }
    }
    finish_when_done();
  }

  void history_trouble(const Error& error) {
    log_.error("the history cannot be written; nothing new is started until it can",
               {{"error", error.message}, {"hint", error.hint}});
    notify_service_manager(options_.notify_socket, "STATUS=the history cannot be written");
    in_trouble_ = true;
    feed(HistoryWritable{false});
  }

  void history_recovered() {
    log_.info("the history can be written again");
    in_trouble_ = false;
    feed(HistoryWritable{true});
  }

  // A wake-up that is set already is left alone: timers cost system calls.
  void wake_at(Instant wall, BootInstant boot) {
    if (wall != wake_wall_) {
      wake_wall_ = wall;
      wall_timer_.reset();
      if (wall != Instant::max()) {
        wall_timer_ = world_.loop.at_wall(wall, [this](bool jumped) { wake(jumped); });
      }
    }
    if (boot != wake_boot_) {
      wake_boot_ = boot;
      boot_timer_.reset();
      if (boot != BootInstant::max()) {
        boot_timer_ = world_.loop.at(boot, [this] {
          wake_boot_ = BootInstant::max();
          feed(TimeReached{});
        });
      }
    }
  }

  void wake(bool jumped) {
    wake_wall_ = Instant::max();
    if (jumped) log_.warning("the wall clock was set");
    feed(TimeReached{});
  }

  void configure(const Configuration& active) {
    engine_->set_max_running(active.settings.max_running);
    feed(Configure{job_pointers(active)});
    log_.info("configuration loaded", {{"jobs", std::to_string(active.jobs.size())}});
    notify_service_manager(options_.notify_socket,
                           "STATUS=" + std::to_string(active.jobs.size()) + " jobs");
  }

  void reload(Reloader::Done done) {
    if (stops_ > 0) return;
    reloader_.reload(std::move(done));
  }

  void serve(ControlRequest request, ControlServer::Reply reply) {
    if (request == ControlRequest::status) {
      reply(encode_reply(DaemonStatus{::getpid(), options_.version, started_at_,
                                      reloader_.active().jobs.size(), engine_->running(),
                                      stops_ > 0}));
    } else if (stops_ > 0) {
      reply(encode_reply(Error{ErrorCode::unavailable, "the daemon is stopping", ""}));
    } else {
      reload(
          [reply = std::move(reply)](const ReloadReport& report) { reply(encode_reply(report)); });
    }
  }

  // First: let runs end within stop_timeout. Second: ask them to. Third: kill them.
  void stop() {
    ++stops_;
    const Duration patience = reloader_.active().settings.stop_timeout;
    if (stops_ == 1) {
      log_.info("stopping: nothing new is started, runs may end",
                {{"running", std::to_string(engine_->running())},
                 {"stop_timeout", human_duration(patience)}});
      notify_service_manager(options_.notify_socket, "STOPPING=1");
      reloader_.stop();
      recorder_->drop_maintenance();
      stop_timer_ = world_.loop.at(world_.clock.boot_now() + patience, [this] { stop(); });
      feed(Drain{});
    } else {
      log_.info(stops_ == 2 ? "stopping: runs are told to end" : "stopping: runs are killed",
                {{"running", std::to_string(engine_->running())}});
      stop_timer_.reset();
      feed(Drain{.stop_running = true, .kill = stops_ > 2});
    }
  }

  void finish_when_done() {
    const bool over = stops_ > 0 || (options_.once && (hands_are_ready_ || options_.dry_run));
    if (!over || finishing_) return;
    const bool all_told = idle_ && recorder_->idle() && !reloader_.loading();
    if (!all_told && !may_leave_unrecorded() && !may_leave_without_hands()) return;
    finishing_ = true;
    reloader_.stop();
    stop_timer_.reset();
    leave_timer_.reset();
    prune_timer_.reset();
    wall_timer_.reset();
    boot_timer_.reset();
    control_.reset();
    signals_.clear();
    log_.info("stopped");
    if (client_ == nullptr || !client_->connected()) return world_.loop.stop();
    client_->retire();
    await_retirement(world_.clock.boot_now() + kRetirePatience);
  }

  // A supervisor that was asked to end says no more than that the connection is closed.
  void await_retirement(BootInstant until) {
    const BootInstant now = world_.clock.boot_now();
    if (!client_->connected() || now >= until) return world_.loop.stop();
    finish_timer_ =
        world_.loop.at(now + kRetirementCheck, [this, until] { await_retirement(until); });
  }

  // Told twice to end, and no supervisor that could say what became of the open runs: the next
  // daemon asks again.
  bool may_leave_without_hands() const {
    const bool no_hands = client_ != nullptr && !client_->connected();
    return stops_ >= 2 && no_hands && recorder_->idle() && !reloader_.loading();
  }

  // Told twice to end, with a history that cannot be written: what ended is in the supervisor's
  // journal, not acknowledged, and the next daemon hears of it.
  bool may_leave_unrecorded() {
    if (stops_ < 2 || !in_trouble_ || engine_->running() > 0) return false;
    if (recorder_->stop_trying()) {
      log_.error("stopping without the history; what it lacks is recorded at the next start");
      return true;
    }
    leave_timer_ =
        world_.loop.at(world_.clock.boot_now() + kLeaveRetry, [this] { finish_when_done(); });
    return false;
  }

  void prune() {
    if (history_ == nullptr) return;
    for (const Job& job : reloader_.active().jobs) prune_job(job.name, job.history);
    prune_timer_ = world_.loop.at(world_.clock.boot_now() + kPruneEvery, [this] { prune(); });
  }

  // In small pieces: claims wait behind each.
  void prune_job(const std::string& job, const HistoryPolicy& policy) {
    const auto more = std::make_shared<bool>(false);
    recorder_->maintain(
        [this, job, policy, more, now = world_.clock.now()](History& history) {
          *more = prune_some(history, world_.files, job, policy, now);
        },
        [this, job, policy, more] {
          if (*more && stops_ == 0) prune_job(job, policy);
          finish_when_done();
        });
  }

  void keep_watchdog() {
    if (!options_.watchdog) return;
    notify_service_manager(options_.notify_socket, "WATCHDOG=1");
    watchdog_timer_ = world_.loop.at(world_.clock.boot_now() + *options_.watchdog / 2,
                                     [this] { keep_watchdog(); });
  }

  void dump_state() {
    log_.info("state", {{"jobs", std::to_string(reloader_.active().jobs.size())},
                        {"running", std::to_string(engine_->running())},
                        {"runs", std::to_string(job_of_run_.size())},
                        {"supervisor", supervisor_}});
    for (const auto& [run_id, job] : job_of_run_)
      log_.info("open run", {{"job", job}, {"run", short_run_id(run_id)}});
  }

  World world_;
  const HostFacts& host_;
  const DaemonOptions& options_;
  Log& log_;
  std::unique_ptr<StateLock> lock_;
  std::unique_ptr<History> history_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Recorder> recorder_;
  Reloader reloader_;
  std::unique_ptr<SupervisorClient> client_;
  std::unique_ptr<ControlServer> control_;
  Instant started_at_;
  std::string supervisor_;
  std::map<std::string, Instant> last_success_;
  std::map<std::string, std::string> job_of_run_;  // runs that have not ended in the history
  bool hands_are_ready_ = false;
  bool idle_ = false;
  bool finishing_ = false;
  bool boot_remembered_ = false;
  bool in_trouble_ = false;  // the history cannot be written
  int stops_ = 0;
  Instant wake_wall_ = Instant::max();
  BootInstant wake_boot_ = BootInstant::max();
  Loop::Handle wall_timer_, boot_timer_, stop_timer_, leave_timer_, finish_timer_, prune_timer_,
      watchdog_timer_;
  std::vector<Loop::Handle> signals_;
};

}  // namespace

Result<void> run_daemon(World world, const HostFacts& host, const DaemonOptions& options,
                        ZoneDatabase& zones, Log& log) {
  Daemon daemon(world, host, options, zones, log);
  return daemon.run();
}

}  // namespace dsched
