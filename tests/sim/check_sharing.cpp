#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "sim/checks.h"
#include "sim/describe.h"

namespace sim {

namespace {

using dsched::Overlap;
using dsched::Trigger;
using std::chrono::minutes;
using std::chrono::seconds;

// Whether the child goes on at that moment, when one that begins then looks around.
bool goes_on(const Child& child, BootInstant at) {
  return child.began.boot <= at && (!child.ended || child.ended->boot > at);
}

class SharingChecker {
 public:
  SharingChecker(const Ledger& ledger, Findings& findings) : ledger_(ledger), findings_(findings) {}

  void check() {
    std::vector<const Child*> going;
    for (const Child& child : ledger_.evidence.children) {
      std::erase_if(going, [&](const Child* other) { return !goes_on(*other, child.began.boot); });
      going.push_back(&child);
      nobody_is_over_a_limit(child, going);
      runs_do_not_overlap(child, going);
    }
    locks_are_exclusive();
    turns_are_kept();
  }

 private:
  void found(const char* invariant, std::string what) {
    findings_.push_back({invariant, std::move(what)});
  }

  // What the attempt was started with: its job as a daemon knew it then.
  const JobSpec* spec_of(const Child& child) const {
    const JobSpec* spec = ledger_.spec_at(child.job, child.began.boot);
    return spec != nullptr ? spec : ledger_.any_spec(child.job);
  }

  // A run goes on with the definition it was claimed with, and what a removed job needs is
  // forgotten with a restart: only runs whose job has not changed can be counted from outside.
  bool is_as_claimed(const Child& child, BootInstant now) const {
    const auto run = ledger_.runs.find(child.key.run_id);
    const JobSpec* latest = ledger_.spec_at(child.job, now);
    if (run == ledger_.runs.end() || latest == nullptr) return false;
    const JobSpec* claimed = ledger_.spec_at(child.job, run->second.claimed.boot);
    return claimed != nullptr && claimed->job.definition_hash == latest->job.definition_hash;
  }

  void nobody_is_over_a_limit(const Child& child, const std::vector<const Child*>& going) {
    const Setup* setup = ledger_.setup_at(child.began.boot);
    if (setup == nullptr) return;
    const JobSpec* spec = spec_of(child);
    const int slots = setup->limits.max_running;
    if (slots > 0 && static_cast<int>(going.size()) > slots) {
      found("slots", fmt::format("{} attempts at {}, max_running is {}", going.size(),
                                 describe(child.began.wall), slots));
    }
    const auto known = [&](const Child* other) { return is_as_claimed(*other, child.began.boot); };
    if (!known(&child)) return;
    const auto pool = setup->limits.pools.find(spec->job.needs.pool);
    const int in_pool =
        static_cast<int>(std::count_if(going.begin(), going.end(), [&](const Child* other) {
          return known(other) && spec_of(*other)->job.needs.pool == spec->job.needs.pool;
        }));
    if (pool != setup->limits.pools.end() && in_pool > pool->second.size) {
      found("pools", fmt::format("{} attempts in pool {} of size {} at {}", in_pool, pool->first,
                                 pool->second.size, describe(child.began.wall)));
    }
    for (const auto& [name, amount] : spec->job.needs.resources) {
      std::uint64_t taken = 0;
      for (const Child* other : going) {
        if (!known(other)) continue;  // what a removed job needs is forgotten with a restart
        for (const auto& [theirs, much] : spec_of(*other)->job.needs.resources)
          taken += theirs == name ? much : 0;
      }
      const auto offered = setup->limits.resources.find(name);
      if (offered != setup->limits.resources.end() && taken > offered->second) {
        found("resources", fmt::format("{} of {} {} taken at {}", taken, offered->second, name,
                                       describe(child.began.wall)));
      }
    }
  }

  bool was_forced(const Child& child) const {
    if (child.trigger != Trigger::manual) return false;
    return std::any_of(ledger_.evidence.commands.begin(), ledger_.evidence.commands.end(),
                       [&](const Command& command) {
                         const auto* now = std::get_if<dsched::RunNow>(&command.event);
                         return now != nullptr && now->force &&
                                std::chrono::abs(command.at.wall - child.firing_at) <= seconds{1};
                       });
  }

  void runs_do_not_overlap(const Child& child, const std::vector<const Child*>& going) {
    if (spec_of(child)->job.overlap == Overlap::allow || was_forced(child)) return;
    for (const Child* other : going) {
      if (other->job != child.job || other->key.run_id == child.key.run_id || was_forced(*other))
        continue;
      found("overlap", fmt::format("{} runs as {} and {} at {}", child.job, describe(other->key),
                                   describe(child.key), describe(child.began.wall)));
    }
  }

