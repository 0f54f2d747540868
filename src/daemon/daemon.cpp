#include "daemon/daemon.h"

#include <algorithm>
#include <charconv>
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
#include "daemon/change_log.h"
#include "daemon/control_server.h"
#include "daemon/file_watcher.h"
#include "daemon/hands.h"
#include "daemon/launch.h"
#include "daemon/notifier.h"
#include "daemon/notify.h"
#include "daemon/pruner.h"
#include "daemon/recorder.h"
#include "daemon/reloader.h"
#include "daemon/requests.h"
#include "daemon/restore.h"
#include "daemon/state_lock.h"
#include "daemon/submitted.h"
#include "engine/engine.h"
#include "history/history.h"

namespace dsched {

namespace {

using std::chrono::seconds;

constexpr Duration kRetirePatience = seconds{3};
constexpr Duration kRetirementCheck = std::chrono::milliseconds{10};
constexpr Duration kSignOfLifeEvery = seconds{60};
constexpr Duration kLoadEvery = seconds{5};
constexpr Duration kLeaveRetry = std::chrono::milliseconds{50};

std::vector<JobPtr> job_pointers(const Configuration& configuration) {
  std::vector<JobPtr> jobs;
  jobs.reserve(configuration.jobs.size());
  for (const Job& job : configuration.jobs) jobs.push_back(std::make_shared<const Job>(job));
  return jobs;
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
        zones_(zones),
        reloader_(world, options.sources, submitted_directory(options.state_directory), zones, log,
                  [this](const Configuration& active) { configure(active); }),
        hands_(world, host, options, log,
               {.tell = [this](const Event& event) { feed(event); },
                .is_open = [this](const std::string& run) { return job_of_run_.count(run) != 0; }}),
        requests_(requests_host()),
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
    engine_ = std::make_unique<Engine>(EngineOptions{
        .stop_on_failure = false, .seed = world_.entropy.next_u64(), .host = host_.name});
    recorder_ = std::make_unique<Recorder>(
        world_.loop, world_.clock, history_.get(),
        Recorder::Listener{
            .on_recorded = [this](const auto& changes,
                                  const auto& applied) { recorded(changes, applied); },
            .on_trouble = [this](const Error& error) { history_trouble(error); },
            .on_recovered = [this] { history_recovered(); }});
    pruner_ = std::make_unique<Pruner>(
        world_, *recorder_, [this]() -> const std::vector<Job>& { return reloader_.active().jobs; },
        [this] { finish_when_done(); });
    DSCHED_TRY_ASSIGN(notifier_, make_notifier());
    DSCHED_TRY_ASSIGN(Begin begin, begin_event(active));
    if (!options_.dry_run) {
      DSCHED_TRY_ASSIGN(control_,
                        serve_control(options_.run_directory, world_.loop, world_.clock,
                                      [this](const ControlRequest& request, std::uint32_t peer,
                                             ControlServer::Reply reply) {
                                        requests_.serve(request, peer, std::move(reply));
                                      }));
    }
    listen_to_signals();
    const bool nothing_to_record = begin.jobs.empty() && begin.cursors.empty();
    feed(begin);
    if (nothing_to_record) remember_boot();
    hands_.connect();
    watch_files(active.jobs);
    if (history_ != nullptr) pruner_->begin();
    if (notifier_ != nullptr) notifier_->configure(active.settings);
    keep_watchdog();
    keep_sign_of_life();
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
    // There before anything is submitted: what is not there cannot be watched.
    DSCHED_TRY(world_.files.make_directories(submitted_directory(options_.state_directory), 0700));
    DSCHED_TRY_ASSIGN(StateLock lock, StateLock::take(options_.state_directory));
    lock_ = std::make_unique<StateLock>(std::move(lock));
    DSCHED_TRY_ASSIGN(history_, open_history(options_.state_directory + "/history.db"));
    return {};
  }

