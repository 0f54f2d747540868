#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sim/checks.h"
#include "sim/describe.h"

namespace sim {

namespace {

using dsched::CatchUp;
using dsched::DecisionKind;
using dsched::Reason;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kOnTime = minutes{5};
constexpr std::size_t kMostMadeUp = 100;

std::int64_t unix_s(Instant instant) {
  return dsched::floor_second(instant).time_since_epoch().count();
}

class LatenessChecker {
 public:
  LatenessChecker(const Ledger& ledger, Oracle& oracle, Findings& findings)
      : ledger_(ledger), oracle_(oracle), findings_(findings) {}

  void check() {
    for (const auto& [name, job] : ledger_.jobs) {
      for (const Fate& fate : job.fates) {
        const JobSpec* spec = spec_of(fate);
        if (spec == nullptr) continue;
        if (fate.decision.kind == DecisionKind::missed) miss_is_justified(fate, *spec);
        if (fate.trigger) start_is_justified(name, job, fate, *spec);
      }
      no_flood(name, job);
    }
    for (const Child& child : ledger_.evidence.children) no_child_is_late(child);
  }

 private:
  void found(const char* invariant, std::string what) {
    findings_.push_back({invariant, std::move(what)});
  }

  // Policies in force when it was decided; null when the files changed just then.
  const JobSpec* spec_of(const Fate& fate) const {
    const BootInstant said = ledger_.said_at(fate);
    for (const Heard& heard : ledger_.evidence.heard) {
      if (heard.at.boot >= said - seconds{1} && heard.at.boot <= fate.at.boot + seconds{1} &&
          &heard != &ledger_.evidence.heard.front() && setup_differs(heard, fate.decision.job)) {
        return nullptr;
      }
    }
    return ledger_.spec_at(fate.decision.job, said);
  }

  bool setup_differs(const Heard& heard, const std::string& job) const {
    const JobSpec* before = ledger_.spec_at(job, heard.at.boot - Duration{1});
    const auto after = heard.setup.jobs.find(job);
    if (before == nullptr || after == heard.setup.jobs.end()) return true;
    return before->job.definition_hash != after->second.job.definition_hash ||
           before->job.enabled != after->second.job.enabled;
  }

  static Duration jitter_of(const JobSpec& spec) { return spec.job.timetable.rules().jitter; }
  bool waited(const std::string& name, Instant firing, BootInstant before) const {
    const auto& waits = ledger_.jobs.at(name).waits;
    return std::any_of(waits.begin(), waits.end(), [&](const Wait& wait) {
      return wait.first.firing_at == firing && wait.from <= before;
    });
  }

  void miss_is_justified(const Fate& fate, const JobSpec& spec) {
    const dsched::Decision& decision = fate.decision;
    const dsched::LatePolicy& late = spec.job.late;
    const Instant last = std::max(decision.last_firing_at, decision.firing_at);
    const Duration lateness = decision.decided_at - last;
    if (decision.reason == Reason::upstream_timeout) {
      if (!spec.job.after_timeout || lateness < *spec.job.after_timeout)
        found("misses", text_of(fate, "before after_timeout"));
      return;
    }
    if (decision.reason == Reason::deadline_passed) {
      // A job without a schedule misses with what it runs after.
      const bool own = !spec.naive.empty();
      if (own && (!late.start_deadline || lateness <= *late.start_deadline))
        found("misses", text_of(fate, "before start_deadline"));
      return;
    }
    if (waited(decision.job, decision.firing_at, fate.at.boot)) return;
    if (lateness <= kOnTime) found("misses", text_of(fate, "though it was on time"));
    if (!is_explained(fate)) found("misses", text_of(fate, "without that having been"));
    if (spec.job.after.empty()) newest_are_made_up(fate, spec, last);
  }

  std::string text_of(const Fate& fate, const char* why) const {
    return fmt::format("{} at {} is missed ({}) {}", fate.decision.job,
                       describe(fate.decision.firing_at), to_text(fate.decision.reason), why);
  }

  // The reason is something that happened before, and not hours after all was well again.
  bool is_explained(const Fate& fate) const {
    const BootInstant said = ledger_.said_at(fate);
    const auto was = [&](TroubleKind kind) {
      return ledger_.trouble_in(ledger_.evidence.began.boot, said, kind);
    };
    switch (fate.decision.reason) {
      case Reason::daemon_down:
        return was(TroubleKind::daemon_down) || was(TroubleKind::power_off);
      case Reason::host_asleep:
        return was(TroubleKind::asleep) || was(TroubleKind::clock_set);
      case Reason::clock_jumped:
        return was(TroubleKind::clock_set);
      case Reason::no_space:
        return was(TroubleKind::disk);
      case Reason::fork_failed:
        return was(TroubleKind::no_hands);
      default:
        return false;
    }
  }

