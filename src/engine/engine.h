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
#include <vector>

#include "base/instant.h"
#include "engine/agenda.h"
#include "engine/capacity.h"
#include "engine/due.h"
#include "engine/event.h"
#include "engine/joins.h"
#include "engine/run_table.h"
#include "engine/turn_queue.h"
#include "model/job.h"
#include "model/limits.h"
#include "model/record.h"
#include "model/run.h"

namespace dsched {

struct EngineOptions {
  // The first failure keeps jobs with after_on = success from starting.
  bool stop_on_failure = false;
  std::uint64_t seed = 0;  // of run ids and of the spread of retries
  std::string host = {};   // draws the jitter
};

class Engine {
 public:
  explicit Engine(EngineOptions options);

  // Requires: now.boot never goes back.
  Step step(const Event& event, Moment now);

  std::size_t running() const { return runs_.running(); }
  std::size_t waiting() const { return queue_.size(); }

 private:
  struct JobState {
    JobPtr job;
    Instant cursor{};
    Duration jitter{0};
    std::optional<Instant> due_at;
    int depth = 0;            // longest way up the `after` graph
    Instant backlog_until{};  // on-time firings up to here may wait behind late ones
    std::vector<std::string> downstreams;
    JobPast past;
    bool overdue_planned = false;  // the agenda has an entry
    // The wall clock was set back to here from repeated_until: firings of intervals in between are
    // told apart from those of the first time by their microseconds.
    Instant repeated_until{};
    Duration pass{0};
  };
  using Jobs = std::map<std::string, JobState, std::less<>>;

  struct Settled {
    Instant firing_at{};
    Settlement settlement;
    Values outputs;
  };
  // How a firing came to be.
  struct Cause {
    Trigger trigger = Trigger::schedule;
    bool late = false;
    bool force = false;
    bool make_up = false;
    Values params = {};
  };

  // engine.cpp: the events and the configuration; engine_asked.cpp: what people and files ask for
  void on(const Begin& event);
  void on(const Configure& event);
  void on(const TimeReached& event);
  void on(const ClaimAnswered& event);
  void on(const AttemptBegan& event);
  void on(const AttemptOver& event);
  void on(const HandsReady& event);
  void on(const HandsLost& event);
  void on(const RunNow& event);
  void on(const MakeUp& event);
  void on(const FilesChanged& event);
  void on(const CheckAnswered& event);
  void on(const LoadMeasured& event);
  void on(const StopRun& event);
  void on(const CancelWaiting& event);
  void on(const PauseJob& event);
  void on(const ResumeJob& event);
  void on(const HistoryWritable& event);
  void on(const Drain& event);
  void unblock(bool& condition, Reason reason);
  void configure(const std::vector<JobPtr>& jobs);
  void record_join(const WaitingFiring& waiting);
  void queue_again(JobState& state);
  void withdraw(JobState& state);
  void link_jobs();
  void remove_job(Jobs::iterator where);
  void set_wake();
  std::uint64_t next_random();

  // engine_restore.cpp: what the history and the supervisor know after a restart
  void restore_cursors(const Begin& event);
  void restore_settled(const Begin& event);
  void restore_runs(const Begin& event);
  void restore_run(const RunRecord& record);
  void restore_waiting(const Begin& event);
  void restore_joins(const Begin& event);
  void announce_restored(const Begin& event);
  void wait_since(Ticket& ticket, const JobState& state, const WaitingRecord& record);
  void resume_known(Run& run, const HandsReady::Known& known);
  void resume_unknown(Run& run, bool same_boot);
  bool too_late_to_start(const Run& run) const;
  std::optional<Duration> rest_of_pause(const Run& run);

  // engine_due.cpp: from time to firings
  void watch_clock();
  void forget_wrong_time();
  void rebase(JobState& state);
  void repeat_intervals(JobState& state);
  void plan(JobState& state);
  void evaluate_due();
  struct OnTime {
    Second at{};
    JobState* state = nullptr;
    Trigger trigger = Trigger::schedule;
  };
  void decide_due_of(JobState& state, std::vector<OnTime>& firings);
  void decide_span(JobState& state, const MissedSpan& span, Reason reason);
  void decide_missed(JobState& state, Instant first, Instant last, std::uint64_t firings,
                     Reason reason);
  bool misses_with(const JobState& downstream, const JobState& missed) const;
  Reason missed_reason(Instant last) const;
  Instant decided_until(const JobState& state) const;
  void save_cursor(const JobState& state);
  void look_at_agenda();
  void give_up_waiting(const FiringKey& firing);
  void give_up_upstreams(const FiringKey& firing);