  // None without a history, which is its outbox.
  Result<std::unique_ptr<Notifier>> make_notifier() {
    if (history_ == nullptr) return std::unique_ptr<Notifier>();
    DSCHED_TRY_ASSIGN(auto reader,
                      open_history_for_reading(options_.state_directory + "/history.db"));
    const auto find_job = [this](const std::string& name) -> const Job* {
      const std::vector<Job>& jobs = reloader_.active().jobs;
      const auto job =
          std::find_if(jobs.begin(), jobs.end(), [&](const Job& one) { return one.name == name; });
      return job == jobs.end() ? nullptr : &*job;
    };
    return std::make_unique<Notifier>(Notifier::Parts{.loop = world_.loop,
                                                      .clock = world_.clock,
                                                      .files = world_.files,
                                                      .courier = world_.courier,
                                                      .recorder = *recorder_,
                                                      .log = log_,
                                                      .reader = std::move(reader),
                                                      .host = host_.name,
                                                      .find_job = find_job,
                                                      .on_idle = [this] { finish_when_done(); }});
  }

  Result<Begin> begin_event(const Configuration& active) {
    Begin begin;
    if (history_ != nullptr) {
      DSCHED_TRY_ASSIGN(
          begin, read_begin(*history_, world_.files, job_pointers(active), world_.clock.now()));
      DSCHED_TRY_ASSIGN(const auto summaries, history_->summaries());
      for (const auto& [job, summary] : summaries) {
        if (summary.last_success_at) last_success_[job] = *summary.last_success_at;
      }
      discard(settled_submissions(active.jobs, summaries,
                                  submitted_directory(options_.state_directory)));
      begin.last_alive = last_sign_of_life(options_.state_directory, world_.files);
      for (const RunRecord& record : begin.open_runs) job_of_run_[record.run_id] = record.job;
      begin.first_since_boot = !booted_before(options_.run_directory, world_.files);
    }
    if (history_ == nullptr) begin.jobs = job_pointers(active);
    begin.limits = active.settings.limits;
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
    requests_.stepped(step.record);
    recorder_->add(std::move(step.record));
    for (const RetryPlanned& retry : step.retries) log_retry(log_, retry);
    for (const StartAttempt& start : step.start) hands_.start(start, last_success_of(*start.job));
    for (const StartCheck& check : step.checks) hands_.check(check, last_success_of(*check.job));
    for (const StopAttempt& stop : step.stop) hands_.stop(stop);
    idle_ = step.idle;
    measure_load(step.wants_load);
    wake_at(step.wake_wall, step.wake_boot);
    finish_when_done();
  }

  // What has fired is forgotten as news only when the firing is on disk.
  void watch_files(const std::vector<Job>& jobs) {
    if (options_.dry_run || options_.once) return;
    watcher_ = std::make_unique<FileWatcher>(
        world_.loop, world_.clock, world_.files, log_, options_.state_directory,
        FileWatcher::Listener{.on_settled =
                                  [this](const std::string& job, std::vector<std::string> files,
                                         FileWatcher::Kept kept) {
                                    feed(FilesChanged{job, std::move(files)});
                                    recorder_->maintain([](History&) {}, std::move(kept));
                                  },
                              .on_saved = [this] { finish_when_done(); }});
    watcher_->configure(jobs);
  }

  // Adds to a claim what only we know, and tells the log.
  void complete_and_log(HistoryChange& change) {
    if (auto* claim = std::get_if<ClaimRun>(&change)) {
      claim->run.host = host_.name;
      claim->run.supervisor = hands_.supervisor();
      claim->run.log_path = run_log_path(options_.log_directory, claim->run.job, claim->run.run_id);
      job_of_run_[claim->run.run_id] = claim->run.job;
    } else if (const auto* ended = std::get_if<RunEnded>(&change)) {
      if (ended->result == RunResult::ok) last_success_[job_of(ended->run_id)] = ended->ended_at;
    }
    log_change(log_, change, [this](const std::string& run_id) { return job_of(run_id); });
  }

