#include <algorithm>

#include <fmt/format.h>

#include "sim/checks.h"
#include "sim/describe.h"

namespace sim {

namespace {

using dsched::AfterOn;
using dsched::RunResult;
using dsched::Trigger;

class OrderChecker {
 public:
  OrderChecker(const Ledger& ledger, Findings& findings) : ledger_(ledger), findings_(findings) {}

  void check() {
    for (const auto& [name, job] : ledger_.jobs) {
      for (const Fate& fate : job.fates) {
        const JobSpec* spec = ledger_.spec_at(name, ledger_.said_at(fate));
        if (!fate.trigger || spec == nullptr || spec->job.after.empty() || !stable(name, fate))
          continue;
        if (*fate.trigger == Trigger::after) {
          joined(fate, *spec);
        } else if (*fate.trigger == Trigger::schedule && spec->job.after_on == AfterOn::success) {
          passed_its_gate(fate, *spec);
        }
      }
    }
    nobody_is_forgotten();
  }

 private:
  void found(std::string what) { findings_.push_back({"order", std::move(what)}); }

  // The files said the same of what it runs after since it was due.
  bool stable(const std::string& name, const Fate& fate) const {
    const JobSpec* now = ledger_.spec_at(name, ledger_.said_at(fate));
    return std::all_of(
        ledger_.evidence.heard.begin(), ledger_.evidence.heard.end(), [&](const Heard& heard) {
          const auto spec = heard.setup.jobs.find(name);
          return spec != heard.setup.jobs.end() && spec->second.job.after == now->job.after &&
                 upstreams_are_the_same(heard, *now);
        });
  }

  bool upstreams_are_the_same(const Heard& heard, const JobSpec& spec) const {
    const Specs& first = ledger_.evidence.heard.front().setup.jobs;
    return std::all_of(spec.job.after.begin(), spec.job.after.end(), [&](const std::string& name) {
      const auto now = heard.setup.jobs.find(name);
      const auto then = first.find(name);
      return now != heard.setup.jobs.end() && then != first.end() &&
             now->second.job.schedule_hash == then->second.job.schedule_hash;
    });
  }

  const Fate* at_same_instant(const std::string& upstream, const Fate& fate) const {
    const auto job = ledger_.jobs.find(upstream);
    if (job == ledger_.jobs.end()) return nullptr;
    const Fate* found = nullptr;
    for (const Fate& other : job->second.fates) {
      const dsched::Decision& decision = other.decision;
      const bool in_range = decision.firings > 1 && decision.firing_at <= fate.decision.firing_at &&
                            fate.decision.firing_at <= decision.last_firing_at;
      if (decision.firing_at != fate.decision.firing_at && !in_range) continue;
      const bool better = decision.firing_at == fate.decision.firing_at || !in_range;
      if (found == nullptr || (other.stands() && better)) found = &other;
    }
    return found;
  }

  // Null: it was skipped or missed.
  const RunFacts* run_of(const Fate& fate) const {
    if (!fate.trigger) return nullptr;
    return &ledger_.runs.at(fate.decision.run_id);
  }

  std::string text_of(const Fate& fate) const {
    return fmt::format("{} at {} started", fate.decision.job, describe(fate.decision.firing_at));
  }

  // Once, when all upstreams have settled at the same instant, as after_on says.
  void joined(const Fate& fate, const JobSpec& spec) {
    bool all_ok = true;
    bool any_failed = false;
    for (const std::string& name : spec.job.after) {
      const Fate* upstream = at_same_instant(name, fate);
      if (upstream == nullptr) {
        return found(fmt::format("{}, and {} had no such firing", text_of(fate), name));
      }
      if (upstream->make_up) return;  // it had settled otherwise before
      const RunFacts* run = run_of(*upstream);
      if (run != nullptr && (!run->ended || run->ended->boot > fate.at.boot))
        return found(fmt::format("{} before {} had ended", text_of(fate), name));
      all_ok = all_ok && run != nullptr && run->over->result == RunResult::ok;
      any_failed = any_failed || (run != nullptr && run->over->result != RunResult::ok);
    }
    if (spec.job.after_on == AfterOn::success && !all_ok)
      found(fmt::format("{} though not all it runs after were ok", text_of(fate)));
    if (spec.job.after_on == AfterOn::failure && !any_failed)
      found(fmt::format("{} though nothing had failed", text_of(fate)));
  }