  // From the first attempt of a run to the end of its last one, pauses included.
  struct Holding {
    const RunFacts* run;
    BootInstant from, until;
  };
  void locks_are_exclusive() {
    std::map<std::string, std::vector<Holding>> holdings;
    for (const auto& [id, run] : ledger_.runs) {
      if (run.children.empty() || was_forced(*run.children.front())) continue;
      const std::set<std::string> locks = common_locks(run);
      const Child& last = *run.children.back();
      const BootInstant until = last.ended ? last.ended->boot : BootInstant::max();
      for (const std::string& lock : locks)
        holdings[lock].push_back({&run, run.children.front()->began.boot, until});
    }
    for (auto& [lock, list] : holdings) {
      std::sort(list.begin(), list.end(),
                [](const Holding& a, const Holding& b) { return a.from < b.from; });
      for (std::size_t i = 1; i < list.size(); ++i) {
        if (list[i - 1].until <= list[i].from) continue;
        found("locks", fmt::format("lock {} is held by {} of {} and {} of {}", lock,
                                   list[i - 1].run->claim.run_id, list[i - 1].run->claim.job,
                                   list[i].run->claim.run_id, list[i].run->claim.job));
      }
    }
  }

  // Locks that the job had whenever one of the run's attempts began.
  std::set<std::string> common_locks(const RunFacts& run) const {
    const auto& first = spec_of(*run.children.front())->job.needs.locks;
    std::set<std::string> locks(first.begin(), first.end());
    for (const Child* child : run.children) {
      const auto& theirs = spec_of(*child)->job.needs.locks;
      std::erase_if(locks, [&](const std::string& lock) {
        return std::find(theirs.begin(), theirs.end(), lock) == theirs.end();
      });
    }
    return locks;
  }

  // Whether the job waits for a place in its pool, or for a slot, and for nothing else.
  static bool waits_for_places_only(const JobSpec& spec) {
    const dsched::Needs& needs = spec.job.needs;
    return needs.locks.empty() && needs.resources.empty() && !needs.below_load && !needs.only_if &&
           spec.job.after.empty() && spec.job.overlap == Overlap::allow &&
           spec.job.queue == dsched::QueueOrder::first_come;
  }
  static Duration head_start(const JobSpec& spec) { return spec.job.priority * minutes{10}; }

  // Of two that wait for the same, the one that has waited longer goes first, counting ten minutes
  // for each point of priority.
  void turns_are_kept() {
    struct Waiter {
      const JobSpec* spec;
      const Wait* wait;
      bool claimed;
    };
    std::vector<Waiter> waiters;
    for (const auto& [name, job] : ledger_.jobs) {
      for (const Wait& wait : job.waits) {
        const JobSpec* spec = ledger_.spec_at(name, wait.from);
        if (spec == nullptr || !waits_for_places_only(*spec) || wait.forgotten) continue;
        if (spec != ledger_.spec_at(name, std::min(wait.until, ledger_.evidence.ended.boot)))
          continue;
        const Fate* fate = ledger_.fate_of(name, wait.first.firing_at);
        waiters.push_back({spec, &wait, fate != nullptr && fate->trigger.has_value()});
      }
    }
    for (const Waiter& first : waiters) {
      for (const Waiter& second : waiters) {
        if (!first.claimed || !second.claimed ||
            first.spec->job.needs.pool != second.spec->job.needs.pool)
          continue;
        const bool overtook = second.wait->until < first.wait->until &&
                              first.wait->from + seconds{1} < second.wait->until;
        const Duration lead = (second.wait->from - head_start(*second.spec)) -
                              (first.wait->from - head_start(*first.spec));
        if (!overtook || lead <= minutes{1} ||
            ledger_.trouble_in(std::min(first.wait->from, second.wait->from), first.wait->until)) {
          continue;
        }
        found("priority",
              fmt::format("{} at {} overtook {} at {}, which was {} ahead", second.wait->first.job,
                          describe(second.wait->first.firing_at), first.wait->first.job,
                          describe(first.wait->first.firing_at), describe(lead)));
      }
    }
  }

  const Ledger& ledger_;
  Findings& findings_;
};

}  // namespace

void check_sharing(const Ledger& ledger, Findings& findings) {
  SharingChecker(ledger, findings).check();
}

}  // namespace sim