  std::optional<Instant> last_success_of(const Job& job) const {
    auto where = last_success_.find(job.name);
    return where == last_success_.end() ? std::nullopt : std::optional(where->second);
  }

  // As long as somebody waits for less load.
  void measure_load(bool wanted) {
    if (!wanted) return load_timer_.reset();
    if (load_timer_ != nullptr) return;
    load_timer_ = world_.loop.at(world_.clock.boot_now() + kLoadEvery, [this] {
      load_timer_.reset();
      const auto text = world_.files.read("/proc/loadavg", 128);
      double load = 0;
      if (text &&
          std::from_chars(text->data(), text->data() + text->size(), load).ec == std::errc())
        feed(LoadMeasured{load});
    });
  }

  std::string job_of(const std::string& run_id) const {
    auto where = job_of_run_.find(run_id);
    return where == job_of_run_.end() ? "" : where->second;
  }

  void recorded(const std::vector<HistoryChange>& changes,
                const std::vector<AppliedChange>& applied) {
    remember_boot();
    requests_.recorded(changes, applied);
    if (notifier_ != nullptr) notifier_->recorded(changes);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (const auto* claim = std::get_if<ClaimRun>(&changes[i])) {
        if (!applied[i].accepted) job_of_run_.erase(claim->run.run_id);
        feed(ClaimAnswered{claim->run.run_id, applied[i].accepted, applied[i].fence});
      } else if (const auto* over = std::get_if<AttemptEnded>(&changes[i])) {
        hands_.recorded(over->key);
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
    feed(Configure{job_pointers(active), active.settings.limits});
    if (watcher_ != nullptr && stops_ == 0) watcher_->configure(active.jobs);
    if (notifier_ != nullptr) notifier_->configure(active.settings);
    log_.info("configuration loaded", {{"jobs", std::to_string(active.jobs.size())}});
    notify_service_manager(options_.notify_socket,
                           "STATUS=" + std::to_string(active.jobs.size()) + " jobs");
  }

  void reload(Reloader::Done done) {
    if (stops_ > 0) return;
    reloader_.reload(std::move(done));
  }

  Requests::Host requests_host() {
    return {
        .status =
            [this] {
              return DaemonStatus{::getpid(),         options_.version,
                                  started_at_,        reloader_.active().jobs.size(),
                                  engine_->running(), stops_ > 0};
            },
        .now = [this] { return world_.clock.now(); },
        .user_name =
            [this](std::uint32_t uid) {
              const auto user = world_.users.find(std::to_string(uid));
              return user ? user->name : std::to_string(uid);
            },
        .jobs = [this]() -> const std::vector<Job>& { return reloader_.active().jobs; },
        .open_runs = [this]() -> const std::map<std::string, std::string>& { return job_of_run_; },
        .feed = [this](const Event& event) { feed(event); },
        .reload = [this](auto done) { reload(std::move(done)); },
        .store =
            [this](const SubmitRequest& request) {
              return store_submission(request, submitted_directory(options_.state_directory),
                                      options_.sources, world_.files, zones_);
            },
        .discard = [this](const Job& job) { discard({job.place.file}); }};
  }

  // Files of submitted jobs that are over.
  void discard(const std::vector<std::string>& files) {
    for (const std::string& file : files) {
      if (auto removed = world_.files.remove(file); !removed)
        log_.warning("a submitted job's file stays", {{"error", removed.error().message}});
    }
    if (!files.empty()) world_.loop.post([this] { reload(nullptr); });
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
      if (watcher_ != nullptr) watcher_->stop();
      recorder_->drop_maintenance();
      stop_timer_ = world_.loop.at(world_.clock.boot_now() + patience, [this] { stop(); });
      feed(Drain{.stop_running = false, .kill = false, .keep_waiting = true});
    } else {
      log_.info(stops_ == 2 ? "stopping: runs are told to end" : "stopping: runs are killed",
                {{"running", std::to_string(engine_->running())}});
      stop_timer_.reset();
      feed(Drain{.stop_running = true, .kill = stops_ > 2, .keep_waiting = true});
    }
  }