  // What catch_up covers is not missed: the newest late firing, or the newest hundred.
  void newest_are_made_up(const Fate& fate, const JobSpec& spec, Instant last) {
    const dsched::LatePolicy& late = spec.job.late;
    if (late.catch_up == CatchUp::none || spec.naive.empty()) return;
    const Instant now = fate.decision.decided_at - jitter_of(spec);
    Duration covered = late.window;
    if (late.start_deadline) covered = std::min(covered, *late.start_deadline);
    if (last < now - covered + seconds{2} + jitter_of(spec)) return;
    // Counted without jitter, which may be anything below its bound.
    const std::size_t newer =
        oracle_.due(spec, unix_s(last), unix_s(fate.decision.decided_at - kOnTime)).size();
    const std::size_t most = late.catch_up == CatchUp::last ? 1 : kMostMadeUp;
    if (newer < most) found("catch-up", text_of(fate, "though catch_up covers it"));
  }

  void start_is_justified(const std::string& name, const JobLedger& job, const Fate& fate,
                          const JobSpec& spec) {
    const dsched::Trigger trigger = *fate.trigger;
    const bool scheduled =
        trigger == dsched::Trigger::schedule || trigger == dsched::Trigger::catch_up;
    if (!scheduled) return;
    const dsched::LatePolicy& late = spec.job.late;
    const Instant at = fate.decision.firing_at;
    if (late.start_deadline &&
        fate.decision.decided_at - at > *late.start_deadline + jitter_of(spec) + seconds{1}) {
      found("start_deadline", fmt::format("{} at {} was claimed at {}", name, describe(at),
                                          describe(fate.decision.decided_at)));
    }
    if (!spec.job.after.empty()) return;  // it may have waited for others before
    Instant taken_up = fate.decision.decided_at;
    for (const Wait& wait : job.waits) {
      if (wait.first.firing_at == at) taken_up = std::min(taken_up, wait.first.since);
    }
    const Duration lateness = taken_up - at - jitter_of(spec);
    if (trigger == dsched::Trigger::schedule && lateness > kOnTime + seconds{1}) {
      found("late starts", fmt::format("{} at {} was taken up at {} as if on time", name,
                                       describe(at), describe(taken_up)));
    }
    if (trigger == dsched::Trigger::catch_up && !covered(name, job, at, late, lateness)) {
      found("catch-up", fmt::format("{} at {} was made up at {}, more than catch_up allows", name,
                                    describe(at), describe(taken_up)));
    }
  }

  // By the policy of now, or by that of when it began to wait.
  bool covered(const std::string& name, const JobLedger& job, Instant at,
               const dsched::LatePolicy& now, Duration lateness) const {
    const auto covers = [&](const dsched::LatePolicy& late) {
      return late.catch_up != CatchUp::none && lateness <= late.window + seconds{1};
    };
    return covers(now) || std::any_of(job.waits.begin(), job.waits.end(), [&](const Wait& wait) {
             const JobSpec* then = ledger_.spec_at(name, wait.from);
             return wait.first.firing_at == at && (then == nullptr || covers(then->job.late));
           });
  }

  bool always_last(const std::string& name) const {
    return std::all_of(
        ledger_.evidence.heard.begin(), ledger_.evidence.heard.end(), [&](const Heard& heard) {
          const auto spec = heard.setup.jobs.find(name);
          return spec != heard.setup.jobs.end() && spec->second.job.late.catch_up == CatchUp::last;
        });
  }

  // Made-up firings that were taken up at one moment.
  void no_flood(const std::string& name, const JobLedger& job) {
    std::map<Instant, std::size_t> at_once;
    for (const Fate& fate : job.fates) {
      if (fate.trigger != dsched::Trigger::catch_up) continue;
      Instant taken_up = fate.decision.decided_at;
      for (const Wait& wait : job.waits) {
        if (wait.first.firing_at == fate.decision.firing_at)
          taken_up = std::min(taken_up, wait.first.since);
      }
      const JobSpec* spec = ledger_.spec_at(name, ledger_.said_at(fate));
      const bool only_last = spec != nullptr && always_last(name);
      const std::size_t most = only_last && spec->job.after.empty() ? 1 : kMostMadeUp;
      if (++at_once[taken_up] == most + 1 && spec_of(fate) != nullptr) {
        found("catch-up", fmt::format("more than {} firings of {} were made up at {}", most, name,
                                      describe(taken_up)));
      }
    }
  }

  // A claim that was answered late, or was found open after a restart, must not start at a
  // surprising time.
  void no_child_is_late(const Child& child) {
    const auto run = ledger_.runs.find(child.key.run_id);
    const JobSpec* spec = ledger_.spec_at(child.job, child.began.boot);
    if (child.key.attempt != 1 || run == ledger_.runs.end() || spec == nullptr) return;
    const bool scheduled =
        child.trigger == dsched::Trigger::schedule || child.trigger == dsched::Trigger::catch_up;
    const auto& deadline = spec->job.late.start_deadline;
    if (!deadline || !scheduled ||
        ledger_.trouble_in(run->second.claimed.boot, child.began.boot, TroubleKind::clock_set)) {
      return;
    }
    const Duration lateness = child.began.wall - child.firing_at;
    if (lateness > *deadline + jitter_of(*spec) + seconds{1}) {
      found("start_deadline", fmt::format("{} at {} began at {}", child.job,
                                          describe(child.firing_at), describe(child.began.wall)));
    }
  }

  const Ledger& ledger_;
  Oracle& oracle_;
  Findings& findings_;
};

}  // namespace

void check_lateness(const Ledger& ledger, Oracle& oracle, Findings& findings) {
  LatenessChecker(ledger, oracle, findings).check();
}

}  // namespace sim
