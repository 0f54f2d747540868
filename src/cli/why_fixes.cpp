#include "cli/why_fixes.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/run_id.h"
#include "cli/explain_reasons.h"

namespace dsched {
namespace {

// The general advice, about this job.
Fix advice(const WhyFacts& facts, Reason reason) {
  constexpr std::string_view kPlace = "JOB";
  std::string text(reason_text(reason).remedy);
  for (std::size_t at = text.find(kPlace); at != std::string::npos;
       at = text.find(kPlace, at + facts.name.size()))
    text.replace(at, kPlace.size(), facts.name);
  return {text, ""};
}

// Runs that could make room.
void add_ends_of_others(std::vector<Fix>& fixes, const WhyFacts& facts, Reason reason) {
  if (reason != Reason::overlap && reason != Reason::lock_held && reason != Reason::pool_full)
    return;
  for (const RunRecord& run : facts.others) {
    if (!run.ended_at)
      fixes.push_back({fmt::format("end the run of {} that is in the way", run.job),
                       "dsched stop " + short_run_id(run.run_id)});
  }
}

// The job to begin with again: the upstream that did not end ok.
std::string failed_upstream(const WhyFacts& facts) {
  const auto failed =
      std::find_if(facts.others.begin(), facts.others.end(),
                   [](const RunRecord& run) { return run.result && *run.result != RunResult::ok; });
  return failed != facts.others.end() ? failed->job : facts.job->after.front();
}

}  // namespace

Fix end_of_pause(const Pause& pause) {
  if (pause.job.empty()) return {"end the pause of all jobs", "dsched resume --all"};
  if (pause.kind == Pause::Kind::hold)
    return {"look what the lost run did, then let it go on", "dsched resolve " + pause.job};
  return {"end the pause", "dsched resume " + pause.job};
}

std::vector<Fix> fixes_for(const WhyFacts& facts, Reason reason, const TimeView& view) {
  std::vector<Fix> fixes;
  if (reason == Reason::paused && facts.pause) fixes.push_back(end_of_pause(*facts.pause));
  add_ends_of_others(fixes, facts, reason);
  if (reason == Reason::upstream_failed && facts.job != nullptr && !facts.job->after.empty())
    fixes.push_back({"run that job again, and what follows from it",
                     "dsched run --from " + failed_upstream(facts)});
  if (!reason_text(reason).remedy.empty()) fixes.push_back(advice(facts, reason));
  if (facts.decision && facts.is_due && facts.job != nullptr) {
    fixes.push_back(
        {"or make up for it", fmt::format("dsched trigger {} --scheduled-at {}", facts.name,
                                          view.rfc3339(facts.decision->firing_at))});
  } else if (facts.job != nullptr) {
    fixes.push_back({"or run it now", "dsched run " + facts.name});
  }
  return fixes;
}

std::vector<Fix> fixes_for_waiting(const WhyFacts& facts) {
  const Reason reason = facts.waiting->reason;
  std::vector<Fix> fixes;
  add_ends_of_others(fixes, facts, reason);
  if (fixes.empty() && !reason_text(reason).remedy.empty()) fixes.push_back(advice(facts, reason));
  fixes.push_back({"or take it back", "dsched stop " + facts.name});
  return fixes;
}

}  // namespace dsched
