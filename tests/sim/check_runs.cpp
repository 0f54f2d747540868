#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "sim/checks.h"
#include "sim/describe.h"

namespace sim {

namespace {

using dsched::AttemptOutcome;
using dsched::RunResult;
using dsched::StartStep;
using std::chrono::seconds;

constexpr std::size_t kMostLost = 3;

// Told and written independently of model/run.cpp.
RunResult result_of(const AttemptOutcome& outcome) {
  if (outcome.lost) return RunResult::lost;
  if (outcome.timed_out) return RunResult::timeout;
  if (outcome.stopped) return RunResult::cancelled;
  if (outcome.failure.step != StartStep::none) return RunResult::failed;
  if (outcome.signal != 0) return RunResult::killed;
  return outcome.exit_code == 0 ? RunResult::ok : RunResult::failed;
}

bool is_retried(const dsched::RetryPolicy& retry, const AttemptOutcome& outcome) {
  if (result_of(outcome) == RunResult::ok || outcome.lost || outcome.stopped) return false;
  if (retry.on.empty()) return true;
  const bool exited =
      outcome.signal == 0 && !outcome.timed_out && outcome.failure.step == StartStep::none;
  return exited && std::find(retry.on.begin(), retry.on.end(), outcome.exit_code) != retry.on.end();
}

double least_pause_s(const dsched::RetryPolicy& retry, int failed_attempt) {
  double base = dsched::to_seconds(retry.delay);
  if (retry.backoff == dsched::Backoff::linear) base *= failed_attempt;
  if (retry.backoff == dsched::Backoff::exponential) {
    for (int i = 1; i < failed_attempt; ++i) base *= 2;
  }
  return std::min(base, dsched::to_seconds(retry.max_delay)) * 0.9;
}

class RunChecker {
 public:
  RunChecker(const Ledger& ledger, Findings& findings) : ledger_(ledger), findings_(findings) {}

  void check() {
    each_attempt_starts_once();
    each_firing_runs_once();
    children_come_of_claims();
    for (const auto& [id, run] : ledger_.runs) {
      attempts_are_in_order(id, run);
      outcomes_are_true(id, run);
      retries_are_right(id, run);
    }
  }

 private:
  void found(const char* invariant, std::string what) {
    findings_.push_back({invariant, std::move(what)});
  }

  void each_attempt_starts_once() {
    std::set<std::string> keys;
    for (const Child& child : ledger_.evidence.children) {
      if (!keys.insert(describe(child.key)).second)
        found("one start",
              fmt::format("{} of {} was started twice", describe(child.key), child.job));
    }
  }

  void each_firing_runs_once() {
    std::map<std::pair<std::string, Instant>, std::string> run_of;
    for (const Child& child : ledger_.evidence.children) {
      if (child.trigger == dsched::Trigger::backfill) continue;
      const auto [where, added] =
          run_of.try_emplace({child.job, child.firing_at}, child.key.run_id);
      if (!added && where->second != child.key.run_id) {
        found("one run", fmt::format("{} at {} ran as {} and {}", child.job,
                                     describe(child.firing_at), where->second, child.key.run_id));
      }
    }
  }

  void children_come_of_claims() {
    for (const Child& child : ledger_.evidence.children) {
      const auto run = ledger_.runs.find(child.key.run_id);
      if (run == ledger_.runs.end()) {
        found("claimed first",
              fmt::format("{} of {} started without a claim", describe(child.key), child.job));
      } else if (run->second.claimed.boot > child.began.boot) {
        found("claimed first", fmt::format("{} of {} started before its claim was on disk",
                                           describe(child.key), child.job));
      } else if (run->second.ended && run->second.ended->boot < child.began.boot) {
        found("ended is final", fmt::format("{} of {} started after its run had ended",
                                            describe(child.key), child.job));
      }
    }
  }

  // Attempts of one run never go on at the same time.
  void attempts_are_in_order(const std::string& id, const RunFacts& run) {
    for (std::size_t i = 1; i < run.children.size(); ++i) {
      const Child& before = *run.children[i - 1];
      if (!before.ended || before.ended->boot > run.children[i]->began.boot)
        found("attempts in turn", fmt::format("two attempts of {} went on together", id));
    }
  }

  void outcomes_are_true(const std::string& id, const RunFacts& run) {
    for (const dsched::AttemptEnded& ended : run.attempts) {
      const auto child = std::find_if(run.children.begin(), run.children.end(),
                                      [&](const Child* one) { return one->key == ended.key; });
      if (child != run.children.end()) {
        compare(id, **child, ended.outcome);
      } else if (ended.outcome.failure.step == StartStep::none && !ended.outcome.lost) {
        found("true outcomes", fmt::format("{} of {} never ran and ended {}", describe(ended.key),
                                           run.claim.job, describe(ended.outcome)));
      }
    }
    if (!run.over || run.attempts.empty()) return;
    const RunResult expected = result_of(run.attempts.back().outcome);
    if (run.over->result != expected) {
      found("true outcomes",
            fmt::format("run {} of {} ended {}, its last attempt {}", id, run.claim.job,
                        to_text(run.over->result), to_text(expected)));
    }
  }

