#include <algorithm>

#include <fmt/format.h>

#include "sim/checks.h"
#include "sim/describe.h"

namespace sim {

namespace {

using dsched::DecisionKind;
using dsched::Overlap;
using dsched::Reason;
using dsched::RunResult;
using std::chrono::minutes;
using std::chrono::seconds;

class ReasonChecker {
 public:
  ReasonChecker(const Ledger& ledger, Findings& findings) : ledger_(ledger), findings_(findings) {}

  void check() {
    for (const auto& [name, job] : ledger_.jobs) {
      for (const Fate& fate : job.fates) {
        if (fate.decision.kind == DecisionKind::skipped && !is_true(fate)) {
          found("reasons", fmt::format("{} at {} was skipped as {} ({}), and that was not so", name,
                                       describe(fate.decision.firing_at),
                                       to_text(fate.decision.reason), fate.decision.detail));
        }
        if (fate.trigger) no_pause_is_ignored(fate);
      }
    }
    for (const Heard& heard : ledger_.evidence.heard) {
      for (const auto& [name, spec] : heard.setup.jobs) failures_lead_to_a_pause(name);
      break;
    }
  }

 private:
  void found(const char* invariant, std::string what) {
    findings_.push_back({invariant, std::move(what)});
  }

  bool is_true(const Fate& fate) const {
    const dsched::Decision& decision = fate.decision;
    const BootInstant said = ledger_.said_at(fate);
    const JobSpec* spec = ledger_.spec_at(decision.job, said);
    if (spec == nullptr) return true;  // its job went meanwhile
    const bool was_waiting = std::any_of(
        ledger_.jobs.at(decision.job).waits.begin(), ledger_.jobs.at(decision.job).waits.end(),
        [&](const Wait& wait) { return wait.from <= fate.at.boot && wait.until >= said; });
    switch (decision.reason) {
      case Reason::overlap:
        return spec->job.overlap == Overlap::replace ||
               (spec->job.overlap == Overlap::skip && (was_waiting || another_went_on(fate, said)));
      case Reason::paused:
        return pause_in(decision.job, said, fate.at.boot);
      case Reason::queue_full:
        return many_waited(*spec, said) ||
               ledger_.trouble_in(said - minutes{10}, said, TroubleKind::disk);
      case Reason::lock_held:
      case Reason::pool_full:
      case Reason::resources:
      case Reason::no_space:
      case Reason::fork_failed:
        // Behind an earlier firing that waited for that.
        return spec->job.overlap == Overlap::skip;
      case Reason::condition:
        return spec->job.needs.only_if || was_waiting ||
               (!spec->job.after.empty() && spec->job.after_on == dsched::AfterOn::failure);
      case Reason::upstream_failed:
        return !spec->job.after.empty() && spec->job.after_on == dsched::AfterOn::success &&
               (clock_was_set(fate) || was_made_up(*spec) ||
                some_upstream_did_not_succeed(*spec, fate));
      case Reason::cancelled:
        return true;
      case Reason::disabled: {
        const JobSpec* now = ledger_.spec_at(decision.job, fate.at.boot);
        return !spec->job.enabled || now == nullptr || !now->job.enabled;
      }
      default:
        return false;
    }
  }

  // What ran while a clock was wrong is another thing.
  bool clock_was_set(const Fate& fate) const {
    return ledger_.trouble_in(ledger_.evidence.began.boot, fate.at.boot, TroubleKind::clock_set);
  }

  // Firings that an upstream had had already: what is made up of them settles as not run.
  bool was_made_up(const JobSpec& spec) const {
    return std::any_of(ledger_.evidence.commands.begin(), ledger_.evidence.commands.end(),
                       [&](const Command& command) {
                         const auto* make_up = std::get_if<dsched::MakeUp>(&command.event);
                         return make_up != nullptr &&
                                std::find(spec.job.after.begin(), spec.job.after.end(),
                                          make_up->job) != spec.job.after.end();
                       });
  }

  bool another_went_on(const Fate& fate, BootInstant said) const {
    return std::any_of(ledger_.runs.begin(), ledger_.runs.end(), [&](const auto& entry) {
      const RunFacts& run = entry.second;
      return run.claim.job == fate.decision.job && run.claimed.boot <= fate.at.boot &&
             (!run.ended || run.ended->boot >= said);
    });
  }

  bool pause_in(const std::string& job, BootInstant from, BootInstant until) const {
    return std::any_of(ledger_.pauses.begin(), ledger_.pauses.end(), [&](const PauseSpan& span) {
      return (span.pause.job.empty() || span.pause.job == job) && span.from <= until &&
             span.until >= from;
    });
  }