  void finish_when_done() {
    const bool over = stops_ > 0 || (options_.once && hands_.ready());
    if (!over || finishing_) return;
    // With --once nobody is there afterwards who would deliver.
    const bool delivered = stops_ > 0 || notifier_ == nullptr || notifier_->idle();
    const bool all_told = idle_ && delivered && recorder_->idle() && !reloader_.loading() &&
                          !(watcher_ != nullptr && watcher_->saving());
    if (!all_told && !may_leave_unrecorded() && !may_leave_without_hands()) return;
    finishing_ = true;
    reloader_.stop();
    watcher_.reset();
    stop_timer_.reset();
    leave_timer_.reset();
    pruner_->stop();
    load_timer_.reset();
    life_timer_.reset();
    wall_timer_.reset();
    boot_timer_.reset();
    notifier_.reset();
    control_.reset();
    signals_.clear();
    log_.info("stopped");
    if (!hands_.connected()) return world_.loop.stop();
    hands_.retire();
    await_retirement(world_.clock.boot_now() + kRetirePatience);
  }

  // A supervisor that was asked to end says no more than that the connection is closed.
  void await_retirement(BootInstant until) {
    const BootInstant now = world_.clock.boot_now();
    if (!hands_.connected() || now >= until) return world_.loop.stop();
    finish_timer_ =
        world_.loop.at(now + kRetirementCheck, [this, until] { await_retirement(until); });
  }

  // Told twice to end, and no supervisor that could say what became of the open runs: the next
  // daemon asks again.
  bool may_leave_without_hands() const {
    return stops_ >= 2 && !options_.dry_run && !hands_.connected() && recorder_->idle() &&
           !reloader_.loading();
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

  void keep_watchdog() {
    if (!options_.watchdog) return;
    notify_service_manager(options_.notify_socket, "WATCHDOG=1");
    watchdog_timer_ = world_.loop.at(world_.clock.boot_now() + *options_.watchdog / 2,
                                     [this] { keep_watchdog(); });
  }

  void keep_sign_of_life() {
    if (history_ == nullptr) return;
    give_sign_of_life(options_.state_directory, world_.clock.now(), world_.files);
    life_timer_ =
        world_.loop.at(world_.clock.boot_now() + kSignOfLifeEvery, [this] { keep_sign_of_life(); });
  }

  void dump_state() {
    log_.info("state", {{"jobs", std::to_string(reloader_.active().jobs.size())},
                        {"running", std::to_string(engine_->running())},
                        {"waiting", std::to_string(engine_->waiting())},
                        {"runs", std::to_string(job_of_run_.size())},
                        {"supervisor", hands_.supervisor()}});
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
  std::unique_ptr<Pruner> pruner_;
  std::unique_ptr<Notifier> notifier_;
  ZoneDatabase& zones_;
  Reloader reloader_;
  Hands hands_;
  std::unique_ptr<FileWatcher> watcher_;
  Requests requests_;
  std::unique_ptr<ControlServer> control_;
  Instant started_at_;
  std::map<std::string, Instant> last_success_;
  std::map<std::string, std::string> job_of_run_;  // runs that have not ended in the history
  bool idle_ = false;
  bool finishing_ = false;
  bool boot_remembered_ = false;
  bool in_trouble_ = false;  // the history cannot be written
  int stops_ = 0;
  Instant wake_wall_ = Instant::max();
  BootInstant wake_boot_ = BootInstant::max();
  Loop::Handle wall_timer_, boot_timer_, stop_timer_, leave_timer_, finish_timer_, load_timer_,
      life_timer_, watchdog_timer_;
  std::vector<Loop::Handle> signals_;
};

}  // namespace

Result<void> run_daemon(World world, const HostFacts& host, const DaemonOptions& options,
                        ZoneDatabase& zones, Log& log) {
  Daemon daemon(world, host, options, zones, log);
  return daemon.run();
}

}  // namespace dsched
