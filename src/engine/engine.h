#pragma once
// The scheduler's mind: events in, steps out (engine.md). Deterministic; no clock, I/O, thread or
// randomness.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "engine/joins.h"
#include "engine/run_table.h"
#include "model/job.h"
#include "model/limits.h"
#include "model/record.h"
#include "model/run.h"

namespace dsched {

// Both clocks at one moment. Firings are due by the wall clock, pauses are measured by the boot
// clock.
struct Moment {
  Instant wall{};
  BootInstant boot{};
};

using JobPtr = std::shared_ptr<const Job>;

// The first event: what the files say and what the history knows.
struct Begin {
  std::vector<JobPtr> jobs;
  std::vector<JobCursor> cursors;
  std::vector<RunRecord> open_runs;
  // Settled firings at the instants of open runs, and the newest settled one of each job.
  std::vector<SettledFiring> settled;
  bool first_since_boot = false;  // jobs with @reboot are due
  Limits limits = {};
  std::vector<WaitingRecord> waiting = {};
  std::vector<Pause> pauses = {};
  std::vector<JobPast> pasts = {};
};
struct Configure {
  std::vector<JobPtr> jobs;
  Limits limits = {};
};
struct TimeReached {};
struct ClaimAnswered {
  std::string run_id;
  bool accepted = false;
  std::uint64_t fence = 0;
};
struct AttemptBegan {
  AttemptKey key;
  Instant started_at{};
};
struct AttemptOver {
  AttemptKey key;
  AttemptOutcome outcome;
  Values outputs = {};  // what it wrote to DSCHED_OUTPUT
};
// The supervisor is there; this is all it knows. same_boot: nothing it does not know can have been
// started.
struct HandsReady {
  struct Known {
    AttemptKey key;
    std::optional<Instant> started_at;
    std::optional<AttemptOutcome> outcome;
    Values outputs = {};
  };
  bool same_boot = false;
  std::vector<Known> known;
};
// The supervisor died; HandsReady follows. Nothing is decided in between.
struct HandsLost {};
// One firing, now, of each of these jobs; `after` counts among them only.
struct RunNow {
  std::vector<std::string> jobs;  // Requires: they are configured
  Values params = {};
  // Also while the job is paused or disabled, and beside a run that goes on.
  bool force = false;
};
// Firings of the past that were skipped, missed or never decided, one after the other.
struct MakeUp {
  std::string job;  // Requires: it is configured
  std::vector<Instant> firings;
  Values params = {};
};
// Files that the job watches appeared or changed, and have settled.
struct FilesChanged {
  std::string job;
  std::vector<std::string> files;
};
// Answers StartCheck.
struct CheckAnswered {
  FiringKey firing;
  bool holds = false;
  std::string detail;  // why not: "only_if ended with exit 1"
};
struct LoadMeasured {
  double load = 0;
};
struct StopRun {
  std::string run_id;
  bool kill = false;
};
// Firings that wait for their upstreams or for their turn are skipped.
struct CancelWaiting {
  std::string job;
};
struct PauseJob {
  Pause pause;
};
struct ResumeJob {
  std::string job;    // empty: the pause of all jobs
  bool hold = false;  // also when it is held after a lost run (`resolve`)
};
struct HistoryWritable {
  bool writable = true;
};
struct Drain {
  bool stop_running = false;  // end what runs as well
  bool kill = false;          // at once
};
using Event =
    std::variant<Begin, Configure, TimeReached, ClaimAnswered, AttemptBegan, AttemptOver,
                 HandsReady, HandsLost, RunNow, MakeUp, FilesChanged, CheckAnswered, LoadMeasured,
                 StopRun, CancelWaiting, PauseJob, ResumeJob, HistoryWritable, Drain>;

struct StartAttempt {
  AttemptKey key;
  JobPtr job;
  Instant firing_at{};
  Trigger trigger = Trigger::schedule;
  std::uint64_t fence = 0;
  Values params = {};
  std::vector<std::pair<std::string, Values>> upstream_outputs = {};  // by job
};
// Run the job's only_if, and answer with CheckAnswered. One that was asked for before a restart is
// asked for again.
struct StartCheck {
  FiringKey firing;
  JobPtr job;
};
struct StopAttempt {
  AttemptKey key;
  bool kill = false;
};
struct RetryPlanned {
  AttemptKey failed;
  JobPtr job;
  AttemptOutcome outcome;
  Duration pause{0};
};

// What is to be done. The records are one transaction; every ClaimRun in it is to be answered by
// ClaimAnswered once it is on disk, in the same order. The driver adds to its RunRecord what only
// it knows (host, user, log path, supervisor).
struct Step {
  std::vector<HistoryChange> record;
  std::vector<StartAttempt> start;
  std::vector<StopAttempt> stop;
  std::vector<RetryPlanned> retries;
  std::vector<StartCheck> checks;
  bool wants_load = false;  // LoadMeasured is to come every few seconds while this is set
  Instant wake_wall = Instant::max();  // at the latest; the wall clock being set wakes too
  BootInstant wake_boot = BootInstant::max();
  bool idle = false;           // nothing runs, waits or is being claimed
  bool clock_rebased = false;  // the wall clock went back so far that cursors were set anew
};

struct EngineOptions {
  bool stop_on_failure =
      false;               // the first failure keeps jobs with after_on = success from starting
  std::uint64_t seed = 0;  // of run ids and of the spread of retries
  std::string host = {};   // draws the jitter
};

class Engine {
 public:
  explicit Engine(EngineOptions options);

