#include "cli/why_story.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/run_id.h"
#include "base/text.h"
#include "cli/explain_reasons.h"
#include "cli/records.h"
#include "cli/why_fixes.h"
#include "cli/why_not_due.h"

namespace dsched {
namespace {

const KeyLine* line_of(const WhyFacts& facts, std::string_view key) {
  for (const KeyLine& line : facts.keys) {
    if (line.key == key) return &line;
  }
  return nullptr;
}

// What the job's file says about the reason, or that it says nothing.
void add_key(Story& story, const WhyFacts& facts, std::string_view key) {
  if (facts.job == nullptr || key.empty()) return;
  const KeyLine* line = line_of(facts, key);
  if (line == nullptr && key == "command") line = line_of(facts, "script");
  if (line == nullptr && key == "resources") line = line_of(facts, "only_below_load");
  if (line == nullptr && key == "only_if") line = line_of(facts, "after_on");
  if (line != nullptr) {
    story.evidence.push_back({std::string(trim(line->text)), line->place});
  } else if (key == "overlap") {
    story.evidence.push_back(
        {fmt::format("overlap = \"{}\" (the default)", to_text(facts.job->overlap)),
         facts.job->place});
  } else if (key == "catch_up") {
    story.evidence.push_back(
        {fmt::format("catch_up = \"{}\" (the default)", to_text(facts.job->late.catch_up)),
         facts.job->place});
  }
}

std::string describe_run(const RunRecord& run, const TimeView& view) {
  const Instant from = run.started_at.value_or(run.claimed_at);
  std::string text =
      fmt::format("run {} of {} since {}", short_run_id(run.run_id), run.job, view.full(from));
  if (!run.ended_at) return text + ", still going";
  return fmt::format("{}, until {} ({})", text, view.full(*run.ended_at), result_words(run));
}

void add_others(Story& story, const WhyFacts& facts, const TimeView& view) {
  for (const RunRecord& run : facts.others) story.evidence.push_back({describe_run(run, view), {}});
}

void add_pause(Story& story, const Pause& pause, const TimeView& view) {
  std::string text = pause.job.empty() ? "all jobs are paused" : "it is paused";
  switch (pause.kind) {
    case Pause::Kind::person:
      break;
    case Pause::Kind::failures:
      text += " after too many failures in a row (pause_after_failures)";
      break;
    case Pause::Kind::lost:
      text += " after too many lost runs (pause_after_lost)";
      break;
    case Pause::Kind::hold:
      text += " since a run was lost (on_lost = \"hold\")";
      break;
  }
  text += fmt::format(" since {}", view.full(pause.since));
  if (pause.until) text += fmt::format(" until {}", view.full(*pause.until));
  if (!pause.who.empty()) text += fmt::format(" by {}", pause.who);
  if (!pause.reason.empty()) text += fmt::format(": {}", pause.reason);
  story.evidence.push_back({text, {}});
}

// The next time, and what will keep it from running then.
void add_next(Story& story, const WhyFacts& facts, const TimeView& view) {
  if (facts.job == nullptr) {
    if (story.state != "not_known") story.next_note = "none: no file defines the job";
    return;
  }
  const Job& job = *facts.job;
  if (!job.enabled) {
    story.next_note = "none: the job is disabled";
    return;
  }
  if (const auto next = job.timetable.next(floor_second(view.now()))) {
    story.next = *next;
    const bool paused = facts.pause && (!facts.pause->until || *facts.pause->until > *next);
    story.next_note = paused ? "and it will be skipped: paused" : job.timetable.dst_note(*next);
  } else if (!job.after.empty()) {
    story.next_note = "after " + join(job.after, ", ");
  } else {
    story.next_note = job.timetable.empty() ? "none: it has no schedule" : "none";
  }
}

std::string sentence(std::string_view text) {
  std::string without_dot(text);
  if (!without_dot.empty() && without_dot.back() == '.') without_dot.pop_back();
  if (!without_dot.empty() && 'A' <= without_dot.front() && without_dot.front() <= 'Z' &&
      without_dot.compare(0, 2, "A ") != 0)
    without_dot.front() = static_cast<char>(without_dot.front() - 'A' + 'a');
  return without_dot;
}

Story tell_running(const WhyFacts& facts, const TimeView& view) {
  const RunRecord& run = *facts.run;
  Story story;
  story.state = "running";
  story.firing_at = run.firing_at;
  story.since = run.started_at.value_or(run.claimed_at);
  story.reason = Reason::started;
  const Duration span = std::max(Duration{0}, view.now() - *story.since);
  story.headline = fmt::format("{} is running since {} ({}).", facts.name,
                               day_and_time(*story.since, view), human_duration(span));
  story.because =
      fmt::format("{}, run {} on {}", to_text(run.trigger), short_run_id(run.run_id), run.host);
  if (!run.attempts.empty())
    story.evidence.push_back(
        {fmt::format("{} of {} tries failed", run.attempts.size(), run.max_attempts), {}});
  story.fixes = {{"see its output", "dsched logs -f " + facts.name},
                 {"end it", "dsched stop " + facts.name}};
  return story;
}

Story tell_not_started(const WhyFacts& facts, const StartFailure& failure, const TimeView& view) {
  Story story;
  const Reason reason = reason_of(failure);
  story.state = "not_started";
  story.reason = reason;
  story.firing_at = facts.run->firing_at;
  story.headline = fmt::format("{} was started {} but could not be executed.", facts.name,
                               day_and_time(facts.run->claimed_at, view));
  story.because = describe(failure);
  add_key(story, facts, key_of(reason));
  story.effect = fmt::format("the run counts as failed after {} of {} tries",
                             facts.run->attempts.size(), facts.run->max_attempts);
  story.fixes = fixes_for(facts, reason, view);
  return story;
}

Story tell_run(const WhyFacts& facts, const TimeView& view) {
  const RunRecord& run = *facts.run;
  if (!run.result) return tell_running(facts, view);
  const StartFailure* failure =
      run.attempts.empty() ? nullptr : &run.attempts.back().outcome.failure;
  if (failure != nullptr && failure->step != StartStep::none)
    return tell_not_started(facts, *failure, view);
  Story story;
  story.state = "started";
  story.reason = Reason::started;
  story.firing_at = run.firing_at;
  story.since = run.started_at;
  story.headline =
      fmt::format("{} ran {} and ended {}", facts.name,
                  day_and_time(run.started_at.value_or(run.claimed_at), view), result_words(run));
  if (const auto took = duration_of(run)) story.headline += " after " + human_duration(*took);
  story.headline += ".";
  story.because =
      fmt::format("{}, run {} on {}", to_text(run.trigger), short_run_id(run.run_id), run.host);
  if (run.attempts.size() > 1)
    story.evidence.push_back({fmt::format("{} tries", run.attempts.size()), {}});
  if (*run.result != RunResult::ok)
    story.fixes = {{"see what it said", "dsched logs " + short_run_id(run.run_id)},
                   {"or run it again", "dsched run " + facts.name}};
  return story;
}

Story tell_waiting(const WhyFacts& facts, const TimeView& view) {
  const WaitingRecord& waiting = *facts.waiting;
  Story story;
  story.state = "waiting";
  story.reason = waiting.reason;
  story.firing_at = waiting.firing_at;
  story.since = waiting.since;
  story.headline = fmt::format("{} is due since {} and waits ({}).", facts.name,
                               day_and_time(waiting.firing_at, view),
                               human_duration(std::max(Duration{0}, view.now() - waiting.since)));
  story.because =
      waiting.detail.empty() ? sentence(reason_text(waiting.reason).meaning) : waiting.detail;
  add_key(story, facts, key_of(waiting.reason));
  add_others(story, facts, view);
  story.effect = facts.daemon_runs ? "it starts as soon as that is over"
                                   : "no daemon runs now: it starts when one does";
  story.fixes = fixes_for_waiting(facts);
  return story;
}

std::string effect_of(const Decision& decision, const Job* job, const TimeView& view) {
  std::string text =
      decision.firings > 1
          ? fmt::format("{} firings {}, the last of {}", with_thousands(decision.firings),
                        to_text(decision.kind), view.full(decision.last_firing_at))
          : fmt::format("1 firing {}", to_text(decision.kind));
  const bool missed = decision.kind == DecisionKind::missed;
  if (missed && job != nullptr && job->late.catch_up == CatchUp::none)
    text += "; catch_up = \"none\", so it is not made up for";
  return text;
}

Story tell_decision(const WhyFacts& facts, const TimeView& view) {
  const Decision& decision = *facts.decision;
  const bool missed = decision.kind == DecisionKind::missed;
  Story story;
  story.state = missed ? "missed" : "skipped";
  story.reason = decision.reason;
  story.firing_at = decision.firing_at;
  story.since = decision.decided_at;
  story.headline =
      fmt::format("{} should have run {} and {}.", facts.name,
                  day_and_time(decision.firing_at, view), missed ? "did not" : "was skipped");
  story.because = sentence(reason_text(decision.reason).meaning);
  if (!decision.detail.empty()) story.because = decision.detail;
  add_key(story, facts, key_of(decision.reason));
  if (decision.reason == Reason::paused && facts.pause) add_pause(story, *facts.pause, view);
  add_others(story, facts, view);
  story.effect = effect_of(decision, facts.job, view);
  story.fixes = fixes_for(facts, decision.reason, view);
  return story;
}

// Due, and the history knows nothing of it.
Story tell_undecided(const WhyFacts& facts, const TimeView& view) {
  const Instant at = *facts.at;
  Story story;
  story.state = "undecided";
  story.firing_at = at;
  story.headline = fmt::format("{} should have run {}, and nothing is on record.", facts.name,
                               day_and_time(at, view));
  if (!facts.job->enabled) {
    story.reason = Reason::disabled;
  } else if (!facts.cursor) {
    story.reason = Reason::not_loaded_yet;
    if (!facts.daemon_runs) story.evidence.push_back({"no daemon has seen this job yet", {}});
  } else if (facts.cursor->decided_until >= at) {
    story.reason = Reason::not_loaded_yet;
    story.evidence.push_back({"or its record was dropped: keep and keep_runs of [history]", {}});
  } else if (!facts.daemon_runs) {
    story.reason = Reason::daemon_down;
    story.evidence.push_back({fmt::format("no daemon runs; the last one had decided up to {}",
                                          view.full(facts.cursor->decided_until)),
                              {}});
  } else {
    story.because = "the daemon is just about to decide it, or its history cannot be written";
    story.fixes = {{"look at the daemon's log", ""}};
    return story;
  }
  story.because = sentence(reason_text(*story.reason).meaning);
  add_key(story, facts, key_of(*story.reason));
  story.fixes = fixes_for(facts, *story.reason, view);
  if (!facts.daemon_runs && facts.job->enabled)
    story.fixes.insert(story.fixes.begin(), {"start the daemon", "dsched daemon"});
  return story;
}

Story tell_due(const WhyFacts& facts, const TimeView& view) {
  Story story;
  story.state = "due";
  story.firing_at = facts.at;
  story.headline = fmt::format("{} is due {} ({}).", facts.name, day_and_time(*facts.at, view),
                               view.relative(*facts.at));
  story.because = schedule_text(*facts.job);
  add_key(story, facts, "schedule");
  if (!facts.job->enabled) add_key(story, facts, "enabled");
  if (facts.pause) {
    add_pause(story, *facts.pause, view);
    story.fixes.push_back(end_of_pause(*facts.pause));
  }
  return story;
}

Story tell_not_due(const WhyFacts& facts, const TimeView& view) {
  Story story;
  story.state = "not_due";
  if (!facts.at) {
    story.headline = fmt::format("{} has not been due yet.", facts.name);
    story.because = schedule_text(*facts.job);
    if (!facts.job->enabled) story.reason = Reason::disabled;
    add_key(story, facts, facts.job->enabled ? "schedule" : "enabled");
    if (facts.job->enabled && facts.daemon_runs && !facts.cursor && !facts.job->timetable.empty()) {
      story.reason = Reason::not_loaded_yet;
      story.because = "the daemon that runs has not loaded the job";
      story.fixes.push_back({"let it read the files", "dsched reload"});
    }
    story.fixes.push_back({"run it now", "dsched run " + facts.name});
    return story;
  }
  const NotDue not_due = why_not_due(*facts.job, floor_second(*facts.at));
  story.firing_at = facts.at;
  story.reason = not_due.reason;
  story.headline =
      fmt::format("{} {} not due {}.", facts.name, *facts.at > view.now() ? "is" : "was",
                  day_and_time(*facts.at, view));
  story.because = not_due.text;
  add_key(story, facts, not_due.key);
  if (const auto before = facts.job->timetable.previous(floor_second(*facts.at)))
    story.evidence.push_back({fmt::format("the last time before was {}", view.full(*before)), {}});
  if (const auto after = facts.job->timetable.next(floor_second(*facts.at)))
    story.evidence.push_back({fmt::format("the first time after {} {}",
                                          *after > view.now() ? "is" : "was", view.full(*after)),
                              {}});
  story.fixes = fixes_for(facts, not_due.reason, view);
  return story;
}

Story tell_not_known(const WhyFacts& facts) {
  Story story;
  story.state = "not_known";
  story.headline = fmt::format("{} is not known to the daemon.", facts.name);
  const bool refused = has_errors(facts.diagnostics);
  story.reason = refused ? Reason::file_error : Reason::file_ignored;
  story.because = sentence(reason_text(*story.reason).meaning);
  for (const Diagnostic& diagnostic : facts.diagnostics) {
    if (refused && diagnostic.severity != Severity::error) continue;
    story.evidence.push_back({fmt::format("{}: {}", diagnostic.code, diagnostic.message),
                              {diagnostic.file, diagnostic.line}});
  }
  story.effect =
      facts.cursor ? "a daemon that runs goes on with the last good version" : "it does not run";
  if (refused) {
    story.fixes = {{"see all faults, and correct them", "dsched check"}};
  } else {
    story.fixes = {
        {"give it a name that is read", fmt::format("mv {0} {0}.toml", facts.ignored_file)}};
  }
  return story;
}

Story tell_core(const WhyFacts& facts, const TimeView& view) {
  if (facts.run) return tell_run(facts, view);
  if (facts.waiting) return tell_waiting(facts, view);
  if (facts.decision) return tell_decision(facts, view);
  if (facts.job == nullptr) return tell_not_known(facts);
  if (facts.at && facts.is_due && *facts.at > view.now()) return tell_due(facts, view);
  if (facts.at && facts.is_due) return tell_undecided(facts, view);
  return tell_not_due(facts, view);
}

}  // namespace

Story tell(const WhyFacts& facts, const TimeView& view) {
  Story story = tell_core(facts, view);
  add_next(story, facts, view);
  return story;
}

std::string day_and_time(Instant at, const TimeView& view) {
  const std::string full = view.full(at);  // "Fri 2026-11-20 17:15"
  const std::size_t blank = full.rfind(' ');
  const std::string day = full.substr(0, blank);
  const std::string time = full.substr(blank + 1);
  const auto is_day = [&](Instant other) { return view.full(other).substr(0, blank) == day; };
  if (is_day(view.now())) return "today at " + time;
  if (is_day(view.now() - std::chrono::hours{24})) return "yesterday at " + time;
  return fmt::format("on {} at {}", day, time);
}

}  // namespace dsched
