#include "sim/describe.h"

#include <date/date.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/duration_text.h"
#include "base/run_id.h"
#include "sim/overloaded.h"

namespace sim {

namespace {

using namespace dsched;

std::string describe(const Decision& decision) {
  std::string text = fmt::format("{} at {}: {} {}", decision.job, sim::describe(decision.firing_at),
                                 to_text(decision.kind), to_text(decision.reason));
  if (decision.firings > 1) {
    text += fmt::format(" x{} until {}", decision.firings, sim::describe(decision.last_firing_at));
  }
  if (!decision.detail.empty()) text += " (" + decision.detail + ")";
  return text;
}

std::string signed_duration(Duration duration) {
  return duration < Duration{0} ? "-" + sim::describe(-duration) : "+" + sim::describe(duration);
}

}  // namespace

std::string describe(Instant instant) {
  const auto seconds = floor_second(instant);
  if (instant == seconds) return date::format("%FT%TZ", seconds);
  return date::format("%FT%TZ", instant);
}

std::string describe(Duration duration) {
  return human_duration(duration);
}

std::string describe(const AttemptKey& key) {
  return fmt::format("{}/{}", key.run_id, key.attempt);
}

std::string describe(const AttemptOutcome& outcome) {
  if (outcome.lost) return "lost";
  if (outcome.failure.step != StartStep::none) return "not executed";
  if (outcome.timed_out) return "timed out";
  if (outcome.stopped) return "stopped";
  if (outcome.signal != 0) return fmt::format("signal {}", outcome.signal);
  return fmt::format("exit {}", outcome.exit_code);
}

std::string describe(const JobSpec& spec) {
  const Job& job = spec.job;
  std::string text = fmt::format("{}: {}", job.name, fmt::join(job.schedules, " | "));
  const auto add = [&](std::string_view name, const std::string& value) {
    text += fmt::format(", {} {}", name, value);
  };
  if (!job.schedules.empty()) add("in", job.timezone);
  if (!job.enabled) text += ", off";
  if (!job.after.empty())
    add("after", fmt::format("{} on {}", fmt::join(job.after, "+"), to_text(job.after_on)));
  if (job.after_timeout) add("after_timeout", describe(*job.after_timeout));
  add("overlap", std::string(to_text(job.overlap)));
  if (job.late.catch_up != CatchUp::none)
    add("catch_up",
        fmt::format("{} within {}", to_text(job.late.catch_up), describe(job.late.window)));
  if (job.late.start_deadline) add("deadline", describe(*job.late.start_deadline));
  if (!job.needs.pool.empty()) add("pool", job.needs.pool);
  if (!job.needs.locks.empty()) add("locks", fmt::format("{}", fmt::join(job.needs.locks, "+")));
  for (const auto& [name, amount] : job.needs.resources) add(name, std::to_string(amount));
  if (job.needs.below_load) text += ", below load 2";
  if (job.needs.only_if) text += ", only_if";
  if (job.priority != 0) add("priority", std::to_string(job.priority));
  if (job.retry.max > 0)
    add("retry", fmt::format("{} after {}", job.retry.max, describe(job.retry.delay)));
  if (job.timeout) add("timeout", describe(*job.timeout));
  if (job.on_lost != OnLost::skip) add("on_lost", std::string(to_text(job.on_lost)));
  if (job.pause_after_failures > 0)
    add("pause_after_failures", std::to_string(job.pause_after_failures));
  if (job.pause_after_lost > 0) add("pause_after_lost", std::to_string(job.pause_after_lost));
  const Duration jitter = job.timetable.rules().jitter;
  if (jitter > Duration{0}) add("jitter", describe(jitter));
  return text + fmt::format("; takes {} to {}, fails {} %", describe(spec.behaviour.shortest),
                            describe(spec.behaviour.longest), spec.behaviour.failing_percent);
}

std::string describe(const Limits& limits) {
  std::string text = fmt::format("max_running {}", limits.max_running);
  for (const auto& [name, pool] : limits.pools)
    text += fmt::format(", pool {} {} ({} may wait)", name, pool.size, pool.max_waiting);
  for (const auto& [name, amount] : limits.resources) text += fmt::format(", {} {}", name, amount);
  return text;
}

std::string describe(const Action& action) {
  return std::visit(
      Overloaded{
          [](const KillDaemon& a) { return "kill the daemon, down for " + describe(a.down); },
          [](const KillSupervisor&) { return std::string("kill the supervisor"); },
          [](const KillBoth& a) { return "kill daemon and supervisor for " + describe(a.down); },
          [](const Reboot& a) { return "power off for " + describe(a.down); },
          [](const JumpClock& a) { return "set the clock by " + signed_duration(a.by); },
          [](const Drift& a) { return fmt::format("drift {} ppm", a.gain_ppm); },
          [](const Suspend& a) { return "suspend for " + describe(a.span); },
          [](const SlowDisk& a) {
            return fmt::format("disk takes up to {} for {}", describe(a.longest), describe(a.span));
          },
          [](const BrokenDisk& a) { return "disk fails for " + describe(a.span); },
          [](const ChangeFiles& a) {
            std::string text = "change the files:";
            for (const auto& [name, spec] : a.setup.jobs) text += "\n      " + describe(spec);
            return text;
          },
          [](const Trigger& a) {
            return fmt::format("trigger {}{}", fmt::join(a.jobs, "+"), a.force ? " by force" : "");
          },
          [](const PauseOne& a) { return "pause " + a.job; },
          [](const ResumeOne& a) { return "resume " + a.job; },
          [](const StopOne& a) {
            return std::string(a.kill ? "kill" : "stop") + " the newest run";
          },
          [](const CancelOne& a) { return "cancel what waits of " + a.job; },
          [](const MakeUpSome& a) { return "make up " + describe(a.back) + " of " + a.job; },
          [](const TouchFiles& a) { return "touch files of " + a.job; },
          [](const ChangeLoad& a) { return fmt::format("load {}", a.load); },
      },
      action);
}

std::string describe(const Event& event) {
  return std::visit(
      Overloaded{
          [](const Begin& e) {
            return fmt::format("Begin: {} jobs, {} open, {} waiting", e.jobs.size(),
                               e.open_runs.size(), e.waiting.size());
          },
          [](const Configure& e) { return fmt::format("Configure: {} jobs", e.jobs.size()); },
          [](const TimeReached&) { return std::string(); },
          [](const ClaimAnswered& e) {
            return fmt::format("ClaimAnswered {} {}", e.run_id, e.accepted ? "yes" : "no");
          },
          [](const AttemptBegan& e) { return "AttemptBegan " + describe(e.key); },
          [](const AttemptOver& e) {
            return "AttemptOver " + describe(e.key) + " " + describe(e.outcome);
          },
          [](const HandsReady& e) {
            std::string text = e.same_boot ? "HandsReady:" : "HandsReady of another boot:";
            for (const auto& known : e.known) {
              text += " " + describe(known.key) +
                      (known.outcome ? " " + describe(*known.outcome) : " runs");
            }
            return text;
          },
          [](const HandsLost&) { return std::string("HandsLost"); },
          [](const RunNow& e) { return fmt::format("RunNow {}", fmt::join(e.jobs, " ")); },
          [](const MakeUp& e) { return fmt::format("MakeUp {} x{}", e.job, e.firings.size()); },
          [](const FilesChanged& e) { return "FilesChanged " + e.job; },
          [](const CheckAnswered& e) {
            return fmt::format("CheckAnswered {} {}", e.firing.first, e.holds ? "holds" : "fails");
          },
          [](const LoadMeasured&) { return std::string(); },
          [](const StopRun& e) { return "StopRun " + e.run_id; },
          [](const CancelWaiting& e) { return "CancelWaiting " + e.job; },
          [](const PauseJob& e) { return "PauseJob " + e.pause.job; },
          [](const ResumeJob& e) { return "ResumeJob " + e.job; },
          [](const HistoryWritable& e) {
            return std::string(e.writable ? "HistoryWritable" : "HistoryWritable: no");
          },
          [](const Drain&) { return std::string("Drain"); },
      },
      event);
}

std::string describe(const HistoryChange& change) {
  return std::visit(
      Overloaded{
          [](const ClaimRun& c) {
            return fmt::format("{} claim {}, {}{}", describe(c.decision), c.run.run_id,
                               to_text(c.run.trigger), c.make_up ? ", made up" : "");
          },
          [](const AddDecision& c) { return describe(c.decision); },
          [](const AttemptStarted& c) { return "started " + describe(c.key); },
          [](const AttemptEnded& c) {
            return "attempt over " + describe(c.key) + " " + describe(c.outcome);
          },
          [](const RunEnded& c) {
            return fmt::format("run over {} {}", c.run_id, to_text(c.result));
          },
          [](const MoveCursor& c) {
            return fmt::format("cursor {} {} ({:x})", c.cursor.job,
                               describe(c.cursor.decided_until), c.cursor.schedule_hash & 0xffff);
          },
          [](const ForgetJob& c) { return "forget " + c.job; },
          [](const RebaseJob& c) {
            return fmt::format("rebase {} {}", c.cursor.job, describe(c.cursor.decided_until));
          },
          [](const BeginWaiting& c) {
            return fmt::format("{} at {} waits since {}: {} ({}), {}", c.waiting.job,
                               describe(c.waiting.firing_at), describe(c.waiting.since),
                               to_text(c.waiting.reason), c.waiting.detail,
                               to_text(c.waiting.trigger));
          },
          [](const SetPause& c) {
            return fmt::format("pause {} kind {}", c.pause.job, static_cast<int>(c.pause.kind));
          },
          [](const EndPause& c) { return "end pause " + c.job; },
          [](const RaiseAlert& c) {
            return fmt::format("alert {} {}", c.alert.job, to_text(c.alert.kind));
          },
          [](const DeliveryTried&) { return std::string("delivery tried"); },
      },
      change);
}

std::string describe(Boundary boundary) {
  switch (boundary) {
    case Boundary::event_heard:
      return "an event was heard";
    case Boundary::before_write:
      return "before a write";
    case Boundary::written:
      return "after a write";
    case Boundary::before_start:
      return "before a start";
    case Boundary::after_start:
      return "after a start";
    case Boundary::before_stop:
      return "before a stop";
    case Boundary::child_ended:
      return "a child ended";
    case Boundary::outcome_told:
      return "an outcome was told";
    case Boundary::before_acknowledge:
      return "before an acknowledgement";
  }
  return "";
}

}  // namespace sim
