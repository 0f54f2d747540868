#include "model/run.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace dsched {

namespace {

template <class Enum>
struct Name {
  Enum value;
  std::string_view text;
};

constexpr Name<Trigger> kTriggers[] = {
    {Trigger::schedule, "schedule"}, {Trigger::catch_up, "catch_up"}, {Trigger::manual, "manual"},
    {Trigger::after, "after"},       {Trigger::boot, "boot"},         {Trigger::watch, "watch"},
    {Trigger::backfill, "backfill"}};

constexpr Name<RunResult> kResults[] = {{RunResult::ok, "ok"},
                                        {RunResult::failed, "failed"},
                                        {RunResult::timeout, "timeout"},
                                        {RunResult::killed, "killed"},
                                        {RunResult::cancelled, "cancelled"},
                                        {RunResult::lost, "lost"}};

constexpr Name<DecisionKind> kKinds[] = {{DecisionKind::started, "started"},
                                         {DecisionKind::skipped, "skipped"},
                                         {DecisionKind::missed, "missed"}};

constexpr Name<Reason> kReasons[] = {
    {Reason::started, "started"},
    {Reason::disabled, "disabled"},
    {Reason::paused, "paused"},
    {Reason::overlap, "overlap"},
    {Reason::lock_held, "lock_held"},
    {Reason::pool_full, "pool_full"},
    {Reason::resources, "resources"},
    {Reason::queue_full, "queue_full"},
    {Reason::condition, "condition"},
    {Reason::upstream_failed, "upstream_failed"},
    {Reason::upstream_timeout, "upstream_timeout"},
    {Reason::daemon_down, "daemon_down"},
    {Reason::host_asleep, "host_asleep"},
    {Reason::deadline_passed, "deadline_passed"},
    {Reason::clock_jumped, "clock_jumped"},
    {Reason::user_unknown, "user_unknown"},
    {Reason::dir_missing, "dir_missing"},
    {Reason::exec_failed, "exec_failed"},
    {Reason::fork_failed, "fork_failed"},
    {Reason::no_space, "no_space"},
    {Reason::draining, "draining"},
    {Reason::cancelled, "cancelled"},
    {Reason::no_match, "no_match"},
    {Reason::before_start, "before_start"},
    {Reason::after_end, "after_end"},
    {Reason::excepted, "excepted"},
    {Reason::dst_gap, "dst_gap"},
    {Reason::dst_repeat, "dst_repeat"},
    {Reason::file_error, "file_error"},
    {Reason::file_ignored, "file_ignored"},
    {Reason::not_loaded_yet, "not_loaded_yet"},
};

constexpr Name<StartStep> kSteps[] = {
    {StartStep::none, "none"},
    {StartStep::user, "user"},
    {StartStep::environment, "environment"},
    {StartStep::output, "output"},
    {StartStep::cgroup, "cgroup"},
    {StartStep::fork, "fork"},
    {StartStep::session, "session"},
    {StartStep::groups, "groups"},
    {StartStep::identity, "identity"},
    {StartStep::umask, "umask"},
    {StartStep::limits, "limits"},
    {StartStep::dir, "dir"},
    {StartStep::input, "input"},
    {StartStep::exec, "exec"},
};

template <class Enum, std::size_t n>
std::string_view text_of(const Name<Enum> (&names)[n], Enum value) {
  const auto* found =
      std::find_if(names, names + n, [&](const auto& name) { return name.value == value; });
  return found == names + n ? "unknown" : found->text;
}

template <class Enum, std::size_t n>
std::optional<Enum> value_of(const Name<Enum> (&names)[n], std::string_view text) {
  const auto* found =
      std::find_if(names, names + n, [&](const auto& name) { return name.text == text; });
  if (found == names + n) return std::nullopt;
  return found->value;
}

std::string_view step_in_words(StartStep step) {
  switch (step) {
    case StartStep::none:
      return "start";
    case StartStep::user:
      return "find the user";
    case StartStep::environment:
      return "build the environment";
    case StartStep::output:
      return "open the output file";
    case StartStep::cgroup:
      return "join the cgroup";
    case StartStep::fork:
      return "make a process";
    case StartStep::session:
      return "start a session";
    case StartStep::groups:
      return "set the groups";
    case StartStep::identity:
      return "change to the user";
    case StartStep::umask:
      return "set the umask";
    case StartStep::limits:
      return "set the limits";
    case StartStep::dir:
      return "change to the directory";
    case StartStep::input:
      return "open the standard input";
    case StartStep::exec:
      return "execute";
  }
  return "start";
}

}  // namespace

std::string_view to_text(Trigger trigger) {
  return text_of(kTriggers, trigger);
}
std::string_view to_text(RunResult result) {
  return text_of(kResults, result);
}
std::string_view to_text(DecisionKind kind) {
  return text_of(kKinds, kind);
}
std::string_view to_text(Reason reason) {
  return text_of(kReasons, reason);
}
std::string_view to_text(StartStep step) {
  return text_of(kSteps, step);
}
std::optional<Trigger> trigger_from_text(std::string_view text) {
  return value_of(kTriggers, text);
}
std::optional<RunResult> run_result_from_text(std::string_view text) {
  return value_of(kResults, text);
}
std::optional<DecisionKind> decision_kind_from_text(std::string_view text) {
  return value_of(kKinds, text);
}
std::optional<Reason> reason_from_text(std::string_view text) {
  return value_of(kReasons, text);
}

Reason reason_of(const StartFailure& failure) {
  if (failure.error_number == ENOSPC || failure.error_number == EDQUOT) return Reason::no_space;
  switch (failure.step) {
    case StartStep::none:
      return Reason::started;
    case StartStep::user:
    case StartStep::groups:
    case StartStep::identity:
      return Reason::user_unknown;
    case StartStep::dir:
      return Reason::dir_missing;
    case StartStep::cgroup:
    case StartStep::fork:
    case StartStep::session:
    case StartStep::umask:
    case StartStep::limits:
      return Reason::fork_failed;
    case StartStep::environment:
    case StartStep::output:
    case StartStep::input:
    case StartStep::exec:
      return Reason::exec_failed;
  }
  return Reason::exec_failed;
}

std::string describe(const StartFailure& failure) {
  std::string text = fmt::format("cannot {}", step_in_words(failure.step));
  if (!failure.detail.empty()) text += ": " + failure.detail;
  if (failure.error_number != 0)
    text += ": " + std::generic_category().message(failure.error_number);
  return text;
}

RunResult result_of(const AttemptOutcome& outcome, const std::vector<int>& success_exit) {
  if (outcome.lost) return RunResult::lost;
  if (outcome.timed_out) return RunResult::timeout;
  if (outcome.stopped) return RunResult::cancelled;
  if (outcome.failure.step != StartStep::none) return RunResult::failed;
  if (outcome.signal != 0) return RunResult::killed;
  const bool success =
      std::find(success_exit.begin(), success_exit.end(), outcome.exit_code) != success_exit.end();
  return success ? RunResult::ok : RunResult::failed;
}

int exit_status_of(const AttemptOutcome& outcome) {
  if (outcome.lost) return 125;
  if (outcome.timed_out) return 124;
  if (outcome.failure.step == StartStep::exec)
    return outcome.failure.error_number == ENOENT ? 127 : 126;
  if (outcome.failure.step != StartStep::none) return 125;
  if (outcome.signal != 0) return 128 + outcome.signal;
  return outcome.exit_code;
}

}  // namespace dsched