  // Requires: now.boot never goes back.
  Step step(const Event& event, Moment now);

  void set_max_running(int max_running) { runs_.set_max_running(max_running); }
  std::size_t running() const { return runs_.running(); }

 private:
  struct JobState {
    JobPtr job;
    Instant cursor{};
    Duration jitter{0};
    std::optional<Instant> due_at;
    int depth = 0;            // longest way up the `after` graph
    Instant backlog_until{};  // on-time firings up to here may wait behind late ones
    std::vector<std::string> downstreams;
  };
  using Jobs = std::map<std::string, JobState, std::less<>>;

  // engine.cpp: configuration, time and the events themselves
  void on(const Begin& event);
  void on(const Configure& event);
  void on(const TimeReached& event);
  void on(const ClaimAnswered& event);
  void on(const AttemptBegan& event);
  void on(const AttemptOver& event);
  void on(const HandsReady& event);
  void on(const HandsLost& event);
  void on(const RunNow& event);
  void on(const HistoryWritable& event);
  void on(const Drain& event);
  void unblock(bool& condition, Reason reason);
  void watch_clock();
  void rebase(JobState& state);
  void configure(const std::vector<JobPtr>& jobs);
  void link_jobs();
  void remove_job(Jobs::iterator where);
  void restore(const Begin& event);
  void restore_run(const RunRecord& record);
  void plan(JobState& state);
  void evaluate_due();
  void decide_due_of(JobState& state, std::vector<std::pair<Second, JobState*>>& on_time);
  void decide_missed(JobState& state, Instant first, Instant last, std::uint64_t firings,
                     Reason reason);
  bool misses_with(const JobState& downstream, const JobState& missed) const;
  Reason missed_reason(Instant last) const;
  void save_cursor(const JobState& state);
  void set_wake();

  // engine_runs.cpp: from firings to runs
  void decide_scheduled(JobState& state, Instant at, bool late);
  void begin_firing(JobState& state, Instant at, Trigger trigger, bool late);
  void claim(JobState& state, Instant at, Trigger trigger, bool hold, bool late);
  void skip(JobState& state, Instant at, Reason reason, std::string detail);
  void announce(const JobState& state, Instant at);
  bool try_announce(const JobState& downstream, Instant at);
  std::optional<Upstream> same_instant_upstream(const std::string& job, Instant at) const;
  std::optional<Settlement> settlement_at(const FiringKey& firing) const;
  bool is_open(const FiringKey& firing) const;
  Upstream gate_upstream(const std::string& job, Instant not_after) const;
  void resolve(const WaitingFiring& waiting);
  void settle_all();
  void stop_run(Run& run, bool kill);
  void cancel(Run& run);
  void finish(Run& run, RunResult result, int exit_status, Instant ended_at);
  void finish_not_started(Run& run, StartFailure failure);
  void attempt_over(Run& run, const AttemptOutcome& outcome);
  void requeue_unknown(Run& run, bool same_boot);
  std::optional<Duration> rest_of_pause(const Run& run);
  void lose(Run& run);
  void queue(Run& run);
  void release_held(const std::string& job);
  void fill_slots();
  std::uint64_t next_random();

  EngineOptions options_;
  std::uint64_t random_state_;
  Jobs jobs_;
  RunTable runs_;
  Joins joins_;
  std::set<std::pair<Instant, std::string>> due_;
  std::set<Instant> manual_;  // instants of RunNow whose joins are made already
  std::map<std::string, std::pair<Instant, Settlement>, std::less<>> last_settled_;
  std::map<FiringKey, Settlement> restored_;  // while Begin rebuilds the joins
  std::set<FiringKey> deciding_;              // due in this evaluation and not yet decided
  std::deque<std::pair<FiringKey, Settlement>> settling_;

  Moment now_;
  Moment last_;
  Instant began_at_{};
  Instant
      alive_until_{};  // the last sign of life of the daemon before this one; max: it has caught up
  Instant jumped_until_{};   // firings up to here were jumped over by the wall clock
  Instant blocked_until_{};  // firings up to here could not be decided in time ...
  Reason blocked_reason_ = Reason::no_space;  // ... for this reason
  bool begun_ = false;
  bool hands_ready_ = false;
  bool history_writable_ = true;
  bool draining_ = false;
  bool failed_ = false;  // with stop_on_failure: something has
  Step out_;
};

}  // namespace dsched
