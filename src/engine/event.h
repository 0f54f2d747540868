#pragma once
// What the engine is told and what it answers: events in, steps out. Plain data, owned by value.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "model/job.h"
#include "model/limits.h"
#include "model/record.h"
#include "model/run.h"

namespace dsched {

using FiringKey = std::pair<std::string, Instant>;  // job, instant

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
  Instant last_alive{};  // when a daemon was last known to be there
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
// Files that the job watches appeared or changed, and have settled. Their names, a line each, are
// the value kWatchFiles of the run.
inline constexpr const char* kWatchFiles = "watch files";
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
  // What waits for its upstreams or its turn stays for the next daemon; else it is skipped.
  bool keep_waiting = false;
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

}  // namespace dsched
