#pragma once
// What happens to a firing: decisions, runs, attempts, results. Plain data, owned by value.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"

namespace dsched {

// What made a firing. The names are those of DSCHED_TRIGGER and of "trigger" in JSON.
enum class Trigger { schedule, catch_up, manual, after, boot, watch, backfill };

// How a run ended.
enum class RunResult { ok, failed, timeout, killed, cancelled, lost };

// What became of a firing.
enum class DecisionKind { started, skipped, missed };

// Why. The names are promised: decision codes of interface.md, `why`, JSON and metrics.
enum class Reason {
  started,
  disabled,
  paused,
  overlap,    // the previous run was still going
  lock_held,  // it, or the run before it, waited for a lock ...
  pool_full,  // ... a place in its pool ...
  resources,  // ... what the host offers, or less load
  queue_full,
  condition,  // after_on or only_if was not met
  upstream_failed,
  upstream_timeout,
  daemon_down,  // due while no daemon ran, longer ago than is made up
  host_asleep,
  deadline_passed,
  clock_jumped,
  user_unknown,
  dir_missing,
  exec_failed,
  fork_failed,
  no_space,
  draining,   // dsched was stopping
  cancelled,  // somebody took it back while it waited
  // Never recorded, as there was no firing to decide: what `why` finds out.
  no_match,
  before_start,
  after_end,
  excepted,
  dst_gap,
  dst_repeat,
  file_error,
  file_ignored,
  not_loaded_yet,
};

// NAME=value pairs that a person gave for a run, or that a run wrote for those after it.
using Values = std::vector<std::pair<std::string, std::string>>;

// The step of starting a process that failed.
enum class StartStep {
  none,
  user,
  environment,
  output,
  cgroup,
  fork,
  session,
  groups,
  identity,
  umask,
  limits,
  dir,
  input,
  exec
};

struct StartFailure {
  StartStep step = StartStep::none;
  int error_number = 0;
  std::string detail;  // "dir /srv/x", "user 'bakcup'"
};

// Names one attempt for ever: the supervisor starts each key at most once.
struct AttemptKey {
  std::string run_id;
  int attempt = 1;
  bool operator==(const AttemptKey&) const = default;
};

// How one attempt (one subprocess) ended. Exactly one of these shapes: failure.step != none (never
// executed), lost, signal != 0, or exit_code.
struct AttemptOutcome {
  StartFailure failure;
  bool lost = false;       // its supervisor or host died; what it did is unknown
  bool timed_out = false;  // stopped by dsched because of the time-out
  bool stopped = false;    // stopped by dsched because somebody asked
  int exit_code = 0;
  int signal = 0;
  Instant started_at{};
  Instant ended_at{};
  Duration duration{0};  // by the boot clock
  Duration cpu_user{0};
  Duration cpu_system{0};
  std::uint64_t max_rss_bytes = 0;
  std::uint64_t output_bytes = 0;   // written by the job
  std::uint64_t dropped_bytes = 0;  // of them not kept
  bool left_processes = false;  // background processes were still there when the main process ended
};

struct Attempt {
  int number = 1;  // from 1
  AttemptOutcome outcome;
};

struct Decision {
  std::string job;
  Instant firing_at{};
  DecisionKind kind = DecisionKind::started;
  Reason reason = Reason::started;
  std::string detail;  // for people: "run 3kq2m9tx was still going"
  Instant decided_at{};
  std::string run_id;  // when started
  // A decision may stand for several firings of the job, firing_at .. last_firing_at.
  std::uint64_t firings = 1;
  Instant last_firing_at{};
};

std::string_view to_text(Trigger trigger);
std::string_view to_text(RunResult result);
std::string_view to_text(DecisionKind kind);
std::string_view to_text(Reason reason);
std::string_view to_text(StartStep step);
// nullopt for a text that is no such name.
std::optional<Trigger> trigger_from_text(std::string_view text);
std::optional<RunResult> run_result_from_text(std::string_view text);
std::optional<DecisionKind> decision_kind_from_text(std::string_view text);
std::optional<Reason> reason_from_text(std::string_view text);

// The decision reason that a failed start stands for.
Reason reason_of(const StartFailure& failure);
// For people: "cannot change to /srv/x: No such file or directory".
std::string describe(const StartFailure& failure);

// The result of an attempt for a job whose success exits are given.
RunResult result_of(const AttemptOutcome& outcome, const std::vector<int>& success_exit);
// The code a shell would see: exit code, 128+signal, 124 timed out, 126/127 for a failed start, 125
// lost.
int exit_status_of(const AttemptOutcome& outcome);

}  // namespace dsched