  // Every upstream has a run that ended ok before.
  void passed_its_gate(const Fate& fate, const JobSpec& spec) {
    for (const std::string& name : spec.job.after) {
      const bool went_well =
          std::any_of(ledger_.runs.begin(), ledger_.runs.end(), [&](const auto& entry) {
            const RunFacts& run = entry.second;
            return run.claim.job == name && run.claim.firing_at <= fate.decision.firing_at &&
                   run.over && run.over->result == RunResult::ok && run.ended->boot <= fate.at.boot;
          });
      if (!went_well) found(fmt::format("{} though {} never was ok", text_of(fate), name));
    }
  }

  // Where all upstreams ran, the job without a schedule that joins them has a decision too.
  void nobody_is_forgotten() {
    const Setup& setup = ledger_.evidence.heard.front().setup;
    for (const auto& [name, spec] : setup.jobs) {
      if (spec.job.after.empty() || !spec.naive.empty() || !always_the_same(name, spec)) continue;
      const auto first = ledger_.jobs.find(spec.job.after.front());
      if (first == ledger_.jobs.end()) continue;
      for (const Fate& fate : first->second.fates) {
        const bool of_schedule =
            fate.trigger == Trigger::schedule || fate.trigger == Trigger::after;
        if (!fate.stands() || !of_schedule || !all_started(spec, fate) ||
            was_of_a_wrong_clock(fate))
          continue;
        if (had_a_fate(name, fate) || ledger_.waits_in_the_end(name, fate.decision.firing_at))
          continue;
        found(fmt::format("{} at {} was forgotten: all it runs after ran", name,
                          describe(fate.decision.firing_at)));
        return;
      }
    }
  }

  // Joins of firings that a clock had brought too early are given up when it is set right.
  bool was_of_a_wrong_clock(const Fate& fate) const {
    return std::any_of(ledger_.jobs.begin(), ledger_.jobs.end(), [&](const auto& entry) {
      const auto& cursors = entry.second.cursors;
      return std::any_of(cursors.begin(), cursors.end(), [&](const CursorRow& row) {
        return row.rebase && row.cursor.decided_until < fate.decision.firing_at;
      });
    });
  }

  bool had_a_fate(const std::string& name, const Fate& upstream) const {
    return at_same_instant(name, upstream) != nullptr;
  }

  bool always_the_same(const std::string& name, const JobSpec& first) const {
    const auto same = [&](const std::string& job, const JobSpec& spec) {
      return std::all_of(ledger_.evidence.heard.begin(), ledger_.evidence.heard.end(),
                         [&](const Heard& heard) {
                           const auto now = heard.setup.jobs.find(job);
                           return heard.at.boot > ledger_.evidence.quiet.boot ||
                                  (now != heard.setup.jobs.end() && now->second.job.enabled &&
                                   now->second.job.schedule_hash == spec.job.schedule_hash &&
                                   now->second.job.after == spec.job.after);
                         });
    };
    const Specs& jobs = ledger_.evidence.heard.front().setup.jobs;
    return same(name, first) &&
           std::all_of(first.job.after.begin(), first.job.after.end(), [&](const std::string& job) {
             const auto upstream = jobs.find(job);
             return upstream != jobs.end() && same(job, upstream->second);
           });
  }

  bool all_started(const JobSpec& spec, const Fate& fate) const {
    return std::all_of(spec.job.after.begin(), spec.job.after.end(), [&](const std::string& name) {
      const Fate* upstream = at_same_instant(name, fate);
      return upstream != nullptr && upstream->stands() && upstream->trigger &&
             *upstream->trigger != Trigger::manual &&
             upstream->at.boot < ledger_.evidence.quiet.boot;
    });
  }

  const Ledger& ledger_;
  Findings& findings_;
};

}  // namespace

void check_order(const Ledger& ledger, Findings& findings) {
  OrderChecker(ledger, findings).check();
}

}  // namespace sim
