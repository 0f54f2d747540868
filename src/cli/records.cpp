#include "cli/records.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/failure.h"
#include "time/words.h"

namespace dsched {
namespace {

int last_signal(const RunRecord& run) {
  return run.attempts.empty() ? 0 : run.attempts.back().outcome.signal;
}

bool failed_to_start(const RunRecord& run) {
  return !run.attempts.empty() && run.attempts.back().outcome.failure.step != StartStep::none;
}

bool missed_last(const JobSummary& summary) {
  return summary.last_decision && summary.last_decision->kind == DecisionKind::missed;
}

Json signal_json(const AttemptOutcome& outcome) {
  return outcome.signal == 0 ? Json() : Json(outcome.signal);
}

bool has_exit_code(const AttemptOutcome& outcome) {
  return outcome.failure.step == StartStep::none && !outcome.lost && outcome.signal == 0;
}

Json attempt_json(const Attempt& attempt) {
  const AttemptOutcome& outcome = attempt.outcome;
  const bool failed = outcome.failure.step != StartStep::none;
  return Json::object({{"n", attempt.number},
                       {"exit_code", has_exit_code(outcome) ? Json(outcome.exit_code) : Json()},
                       {"signal", signal_json(outcome)},
                       {"timed_out", outcome.timed_out},
                       {"reason", failed ? Json(to_text(reason_of(outcome.failure))) : Json()},
                       {"failure", failed ? Json(describe(outcome.failure)) : Json()},
                       {"duration_s", seconds_json(outcome.duration)}});
}

Json values_json(const Values& values) {
  Json object = Json::object();
  for (const auto& [name, value] : values) object.set(name, value);
  return object;
}

std::string_view kind_text(Pause::Kind kind) {
  switch (kind) {
    case Pause::Kind::person:
      return "person";
    case Pause::Kind::failures:
      return "failures";
    case Pause::Kind::lost:
      return "lost";
    case Pause::Kind::hold:
      return "hold";
  }
  return "person";
}

// CPU time and memory over all attempts.
struct Usage {
  Duration cpu_user{0}, cpu_system{0};
  std::uint64_t max_rss_bytes = 0, output_bytes = 0;
  bool truncated = false;
};

Usage usage_of(const RunRecord& run) {
  Usage usage;
  for (const Attempt& attempt : run.attempts) {
    const AttemptOutcome& outcome = attempt.outcome;
    usage.cpu_user += outcome.cpu_user;
    usage.cpu_system += outcome.cpu_system;
    usage.max_rss_bytes = std::max(usage.max_rss_bytes, outcome.max_rss_bytes);
    usage.output_bytes += outcome.output_bytes;
    usage.truncated = usage.truncated || outcome.dropped_bytes > 0;
  }
  return usage;
}

}  // namespace

JobState state_of(const Job& job, const JobSummary* summary, const Pause* pause,
                  const WaitingRecord* waiting) {
  if (summary != nullptr && !summary->running.empty()) return {"running", Ink::running};
  if (waiting != nullptr) return {"waiting", Ink::attention};
  if (!job.enabled) return {"disabled", Ink::faint};
  if (pause != nullptr) return {"paused", Ink::attention};
  if (summary == nullptr) return {"new", Ink::plain};
  if (missed_last(*summary)) return {"missed", Ink::attention};
  if (!summary->last || !summary->last->result) return {"new", Ink::plain};
  const RunResult result = *summary->last->result;
  if (result == RunResult::ok) return {"ok", Ink::good};
  const Ink ink = result == RunResult::cancelled ? Ink::attention : Ink::bad;
  return {std::string(to_text(result)), ink};
}

std::string shown(const JobState& state) {
  if (state.ink != Ink::bad) return state.word;
  std::string capitals = state.word;
  for (char& c : capitals) {
    if ('a' <= c && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return capitals;
}

std::string result_words(const RunRecord& run) {
  if (!run.result) return "running";
  switch (*run.result) {
    case RunResult::failed:
      if (failed_to_start(run)) return "not started";
      return fmt::format("exit {}", run.exit_status);
    case RunResult::killed:
      return last_signal(run) != 0 ? fmt::format("signal {}", last_signal(run)) : "killed";
    default:
      return std::string(to_text(*run.result));
  }
}

Ink ink_of(const RunRecord& run) {
  if (!run.result) return Ink::running;
  if (*run.result == RunResult::ok) return Ink::good;
  return *run.result == RunResult::cancelled ? Ink::attention : Ink::bad;
}

int exit_code_of(const RunRecord& run) {
  if (run.result == RunResult::ok) return kExitOk;
  return run.exit_status == 0 ? kExitNo : run.exit_status;
}

std::optional<Duration> duration_of(const RunRecord& run) {
  if (run.attempts.size() == 1) return run.attempts.front().outcome.duration;
  if (run.started_at && run.ended_at && *run.ended_at >= *run.started_at)
    return *run.ended_at - *run.started_at;
  return std::nullopt;
}

std::string wait_words(const WaitingRecord& waiting) {
  return waiting.detail.empty() ? std::string(to_text(waiting.reason)) : waiting.detail;
}

std::string recent_signs(std::string_view recent, bool utf8) {
  std::string signs;
  for (char letter : recent) {
    switch (letter) {
      case 'o':
        signs += utf8 ? "✓" : "+";
        break;
      case 'r':
        signs += utf8 ? "▶" : ">";
        break;
      case 's':
        signs += "-";
        break;
      case 'm':
        signs += "?";
        break;
      default:
        signs += utf8 ? "✗" : "x";
    }
  }
  return signs;
}

std::string schedule_text(const Job& job) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < job.schedules.size(); ++i)
    parts.push_back(schedule_words(job.timetable.schedules()[i], job.schedules[i]));
  if (!job.after.empty()) parts.push_back("after " + join(job.after, ", "));
  if (!job.watch.globs.empty()) parts.push_back("when " + join(job.watch.globs, ", ") + " changes");
  return parts.empty() ? "by hand" : join(parts, ", ");
}

Json seconds_json(const std::optional<Duration>& duration) {
  if (!duration) return {};
  return std::round(to_seconds(*duration) * 1000) / 1000;
}

Json time_json(const TimeView& view, const std::optional<Instant>& instant) {
  return instant ? Json(view.rfc3339(*instant)) : Json();
}

Json unix_json(const std::optional<Instant>& instant) {
  return instant ? Json(floor_second(*instant).time_since_epoch().count()) : Json();
}

Json run_json(const RunRecord& run, const TimeView& view) {
  const Usage usage = usage_of(run);
  const bool ended = run.result.has_value();
  const bool unplanned = run.trigger == Trigger::manual || run.trigger == Trigger::watch;
  const std::optional<Instant> scheduled = unplanned ? std::nullopt : std::optional(run.firing_at);
  Json attempts = Json::array();
  for (const Attempt& attempt : run.attempts) attempts.push(attempt_json(attempt));
  const Json log = run.log_path.empty() ? Json()
                                        : Json::object({{"path", run.log_path},
                                                        {"bytes", usage.output_bytes},
                                                        {"truncated", usage.truncated}});
  return Json::object({
      {"run_id", run.run_id},
      {"job", run.job},
      {"result", ended ? Json(to_text(*run.result)) : Json()},
      {"exit_code", ended ? Json(run.exit_status) : Json()},
      {"signal", ended && last_signal(run) != 0 ? Json(last_signal(run)) : Json()},
      {"decision", "started"},
      {"trigger", to_text(run.trigger)},
      {"scheduled_at", time_json(view, scheduled)},
      {"scheduled_unix", unix_json(scheduled)},
      {"started_at", time_json(view, run.started_at)},
      {"started_unix", unix_json(run.started_at)},
      {"ended_at", time_json(view, run.ended_at)},
      {"ended_unix", unix_json(run.ended_at)},
      {"duration_s", ended ? seconds_json(duration_of(run)) : Json()},
      {"host", run.host},
      {"user", run.user.empty() ? Json() : Json(run.user)},
      {"fence", run.fence},
      {"cpu_user_s", seconds_json(usage.cpu_user)},
      {"cpu_sys_s", seconds_json(usage.cpu_system)},
      {"max_rss_bytes", usage.max_rss_bytes},
      {"log", log},
      {"params", values_json(run.params)},
      {"outputs", values_json(run.outputs)},
      {"attempts", attempts},
  });
}

Json waiting_json(const WaitingRecord& waiting, const TimeView& view) {
  return Json::object({{"job", waiting.job},
                       {"firing_at", view.rfc3339(waiting.firing_at)},
                       {"firing_unix", unix_json(waiting.firing_at)},
                       {"trigger", to_text(waiting.trigger)},
                       {"since_at", view.rfc3339(waiting.since)},
                       {"since_unix", unix_json(waiting.since)},
                       {"reason", to_text(waiting.reason)},
                       {"detail", waiting.detail.empty() ? Json() : Json(waiting.detail)}});
}

Json pause_json(const Pause& pause, const TimeView& view) {
  const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  return Json::object({{"all_jobs", pause.job.empty()},
                       {"kind", kind_text(pause.kind)},
                       {"since_at", view.rfc3339(pause.since)},
                       {"since_unix", unix_json(pause.since)},
                       {"until_at", time_json(view, pause.until)},
                       {"until_unix", unix_json(pause.until)},
                       {"who", text(pause.who)},
                       {"reason", text(pause.reason)}});
}

Json decision_json(const Decision& decision, const TimeView& view, const std::string& host) {
  const std::optional<Instant> last =
      decision.firings > 1 ? std::optional(decision.last_firing_at) : std::nullopt;
  return Json::object({
      {"job", decision.job},
      {"firing_at", view.rfc3339(decision.firing_at)},
      {"firing_unix", unix_json(decision.firing_at)},
      {"firings", decision.firings},
      {"last_firing_at", time_json(view, last)},
      {"decision", to_text(decision.kind)},
      {"reason", to_text(decision.reason)},
      {"detail", decision.detail.empty() ? Json() : Json(decision.detail)},
      {"decided_at", view.rfc3339(decision.decided_at)},
      {"decided_unix", unix_json(decision.decided_at)},
      {"run_id", decision.run_id.empty() ? Json() : Json(decision.run_id)},
      {"host", host},
  });
}

}  // namespace dsched
