#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "sim/checks.h"
#include "sim/describe.h"

namespace sim {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::int64_t unix_s(Instant instant) {
  return dsched::floor_second(instant).time_since_epoch().count();
}
Instant instant(std::int64_t unix_s) {
  return Instant{seconds{unix_s}};
}

class DueChecker {
 public:
  DueChecker(const Ledger& ledger, Oracle& oracle, Findings& findings)
      : ledger_(ledger), oracle_(oracle), findings_(findings) {}

  void check() {
    for (const auto& [name, spans] : ledger_.spans) {
      for (const Span& span : spans) nothing_is_lost(name, span);
    }
    for (const auto& [name, job] : ledger_.jobs) {
      nothing_is_decided_twice(name, job);
      for (const Fate& fate : job.fates) {
        if (fate.stands()) was_due(fate);
      }
    }
    nothing_is_refused();
    cursors_go_forward();
  }

 private:
  void found(const char* invariant, std::string what) {
    findings_.push_back({invariant, std::move(what)});
  }

  // Where counting begins and up to where all is decided, from the cursors that are on disk.
  struct Counted {
    Instant from = Instant::max();
    Instant until = Instant::min();
  };
  Counted counted(const std::string& name, const Span& span) const {
    Counted counted;
    const auto job = ledger_.jobs.find(name);
    if (job == ledger_.jobs.end()) return counted;
    for (const CursorRow& row : job->second.cursors) {
      const bool in_span = row.at.boot >= span.from.boot && row.at.boot <= span.until.boot &&
                           row.cursor.schedule_hash == span.spec->job.schedule_hash;
      if (!in_span) continue;
      if (!row.rebase && row.cursor.decided_until < span.from.wall - seconds{1} &&
          counted.from == Instant::max() && row.at.boot < span.from.boot + minutes{10}) {
        continue;  // of the time before, written late
      }
      counted.from = std::min(counted.from, row.cursor.decided_until);
      counted.until = row.cursor.decided_until;
    }
    return counted;
  }

  // Up to when an engine must have looked, however it keeps its cursors.
  Instant looked_until(const Span& span) const {
    const Duration jitter = span.spec->job.timetable.rules().jitter;
    const BootInstant calm = span.until.boot - minutes{12};
    if (ledger_.trouble_in(calm, span.until.boot) || calm < span.from.boot) return Instant::min();
    return ledger_.wall_at(span.until.boot - minutes{2}) - jitter;
  }

  void nothing_is_lost(const std::string& name, const Span& span) {
    const Counted range = counted(name, span);
    const Instant live = looked_until(span);
    if (range.from == Instant::max()) {
      if (live != Instant::min()) found("converged", fmt::format("{} has no cursor", name));
      return;
    }
    const Instant until = std::max(range.until, live);
    for (const std::int64_t at : oracle_.due(span.spec->job.enabled ? *span.spec : JobSpec{},
                                             unix_s(range.from), unix_s(until))) {
      if (instant(at) <= range.from || accounted_for(name, instant(at), span)) continue;
      found("nothing lost",
            fmt::format("{} was due at {} and nothing became of it (cursors {} to {}, looked until "
                        "{})",
                        name, describe(instant(at)), describe(range.from), describe(range.until),
                        live == Instant::min() ? "-" : describe(live)));
      return;
    }
  }

  bool accounted_for(const std::string& name, Instant at, const Span& span) const {
    if (ledger_.fate_of(name, at) != nullptr || ledger_.waits_in_the_end(name, at)) return true;
    const auto job = ledger_.jobs.find(name);
    if (job == ledger_.jobs.end()) return false;
    const bool forgotten =
        std::any_of(job->second.waits.begin(), job->second.waits.end(),
                    [&](const Wait& wait) { return wait.forgotten && wait.first.firing_at == at; });
    if (forgotten) return true;
    return std::any_of(
        job->second.cursors.begin(), job->second.cursors.end(), [&](const CursorRow& row) {
          return row.rebase && row.at.boot >= span.until.boot && row.cursor.decided_until < at;
        });
  }

  void nothing_is_decided_twice(const std::string& name, const JobLedger& job) {
    std::set<Instant> seen;
    for (const Fate& fate : job.fates) {
      if (fate.stands() && !seen.insert(fate.decision.firing_at).second) {
        found("decided once",
              fmt::format("{} at {} has two decisions", name, describe(fate.decision.firing_at)));
      }
    }
  }

  bool was_commanded(const std::string& name, Instant at) const {
    return std::any_of(
        ledger_.evidence.commands.begin(), ledger_.evidence.commands.end(),
        [&](const Command& command) {
          if (const auto* now = std::get_if<dsched::RunNow>(&command.event)) {
            return std::find(now->jobs.begin(), now->jobs.end(), name) != now->jobs.end() &&
                   std::chrono::abs(command.at.wall - at) <= seconds{1};
          }
          if (const auto* touched = std::get_if<dsched::FilesChanged>(&command.event))
            return touched->job == name && std::chrono::abs(command.at.wall - at) <= seconds{1};
          if (const auto* make_up = std::get_if<dsched::MakeUp>(&command.event))
            return make_up->job == name;
          return false;
        });
  }

