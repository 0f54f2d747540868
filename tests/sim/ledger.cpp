#include "sim/ledger.h"

#include <algorithm>

namespace sim {

namespace {

using dsched::Decision;

bool covers(const Decision& decision, Instant firing) {
  if (decision.firing_at == firing) return true;
  return decision.firings > 1 && decision.firing_at < firing && firing <= decision.last_firing_at;
}

bool same_times(const JobSpec& a, const JobSpec& b) {
  return a.job.enabled == b.job.enabled && a.job.schedule_hash == b.job.schedule_hash;
}

}  // namespace

Ledger::Ledger(const Evidence& of) : evidence(of) {
  for (const Row& row : evidence.rows) read(row);
  for (const Child& child : evidence.children) {
    if (const auto run = runs.find(child.key.run_id); run != runs.end())
      run->second.children.push_back(&child);
  }
  find_spans();
}

void Ledger::read(const Row& row) {
  if (!row.accepted) {
    // Also a refused decision ends the wait of its firing.
    if (const auto* claim = std::get_if<dsched::ClaimRun>(&row.change))
      end_wait(row, claim->run.job, claim->run.firing_at, claim->run.firing_at);
    if (const auto* no = std::get_if<dsched::AddDecision>(&row.change))
      end_wait(row, no->decision.job, no->decision.firing_at, no->decision.firing_at);
    return;
  }
  std::visit(
      [&](const auto& change) {
        if constexpr (requires { read(row, change); }) read(row, change);
      },
      row.change);
}

void Ledger::end_wait(const Row& row, const std::string& job, Instant first, Instant last) {
  for (Wait& wait : jobs[job].waits) {
    const bool in_range = wait.first.firing_at >= first && wait.first.firing_at <= last;
    if (in_range && wait.until == BootInstant::max()) wait.until = row.at.boot;
  }
}

void Ledger::read(const Row& row, const dsched::ClaimRun& change) {
  end_wait(row, change.run.job, change.run.firing_at, change.run.firing_at);
  JobLedger& job = jobs[change.run.job];
  for (Fate& fate : job.fates) {
    if (change.make_up && fate.stands() && fate.decision.firing_at == change.run.firing_at) {
      if (fate.decision.firings == 1) {
        fate.taken_back = row.at.boot;
      } else {
        fate.decision.firing_at += Duration{1};
      }
    }
  }
  job.fates.push_back({change.decision, row.at, change.run.trigger, change.make_up, std::nullopt});
  RunFacts& run = runs[change.run.run_id];
  run.claim = change.run;
  run.claimed = row.at;
  run.make_up = change.make_up;
}

void Ledger::read(const Row& row, const dsched::AddDecision& change) {
  const Decision& decision = change.decision;
  end_wait(row, decision.job, decision.firing_at,
           decision.firings > 1 ? decision.last_firing_at : decision.firing_at);
  Fate fate{decision, row.at, std::nullopt, false, std::nullopt};
  // A range begins behind what is decided already.
  std::vector<Fate>& fates = jobs[decision.job].fates;
  while (std::any_of(fates.begin(), fates.end(), [&](const Fate& other) {
    return other.stands() && other.decision.firing_at == fate.decision.firing_at;
  })) {
    fate.decision.firing_at += Duration{1};
  }
  fates.push_back(std::move(fate));
}

void Ledger::read(const Row&, const dsched::AttemptEnded& change) {
  RunFacts& run = runs[change.key.run_id];
  const auto same = std::find_if(run.attempts.begin(), run.attempts.end(),
                                 [&](const auto& other) { return other.key == change.key; });
  if (same == run.attempts.end()) run.attempts.push_back(change);
}

void Ledger::read(const Row& row, const dsched::RunEnded& change) {
  RunFacts& run = runs[change.run_id];
  if (run.over) return;
  run.over = change;
  run.ended = row.at;
}

void Ledger::read(const Row& row, const dsched::MoveCursor& change) {
  jobs[change.cursor.job].cursors.push_back({row.at, change.cursor, false});
}

void Ledger::read(const Row& row, const dsched::ForgetJob& change) {
  for (Wait& wait : jobs[change.job].waits) {
    if (wait.until != BootInstant::max()) continue;
    wait.until = row.at.boot;
    wait.forgotten = true;
  }
}

void Ledger::read(const Row& row, const dsched::RebaseJob& change) {
  const Instant now = change.cursor.decided_until;
  JobLedger& job = jobs[change.cursor.job];
  job.cursors.push_back({row.at, change.cursor, true});
  for (Fate& fate : job.fates) {
    if (fate.trigger || !fate.stands()) continue;
    if (fate.decision.firing_at > now) {
      fate.taken_back = row.at.boot;
    } else if (fate.decision.firings > 1) {
      fate.decision.last_firing_at = std::min(fate.decision.last_firing_at, now);
    }
  }
  for (Wait& wait : job.waits) {
    const bool by_schedule = wait.first.trigger == dsched::Trigger::schedule ||
                             wait.first.trigger == dsched::Trigger::catch_up;
    if (wait.until != BootInstant::max() || wait.first.firing_at <= now || !by_schedule) continue;
    wait.until = row.at.boot;
    wait.forgotten = true;
  }
}

void Ledger::read(const Row& row, const dsched::BeginWaiting& change) {
  for (Wait& wait : jobs[change.waiting.job].waits) {
    if (wait.first.firing_at != change.waiting.firing_at || wait.until != BootInstant::max())
      continue;
    wait.last = change.waiting;
    return;
  }
  Wait wait{change.waiting, change.waiting, row.at.boot};
  jobs[change.waiting.job].waits.push_back(std::move(wait));
}

void Ledger::read(const Row& row, const dsched::SetPause& change) {
  for (PauseSpan& span : pauses) {
    if (span.pause.job == change.pause.job) span.until = std::min(span.until, row.at.boot);
  }
  pauses.push_back({change.pause, row.at.boot});
}

void Ledger::read(const Row& row, const dsched::EndPause& change) {
  for (PauseSpan& span : pauses) {
    if (span.pause.job == change.job) span.until = std::min(span.until, row.at.boot);
  }
}

const Setup* Ledger::setup_at(BootInstant at) const {
  const Setup* latest = nullptr;
  for (const Heard& heard : evidence.heard) {
    if (heard.at.boot <= at) latest = &heard.setup;
  }
  return latest;
}

const JobSpec* Ledger::spec_at(const std::string& job, BootInstant at) const {
  const Setup* setup = setup_at(at);
  if (setup == nullptr) return nullptr;
  const auto where = setup->jobs.find(job);
  return where == setup->jobs.end() ? nullptr : &where->second;
}

const JobSpec* Ledger::any_spec(const std::string& job) const {
  for (const Heard& heard : evidence.heard) {
    if (const auto where = heard.setup.jobs.find(job); where != heard.setup.jobs.end())
      return &where->second;
  }
  return nullptr;
}

Instant Ledger::wall_at(BootInstant at) const {
  const ClockPiece* piece = &evidence.clock.front();
  for (const ClockPiece& next : evidence.clock) {
    if (next.since.boot <= at) piece = &next;
  }
  const Duration gone = at - piece->since.boot;
  return piece->since.wall + gone + gone / 1'000'000 * piece->gain_ppm;
}

bool Ledger::trouble_in(BootInstant from, BootInstant until) const {
  return std::any_of(evidence.troubles.begin(), evidence.troubles.end(), [&](const Trouble& t) {
    return t.kind != TroubleKind::load && t.from <= until && t.until >= from;
  });
}

bool Ledger::trouble_in(BootInstant from, BootInstant until, TroubleKind kind) const {
  return std::any_of(evidence.troubles.begin(), evidence.troubles.end(), [&](const Trouble& t) {
    return t.kind == kind && t.from <= until && t.until >= from;
  });
}

const Fate* Ledger::fate_of(const std::string& job, Instant firing) const {
  const auto where = jobs.find(job);
  if (where == jobs.end()) return nullptr;
  const Fate* found = nullptr;
  for (const Fate& fate : where->second.fates) {
    if (!fate.stands() || !covers(fate.decision, firing)) continue;
    if (found == nullptr || fate.decision.firing_at == firing) found = &fate;
  }
  return found;
}

bool Ledger::waits_in_the_end(const std::string& job, Instant firing) const {
  return std::any_of(evidence.waiting.begin(), evidence.waiting.end(), [&](const auto& waiting) {
    return waiting.job == job && waiting.firing_at == firing;
  });
}

BootInstant Ledger::said_at(const Fate& fate) const {
  const auto said = evidence.said.find({fate.decision.job, fate.decision.firing_at});
  if (said == evidence.said.end()) return fate.at.boot;
  const auto later = std::upper_bound(said->second.begin(), said->second.end(), fate.at.boot);
  return later == said->second.begin() ? fate.at.boot : *std::prev(later);
}

void Ledger::find_spans() {
  std::map<std::string, Span> open;
  const auto close = [&](const Span& span, Moment at) {
    Span closed = span;
    closed.until = at;
    const dsched::Job& job = span.spec->job;
    if (job.enabled && !job.timetable.empty()) spans[job.name].push_back(closed);
  };
  for (const Heard& heard : evidence.heard) {
    for (auto it = open.begin(); it != open.end();) {
      const auto now = heard.setup.jobs.find(it->first);
      if (now != heard.setup.jobs.end() && same_times(now->second, *it->second.spec)) {
        ++it;
        continue;
      }
      close(it->second, heard.at);
      it = open.erase(it);
    }
    for (const auto& [name, spec] : heard.setup.jobs)
      open.try_emplace(name, Span{&spec, heard.at, heard.at});
  }
  for (const auto& [name, span] : open) close(span, evidence.ended);
}

}  // namespace sim