  // A pool may have as many waiting as its limit allows; a few less on disk, when a write is slow.
  bool many_waited(const JobSpec& spec, BootInstant said) const {
    const Setup* setup = ledger_.setup_at(said);
    const auto pool = setup->limits.pools.find(spec.job.needs.pool);
    int in_pool = 0;
    int of_job = 0;
    for (const auto& [name, job] : ledger_.jobs) {
      const JobSpec* other = ledger_.spec_at(name, said);
      for (const Wait& wait : job.waits) {
        if (wait.from > said + minutes{10} || wait.until < said) continue;
        of_job += name == spec.job.name ? 1 : 0;
        in_pool += other != nullptr && other->job.needs.pool == spec.job.needs.pool ? 1 : 0;
      }
    }
    if (pool != setup->limits.pools.end() && in_pool >= pool->second.max_waiting) return true;
    return of_job >= 90;
  }

  // Something it runs after has not ended ok at or before its instant.
  bool some_upstream_did_not_succeed(const JobSpec& spec, const Fate& fate) const {
    return std::any_of(spec.job.after.begin(), spec.job.after.end(), [&](const std::string& name) {
      const auto upstream = ledger_.jobs.find(name);
      const JobSpec* its = ledger_.any_spec(name);
      // Jitter: what it is due to run after may not have come up yet.
      if (upstream == ledger_.jobs.end() || its == nullptr ||
          its->job.timetable.rules().jitter > Duration{0}) {
        return true;
      }
      const Fate* latest = nullptr;
      for (const Fate& other : upstream->second.fates) {
        if (other.at.boot > fate.at.boot || other.decision.firing_at > fate.decision.firing_at)
          continue;
        if (latest == nullptr || other.decision.firing_at >= latest->decision.firing_at)
          latest = &other;
      }
      if (latest == nullptr || !latest->trigger) return true;
      const RunFacts& run = ledger_.runs.at(latest->decision.run_id);
      return !run.over || run.over->result != RunResult::ok || run.ended->boot > fate.at.boot ||
             latest->decision.firing_at != fate.decision.firing_at;
    });
  }

  bool was_forced(const Fate& fate) const { return fate.trigger == dsched::Trigger::manual; }

  void no_pause_is_ignored(const Fate& fate) {
    if (was_forced(fate)) return;
    const BootInstant said = ledger_.said_at(fate);
    const std::string& job = fate.decision.job;
    for (const PauseSpan& span : ledger_.pauses) {
      const bool concerned = span.pause.job.empty() || span.pause.job == job;
      if (!concerned || span.from >= said || span.until <= fate.at.boot) continue;
      found("pauses", fmt::format("{} at {} was claimed while it was paused", job,
                                  describe(fate.decision.firing_at)));
      return;
    }
  }

  void failures_lead_to_a_pause(const std::string& name) {
    int most = 0;
    for (const Heard& heard : ledger_.evidence.heard) {
      const auto spec = heard.setup.jobs.find(name);
      if (spec == heard.setup.jobs.end() || spec->second.job.pause_after_failures == 0) return;
      most = spec->second.job.pause_after_failures;
    }
    std::vector<const RunFacts*> runs;
    for (const auto& [id, run] : ledger_.runs) {
      if (run.claim.job == name && run.over) runs.push_back(&run);
    }
    std::sort(runs.begin(), runs.end(),
              [](const RunFacts* a, const RunFacts* b) { return a->ended->boot < b->ended->boot; });
    int failures = 0;
    BootInstant before{};
    for (const RunFacts* run : runs) {
      // Whoever ends a pause starts the count anew.
      if (pause_in(name, before, run->ended->boot)) failures = 0;
      before = run->ended->boot;
      if (run->over->result == RunResult::cancelled) continue;
      failures = run->over->result == RunResult::ok ? 0 : failures + 1;
      const BootInstant ended = run->ended->boot;
      if (failures != most || pause_in(name, ended - seconds{1}, ended + minutes{10})) continue;
      found("pauses", fmt::format("{} failed {} times in a row until {} and goes on", name,
                                  failures, describe(run->ended->wall)));
      return;
    }
  }

  const Ledger& ledger_;
  Findings& findings_;
};

}  // namespace

void check_reasons(const Ledger& ledger, Findings& findings) {
  ReasonChecker(ledger, findings).check();
}

}  // namespace sim