  // engine_firings.cpp: from firings to their turn
  void decide_scheduled(JobState& state, Instant at, const Cause& cause);
  void begin_firing(JobState& state, Instant at, const Cause& cause);
  void wait_for_upstreams(const JobState& state, WaitingFiring waiting);
  bool skipped_by_pause(JobState& state, Instant at);
  bool may_overlap(JobState& state, Instant at, const Cause& cause);
  bool takes_turns(const JobState& state, Instant at, const std::vector<Run*>& runs,
                   const std::vector<FiringKey>& waiting);
  void skip_behind(JobState& state, Instant at, const std::vector<Run*>& runs,
                   const std::vector<FiringKey>& waiting);
  void replace_older(JobState& state);
  void enqueue(JobState& state, Instant at, const Cause& cause);
  void miss_deadline(JobState& state, Instant at, std::string detail);
  void decide(JobState& state, Instant at, DecisionKind kind, Reason reason, std::string detail);
  void skip(JobState& state, Instant at, Reason reason, std::string detail);
  Ticket take_back(const FiringKey& firing);
  void skip_waiting(const FiringKey& firing, Reason reason, const std::string& detail);
  void announce(const JobState& state, Instant at);
  bool try_announce(const JobState& downstream, Instant at);
  std::optional<Upstream> same_instant_upstream(const std::string& job, Instant at) const;
  std::optional<Settlement> settlement_at(const FiringKey& firing) const;
  bool is_open(const FiringKey& firing) const;
  Upstream gate_upstream(const std::string& job, Instant not_after) const;
  void resolve(const WaitingFiring& waiting);
  const Settled* latest_settled(const std::string& job, Instant not_after) const;
  void remember_settled(const std::string& job, Settled settled);
  void close(const FiringKey& firing);
  void settle(FiringKey firing, Settlement settlement, Values outputs = {});
  void settle_all();
  Instant unused_instant(const std::vector<std::string>& jobs) const;

  // engine_turns.cpp: whose turn it is
  struct Refused {
    std::set<std::string, std::less<>> jobs;      // whose oldest firing has to wait
    std::set<std::string, std::less<>> reserved;  // kept for who has waited long
  };
  void serve_queue();
  TurnQueue::Answer try_turn(Ticket& ticket, Refused& refused);
  std::optional<std::string> shortage_of(const Ticket& ticket, const Refused& refused) const;
  bool conditions_hold(Ticket& ticket, const Job& job);
  void record_waiting();
  void explain_wait(Ticket& ticket);
  void put_waiting(Ticket& ticket);
  template <class Words>
  void wait_for(Ticket& ticket, Reason reason, std::string_view what, Words words);
  static std::string still_going(const Run& run);
  BootInstant place_of(const JobState& state, BootInstant since) const;
  std::string holders_in_words(std::string_view name);

  // engine_runs.cpp: from claims to results
  void claim(JobState& state, const Ticket& ticket);
  void begin_attempt(Run& run);
  void start_attempt(Run& run);
  void queue_attempt(Run& run);
  void take_places(Run& run);
  void release_attempt(Run& run);
  void drop(Run& run);
  void stop_run(Run& run, bool kill);
  void cancel(Run& run);
  void finish(Run& run, RunResult result, int exit_status, Instant ended_at, Values outputs = {});
  void finish_not_started(Run& run, StartFailure failure);
  void attempt_over(Run& run, const AttemptOutcome& outcome, const Values& outputs);
  std::optional<Duration> pause_before_next(const Run& run, const AttemptOutcome& outcome);
  void lose(Run& run);
  void fail_fast();
  std::vector<std::pair<std::string, Values>> upstream_outputs(const Run& run) const;

  // engine_alerts.cpp: pauses, expectations, and what people should hear of
  const Pause* pause_of(const std::string& job) const;
  void set_pause(Pause pause);
  void end_pause(const std::string& job);
  void note_result(JobState& state, const Run& run, RunResult result, int exit_status,
                   Instant ended_at);
  void pause_broken(JobState& state, const Run& run, RunResult result);
  void expect_finish(const JobState& state, Instant at);
  void expect_success(JobState& state);
  static Instant unsuccessful_since(const JobState& state);
  void expect_end_of(const Run& run);
  void look_late(const FiringKey& deadline);
  void look_slow(const std::string& run_id);
  void look_overdue(const std::string& job);
  void raise(JobState& state, AlertKind kind, Instant about, const std::string& run_id,
             std::string subject, bool news);

  EngineOptions options_;
  std::uint64_t random_state_;
  Jobs jobs_;
  RunTable runs_;
  Joins joins_;
  TurnQueue queue_;
  Capacity capacity_;
  Agenda agenda_;
  std::map<std::string, Pause, std::less<>> pauses_;
  std::set<std::pair<Instant, std::string>> due_;
  std::set<Instant> manual_;  // instants of RunNow whose joins are made already
  std::map<std::string, std::map<Instant, Settled>, std::less<>> settled_;
  std::set<FiringKey> closed_;                // decided while upstreams of theirs were open
  std::map<FiringKey, Settlement> restored_;  // while Begin rebuilds the joins
  std::set<FiringKey> deciding_;              // due in this evaluation and not yet decided
  // The newest firing of a job before a deadline by which it should have succeeded.
  std::map<FiringKey, Instant> promises_;
  struct Settling {
    FiringKey firing;
    Settled settled;
  };
  std::deque<Settling> settling_;

  Moment now_;
  Moment last_;
  std::optional<double> load_;
  Instant began_at_{};
  // The last sign of life of the daemon before this one; max: it has caught up.
  Instant alive_until_{};
  Instant jumped_until_{};   // firings up to here were jumped over by the wall clock
  Instant blocked_until_{};  // firings up to here could not be decided in time ...
  Reason blocked_reason_ = Reason::no_space;  // ... for this reason
  bool begun_ = false;
  bool hands_ready_ = false;
  bool history_writable_ = true;
  bool draining_ = false;
  bool keep_waiting_ = false;  // while draining: what waits stays for the next daemon
  bool failed_ = false;        // with stop_on_failure: something has
  Step out_;
};

}  // namespace dsched
