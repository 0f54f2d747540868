#pragma once
// One host on virtual time: the engine as a daemon drives it (src/daemon), its history, its
// supervisor and its clocks. Jumps from event to event. simulate.md says what is as in reality and
// what is not.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "simulate/child_model.h"
#include "simulate/mem_history.h"
#include "simulate/sim_clock.h"
#include "simulate/sim_supervisor.h"

namespace dsched {

// What decides: the engine, or a test's version of it.
class Mind {
 public:
  virtual ~Mind() = default;
  virtual Step step(const Event& event, Moment now) = 0;
};
using MakeMind = std::function<std::unique_ptr<Mind>(EngineOptions)>;
std::unique_ptr<Mind> engine_mind(EngineOptions options);

// Sees what really happens, in the order of happening.
class HostWatcher {
 public:
  virtual ~HostWatcher() = default;
  virtual void on_step(const Event&, const Step&) {}
  virtual void on_recorded(const HistoryChange&, const MemHistory::Answer&) {}
  virtual void on_child_began(const StartAttempt&) {}
  virtual void on_child_ended(const AttemptKey&, const AttemptOutcome&) {}
};

// Moments of the daemon at which it may die.
enum class Boundary {
  event_heard,   // by the engine; nothing of its step is done
  before_write,  // a transaction is made
  written,       // it is on disk, and nothing that follows from it is done
  before_start,  // of an attempt
  after_start,
  before_stop,
  child_ended,   // the outcome is in the journal and not told
  outcome_told,  // and nothing of the step is done
  before_acknowledge,
};

// What goes wrong. By default nothing does.
class HostFaults {
 public:
  virtual ~HostFaults() = default;
  virtual bool daemon_dies(Boundary) { return false; }
  // How long the next write takes; none: it fails.
  virtual std::optional<Duration> write_takes() { return Duration{0}; }
  // Whether a write that was under way when the daemon died is on disk.
  virtual bool last_write_lasts() { return false; }
  virtual Duration supervisor_takes() { return Duration{0}; }  // to be there
  virtual double load() { return 0; }
};

struct SimHostOptions {
  EngineOptions engine;
  MakeMind make_mind = engine_mind;
  std::size_t kept_decisions = 0;            // see MemHistory
  std::size_t remembered_attempts = 10'000;  // see SimSupervisor
};

class SimHost {
 public:
  // The others must outlive it.
  SimHost(SimHostOptions options, Moment start, ChildModel& children, HostWatcher& watcher,
          HostFaults& faults);
  ~SimHost();

  // The files now say this; a daemon that runs is told.
  void configure(std::vector<JobPtr> jobs, Limits limits);

  void start_daemon();  // Requires: none runs, and the host is up
  void kill_daemon();
  bool daemon_runs() const { return mind_ != nullptr; }
  // A person's command. Requires: a daemon runs.
  void tell(const Event& event);

  // A daemon that runs starts another one.
  void kill_supervisor();
  void lose_journal();  // the supervisor forgets what it has started
  void power_off();     // everything dies
  void set_wall(Instant wall);
  void set_drift(std::int64_t gain_ppm);
  void suspend(Duration span);  // nothing runs meanwhile

  // Lets time pass; what is due at the very end is done. Comes back early when the daemon dies of a
  // fault.
  void run_until(BootInstant end);

  const Moment& now() const { return clock_.now(); }
  const MemHistory& history() const { return history_; }
  const SimSupervisor& supervisor() const { return supervisor_; }
  bool idle() const { return idle_ && inbox_.empty() && pending_.empty() && !writing_; }
  // The engine asked to be woken at once, again and again: nothing went on.
  bool stuck() const { return stuck_; }

 private:
  struct Write {
    std::vector<HistoryChange> changes;
    BootInstant done{};
    bool fails = false;
  };
  struct Check {
    BootInstant done;
    CheckAnswered answer;
  };

  BootInstant next_event() const;
  bool do_what_is_due();
  bool do_what_the_daemon_waits_for();
  void wake();
  bool dies(Boundary boundary);
  void feed(const Event& event);
  void carry_out(Step& step);
  void start(const StartAttempt& request);
  void begin_write();
  void finish_write();
  void write_failed(Write write);
  std::vector<MemHistory::Answer> apply(const std::vector<HistoryChange>& changes);
  void hear_answers(const std::vector<HistoryChange>& changes,
                    const std::vector<MemHistory::Answer>& answers);
  void end_child();
  void answer_check();
  void greet_supervisor();

  SimHostOptions options_;
  SimClock clock_;
  MemHistory history_;
  SimSupervisor supervisor_;
  ChildModel& children_;
  HostWatcher& watcher_;
  HostFaults& faults_;
  std::vector<JobPtr> jobs_;
  Limits limits_;
  Instant last_alive_{};        // when a daemon wrote something last
  bool booted_before_ = false;  // a daemon has recorded something since the host booted
  std::uint64_t lives_ = 0;     // of daemons

  // Of the daemon, and gone with it.
  std::unique_ptr<Mind> mind_;
  std::deque<Event> inbox_;
  std::vector<HistoryChange> pending_;
  std::optional<Write> writing_;
  bool trouble_ = false;
  Duration retry_pause_{0};
  std::vector<Check> checks_;
  std::optional<BootInstant> hands_at_;  // a supervisor will be there
  bool hands_are_there_ = false;
  BootInstant load_at_ = BootInstant::max();
  Instant wake_wall_ = Instant::max();
  BootInstant wake_boot_ = BootInstant::max();
  bool idle_ = true;

  bool died_ = false;  // of a fault
  BootInstant last_wake_{};
  int wakes_at_once_ = 0;
  bool stuck_ = false;
};

}  // namespace dsched