  // Intervals go on by real time while a clock that was set back catches up: second passes are
  // told apart by microseconds.
  bool is_instant_of(const JobSpec& spec, Instant at) const {
    const Duration part = at - dsched::floor_second(at);
    const bool interval =
        std::any_of(spec.job.schedules.begin(), spec.job.schedules.end(),
                    [](const std::string& schedule) { return schedule.starts_with("every"); });
    const bool set_back = ledger_.trouble_in(ledger_.evidence.began.boot,
                                             ledger_.evidence.ended.boot, TroubleKind::clock_set);
    return part == Duration{0} || (part < Duration{100} && interval && set_back);
  }

  // By its own schedule, a command, or what it runs after.
  bool has_firing(const std::string& name, Instant at, int depth = 0) {
    if (was_commanded(name, at)) return true;
    for (const Heard& heard : ledger_.evidence.heard) {
      const auto where = heard.setup.jobs.find(name);
      if (where == heard.setup.jobs.end()) continue;
      const JobSpec& spec = where->second;
      if (!spec.naive.empty() && is_instant_of(spec, at) && oracle_.is_due(spec, unix_s(at)))
        return true;
      if (!spec.naive.empty() || depth > 10) continue;
      for (const std::string& upstream : spec.job.after) {
        if (has_firing(upstream, at, depth + 1)) return true;
      }
    }
    return false;
  }

  void was_due(const Fate& fate) {
    const dsched::Decision& decision = fate.decision;
    if (decision.firings > 1) return;
    if (has_firing(decision.job, decision.firing_at)) return;
    found("only what is due",
          fmt::format("{} was not due at {}: {} {}", decision.job, describe(decision.firing_at),
                      to_text(decision.kind), to_text(decision.reason)));
  }

  // An engine that knows what it has decided asks once. After a crash or a clock set back it may
  // ask again.
  void nothing_is_refused() {
    for (const Row& row : ledger_.evidence.rows) {
      const auto* claim = std::get_if<dsched::ClaimRun>(&row.change);
      const auto* no = std::get_if<dsched::AddDecision>(&row.change);
      if (row.accepted || (claim == nullptr && no == nullptr)) continue;
      const dsched::Decision& decision = claim != nullptr ? claim->decision : no->decision;
      if (ledger_.trouble_in(ledger_.evidence.began.boot, row.at.boot, TroubleKind::clock_set) ||
          made_up(decision) || was_commanded(decision.job, decision.firing_at) ||
          waited_for_others_over_a_restart(decision, row.at.boot)) {
        continue;
      }
      found("decided once", fmt::format("{} at {} was decided again: {}", decision.job,
                                        describe(decision.firing_at), to_text(decision.kind)));
    }
  }

  // Joins are put together again from what is open; some of it had been decided.
  bool waited_for_others_over_a_restart(const dsched::Decision& decision, BootInstant at) const {
    const JobSpec* spec = ledger_.spec_at(decision.job, at);
    const auto& heard = ledger_.evidence.heard;
    return spec != nullptr && !spec->job.after.empty() && heard.size() > 1 &&
           heard[1].at.boot <= at;
  }

  void cursors_go_forward() {
    for (const Row& row : ledger_.evidence.rows) {
      const auto* move = std::get_if<dsched::MoveCursor>(&row.change);
      if (move == nullptr || row.accepted ||
          ledger_.trouble_in(ledger_.evidence.began.boot, row.at.boot, TroubleKind::clock_set)) {
        continue;
      }
      found("cursors",
            fmt::format("the cursor of {} should have gone back to {} at {}", move->cursor.job,
                        describe(move->cursor.decided_until), describe(row.at.wall)));
      return;
    }
  }

  bool made_up(const dsched::Decision& decision) const {
    return std::any_of(ledger_.evidence.commands.begin(), ledger_.evidence.commands.end(),
                       [&](const Command& command) {
                         const auto* make_up = std::get_if<dsched::MakeUp>(&command.event);
                         return make_up != nullptr &&
                                (make_up->job == decision.job || runs_after_others(decision.job));
                       });
  }

  bool runs_after_others(const std::string& job) const {
    const JobSpec* spec = ledger_.any_spec(job);
    return spec != nullptr && !spec->job.after.empty();
  }

  const Ledger& ledger_;
  Oracle& oracle_;
  Findings& findings_;
};

}  // namespace

void check_due(const Ledger& ledger, Oracle& oracle, Findings& findings) {
  DueChecker(ledger, oracle, findings).check();
}

}  // namespace sim