  void compare(const std::string& id, const Child& child, const AttemptOutcome& told) {
    const bool same = result_of(child.outcome) == result_of(told) &&
                      child.outcome.exit_code == told.exit_code &&
                      child.outcome.signal == told.signal;
    if (child.ended && same) return;
    // What a dead host did not tell any more is lost.
    if (told.lost &&
        ledger_.trouble_in(child.began.boot, ledger_.evidence.ended.boot, TroubleKind::power_off)) {
      return;
    }
    found("true outcomes", fmt::format("attempt {} of run {} of {} is said to be {}, it was {}",
                                       child.key.attempt, id, child.job, describe(told),
                                       child.ended ? describe(child.outcome) : "still going"));
  }

  // Whether somebody or something kept the run from being tried again.
  bool was_cut_short(const RunFacts& run) const {
    const auto& commands = ledger_.evidence.commands;
    const bool stopped = std::any_of(commands.begin(), commands.end(), [&](const Command& command) {
      const auto* stop = std::get_if<dsched::StopRun>(&command.event);
      return stop != nullptr && stop->run_id == run.claim.run_id;
    });
    if (stopped) return true;
    for (const Heard& heard : ledger_.evidence.heard) {
      const bool in_time = heard.at.boot >= run.claimed.boot && heard.at.boot <= run.ended->boot;
      if (in_time && heard.setup.jobs.count(run.claim.job) == 0) return true;
    }
    // A newer firing of a job with overlap = "replace" ends it.
    const JobSpec* spec = ledger_.any_spec(run.claim.job);
    return spec == nullptr || spec->job.overlap == dsched::Overlap::replace;
  }

  // Policies that were in force while the run went on.
  std::vector<const JobSpec*> specs_of(const RunFacts& run) const {
    std::vector<const JobSpec*> specs;
    const BootInstant end = run.ended ? run.ended->boot : ledger_.evidence.ended.boot;
    if (const JobSpec* spec = ledger_.spec_at(run.claim.job, run.claimed.boot))
      specs.push_back(spec);
    for (const Heard& heard : ledger_.evidence.heard) {
      const auto spec = heard.setup.jobs.find(run.claim.job);
      if (heard.at.boot > run.claimed.boot && heard.at.boot <= end &&
          spec != heard.setup.jobs.end()) {
        specs.push_back(&spec->second);
      }
    }
    return specs;
  }

  // Attempts before that one that were not lost.
  static int failed_until(const RunFacts& run, std::size_t count) {
    return static_cast<int>(std::count_if(run.children.begin(),
                                          run.children.begin() + static_cast<std::ptrdiff_t>(count),
                                          [](const Child* child) { return !child->outcome.lost; }));
  }

  void retries_are_right(const std::string& id, const RunFacts& run) {
    const std::vector<const JobSpec*> specs = specs_of(run);
    if (specs.empty()) return;
    int most = 0;
    int least = 1000;
    double pause_s = 1e9;
    for (const JobSpec* spec : specs) {
      most = std::max(most, 1 + spec->job.retry.max);
      least = std::min(least, 1 + spec->job.retry.max);
    }
    // Those that were lost do not count: what is done about them is up to on_lost.
    const int attempts =
        static_cast<int>(std::count_if(run.attempts.begin(), run.attempts.end(),
                                       [](const auto& attempt) { return !attempt.outcome.lost; }));
    const int starts =
        static_cast<int>(std::count_if(run.children.begin(), run.children.end(),
                                       [](const Child* child) { return !child->outcome.lost; }));
    if (std::max(attempts, starts) > most) {
      found("retries", fmt::format("run {} of {} had {} attempts of {}", id, run.claim.job,
                                   std::max(attempts, starts), most));
    }
    const std::size_t lost = run.attempts.size() - static_cast<std::size_t>(attempts);
    const bool rerun = std::any_of(specs.begin(), specs.end(), [](const JobSpec* spec) {
      return spec->job.on_lost == dsched::OnLost::rerun;
    });
    if (lost > (rerun ? kMostLost : 1)) {
      found("retries",
            fmt::format("run {} of {} was lost {} times and tried again", id, run.claim.job, lost));
    }
    for (std::size_t i = 1; i < run.children.size(); ++i) {
      const Child& before = *run.children[i - 1];
      if (!before.ended || before.outcome.lost ||
          run.children[i]->key.attempt != before.key.attempt + 1) {
        continue;
      }
      for (const JobSpec* spec : specs)
        pause_s = std::min(pause_s, least_pause_s(spec->job.retry, failed_until(run, i)));
      const double waited_s = dsched::to_seconds(run.children[i]->began.boot - before.ended->boot);
      if (waited_s < pause_s - 0.01 &&
          !ledger_.trouble_in(before.ended->boot, run.children[i]->began.boot)) {
        found("retries",
              fmt::format("run {} of {} was tried again after {:.1f} s instead of {:.1f}", id,
                          run.claim.job, waited_s, pause_s));
      }
    }
    if (!run.over || run.attempts.empty() || was_cut_short(run)) return;
    const AttemptOutcome& last = run.attempts.back().outcome;
    const bool retried_by_all = std::all_of(specs.begin(), specs.end(), [&](const JobSpec* spec) {
      return is_retried(spec->job.retry, last);
    });
    const bool said_too_late =
        last.failure.step == StartStep::output || last.failure.step == StartStep::fork;
    if (retried_by_all && attempts < least && !said_too_late) {
      found("retries", fmt::format("run {} of {} gave up after {} of {} attempts: {}", id,
                                   run.claim.job, attempts, least, describe(last)));
    }
  }

  const Ledger& ledger_;
  Findings& findings_;
};

}  // namespace

void check_runs(const Ledger& ledger, Findings& findings) {
  RunChecker(ledger, findings).check();
}

}  // namespace sim
