#include "cli/why_facts.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "daemon/control.h"

namespace dsched {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
constexpr std::chrono::minutes kMinute{1};

const Job* find_job(const std::vector<Job>& jobs, const std::string& name) {
  for (const Job& job : jobs) {
    if (job.name == name) return &job;
  }
  return nullptr;
}

// The keys of a job with the lines they stand in.
std::vector<KeyLine> key_lines(const Context& context, const Job& job) {
  std::map<std::string, std::string> texts;
  std::vector<KeyLine> lines;
  for (const auto& [key, place] : job.key_places) {
    auto text = texts.find(place.file);
    if (text == texts.end()) {
      const Result<std::string> read = context.platform.files.read(place.file, kMaxFileBytes);
      text = texts.emplace(place.file, read ? *read : "").first;
    }
    const std::vector<std::string_view> all = split(text->second, '\n');
    const auto number = static_cast<std::size_t>(std::max(1, place.line)) - 1;
    lines.push_back({key, place, number < all.size() ? std::string(all[number]) : ""});
  }
  return lines;
}

// Is this the file that would define the job: jobs.d/NAME.toml, jobs.d/NAME.txt, jobs.d/NAME?
bool would_define(const std::string& file, const std::string& name) {
  const auto names_it = [end = "/" + name](std::string_view path) {
    return path.size() >= end.size() && path.substr(path.size() - end.size()) == end;
  };
  const std::string_view path = file;
  return names_it(path) || names_it(path.substr(0, path.rfind('.')));
}

// Files that were refused or not read, and that are about the job.
void add_diagnostics(WhyFacts& facts, const Configuration& configuration) {
  std::set<std::string> files;
  for (const Rejected& rejected : configuration.rejected) {
    const bool whole = rejected.job.empty() && would_define(rejected.file, facts.name);
    if (rejected.job == facts.name || whole) files.insert(rejected.file);
  }
  for (const Diagnostic& diagnostic : configuration.diagnostics) {
    const bool ignored = diagnostic.code == "W101" && would_define(diagnostic.file, facts.name);
    if (ignored) facts.ignored_file = diagnostic.file;
    if (ignored || files.count(diagnostic.file) > 0) facts.diagnostics.push_back(diagnostic);
  }
}

Outcome<void> add_daemon_state(WhyFacts& facts, const Paths& paths, HistoryReader* history,
                               Instant now) {
  facts.daemon_runs = !paths.files_only && ask_status(paths.run_directory).has_value();
  if (history == nullptr) return {};
  DSCHED_TRY_ASSIGN(const std::vector<JobCursor> cursors, history->cursors());
  for (const JobCursor& cursor : cursors) {
    if (cursor.job == facts.name) facts.cursor = cursor;
  }
  DSCHED_TRY_ASSIGN(const std::vector<Pause> pauses, history->pauses());
  for (const Pause& pause : pauses) {
    const bool over = pause.until && *pause.until <= now;
    if (!over && (pause.job.empty() || pause.job == facts.name)) facts.pause = pause;
  }
  return {};
}

bool share_something(const Job& a, const Job& b) {
  if (!a.needs.pool.empty() && a.needs.pool == b.needs.pool) return true;
  return std::any_of(a.needs.locks.begin(), a.needs.locks.end(), [&](const std::string& lock) {
    return std::find(b.needs.locks.begin(), b.needs.locks.end(), lock) != b.needs.locks.end();
  });
}

// Whose runs may have kept the firing from starting.
std::vector<std::string> rivals_of(const WhyFacts& facts, const std::vector<Job>& jobs,
                                   Reason reason) {
  if (reason == Reason::overlap || reason == Reason::queue_full) return {facts.name};
  if (facts.job == nullptr) return {};
  if (reason == Reason::upstream_failed || reason == Reason::upstream_timeout)
    return facts.job->after;
  std::vector<std::string> names;
  if (reason != Reason::lock_held && reason != Reason::pool_full) return names;
  for (const Job& job : jobs) {
    if (job.name != facts.name && share_something(job, *facts.job)) names.push_back(job.name);
  }
  return names;
}

// The runs of rivals that went on at the instant; of upstreams, their last ones before.
Outcome<void> add_others(WhyFacts& facts, HistoryReader& history, const std::vector<Job>& jobs,
                         Reason reason, Instant then) {
  const bool upstream = reason == Reason::upstream_failed || reason == Reason::upstream_timeout;
  for (const std::string& rival : rivals_of(facts, jobs, reason)) {
    RunQuery query;
    query.jobs = {rival};
    query.until = then + Duration{1};
    query.limit = 1;
    DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, history.runs(query));
    for (RunRecord& run : runs) {
      if (upstream || !run.ended_at || *run.ended_at > then) facts.others.push_back(std::move(run));
    }
  }
  return {};
}

Outcome<void> add_run(WhyFacts& facts, HistoryReader& history, const std::string& run_id) {
  RunQuery query;
  query.run_id_prefix = run_id;
  query.limit = 1;
  DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, history.runs(query));
  if (!runs.empty()) facts.run = std::move(runs.front());
  return {};
}

// A decision with its run, or with what was in its way.
Outcome<void> add_decision(WhyFacts& facts, HistoryReader& history, const std::vector<Job>& jobs,
                           Decision decision) {
  facts.at = decision.firing_at;
  facts.is_due = facts.job != nullptr && facts.job->timetable.fires_at(floor_second(*facts.at));
  if (decision.kind == DecisionKind::started) return add_run(facts, history, decision.run_id);
  facts.decision = std::move(decision);
  return add_others(facts, history, jobs, facts.decision->reason, facts.decision->decided_at);
}

Outcome<bool> add_waiting(WhyFacts& facts, HistoryReader& history, const std::vector<Job>& jobs,
                          std::optional<Instant> from, Duration span, Instant now) {
  DSCHED_TRY_ASSIGN(const std::vector<WaitingRecord> waiting, history.waiting({facts.name}));
  for (const WaitingRecord& record : waiting) {
    if (from && (record.firing_at < *from || record.firing_at >= *from + span)) continue;
    facts.waiting = record;
    facts.at = record.firing_at;
    DSCHED_TRY(add_others(facts, history, jobs, record.reason, now));
    return true;
  }
  return false;
}

// What runs, else what waits, else what was due last.
Outcome<void> find_newest(WhyFacts& facts, HistoryReader& history, const std::vector<Job>& jobs,
                          Instant now) {
  RunQuery running;
  running.jobs = {facts.name};
  running.unfinished_only = true;
  running.limit = 1;
  DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, history.runs(running));
  if (!runs.empty()) {
    facts.run = std::move(runs.front());
    return {};
  }
  DSCHED_TRY_ASSIGN(const bool waits,
                    add_waiting(facts, history, jobs, std::nullopt, Duration{0}, now));
  if (waits) return {};
  DecisionQuery query;
  query.jobs = {facts.name};
  query.limit = 1;
  DSCHED_TRY_ASSIGN(std::vector<Decision> decisions, history.decisions(query));
  // A firing that came after all that was decided has no decision yet.
  if (decisions.empty() || (facts.is_due && decisions.front().firing_at < *facts.at)) return {};
  return add_decision(facts, history, jobs, std::move(decisions.front()));
}

// The decision, the run or the wait of that time.
Outcome<void> find_at(WhyFacts& facts, HistoryReader& history, const std::vector<Job>& jobs,
                      Instant from, Duration span, Instant now) {
  DecisionQuery query;
  query.jobs = {facts.name};
  query.since = from;
  query.until = from + span;
  query.limit = 1;
  DSCHED_TRY_ASSIGN(std::vector<Decision> decisions, history.decisions(query));
  if (!decisions.empty()) return add_decision(facts, history, jobs, std::move(decisions.front()));
  DSCHED_TRY_ASSIGN(const std::optional<Decision> range,
                    history.decision_at(facts.name, *facts.at));
  if (range && facts.is_due) return add_decision(facts, history, jobs, *range);
  DSCHED_TRY_ASSIGN([[maybe_unused]] const bool waits,
                    add_waiting(facts, history, jobs, from, span, now));
  return {};
}

// Sets the instant that is asked about, and whether the schedule has it.
void set_instant(WhyFacts& facts, std::optional<Instant> at, Duration span, Instant now) {
  facts.at = at;
  if (facts.job == nullptr) return;
  const Timetable& timetable = facts.job->timetable;
  if (!at) {
    const std::optional<Second> last = timetable.previous(floor_second(now));
    // What was decided is in the history, unless no daemon knew the job then.
    if (!last || !facts.cursor || facts.cursor->decided_until >= *last) return;
    facts.at = *last;
    facts.is_due = true;
    return;
  }
  const auto firing = timetable.next(floor_second(*at) - std::chrono::seconds{1});
  facts.is_due = firing && *firing < *at + span;
  if (facts.is_due) facts.at = *firing;
}

Outcome<WhyFacts> begin_facts(const Context& context, const Workspace& workspace,
                              HistoryReader* history, const std::string& name) {
  WhyFacts facts;
  facts.name = name;
  facts.job = find_job(workspace.configuration.jobs, name);
  if (facts.job != nullptr) facts.keys = key_lines(context, *facts.job);
  if (facts.job == nullptr) add_diagnostics(facts, workspace.configuration);
  DSCHED_TRY(add_daemon_state(facts, workspace.paths, history, workspace.view.now()));
  return facts;
}

bool is_known(const WhyFacts& facts) {
  return facts.job != nullptr || facts.run || facts.decision || facts.waiting ||
         !facts.diagnostics.empty();
}

}  // namespace

Outcome<WhyFacts> facts_about(const Context& context, const Workspace& workspace,
                              HistoryReader* history, const std::string& name,
                              std::optional<Instant> at) {
  const std::vector<Job>& jobs = workspace.configuration.jobs;
  const Instant now = workspace.view.now();
  const bool whole_minute = at && std::chrono::floor<std::chrono::minutes>(*at) == *at;
  const Duration span = whole_minute ? Duration{kMinute} : Duration{std::chrono::seconds{1}};
  DSCHED_TRY_ASSIGN(WhyFacts facts, begin_facts(context, workspace, history, name));
  set_instant(facts, at, span, now);
  // What a broken file did before matters less than that it is broken.
  const bool refused = facts.job == nullptr && has_errors(facts.diagnostics);
  if (history != nullptr && (at || !refused)) {
    DSCHED_TRY(at ? find_at(facts, *history, jobs, *at, span, now)
                  : find_newest(facts, *history, jobs, now));
  }
  if (!is_known(facts)) return unknown_name("job", name, names_of(jobs));
  return facts;
}

Outcome<std::vector<WhyFacts>> facts_since(const Context& context, const Workspace& workspace,
                                           HistoryReader* history, const std::string& name,
                                           Instant since) {
  DSCHED_TRY_ASSIGN(const WhyFacts first, begin_facts(context, workspace, history, name));
  std::vector<WhyFacts> all;
  if (history != nullptr) {
    DecisionQuery query;
    query.jobs = {name};
    query.since = since;
    query.without_started = true;
    DSCHED_TRY_ASSIGN(std::vector<Decision> decisions, history->decisions(query));
    for (Decision& decision : decisions) {
      WhyFacts facts = first;
      DSCHED_TRY(add_decision(facts, *history, workspace.configuration.jobs, std::move(decision)));
      all.push_back(std::move(facts));
    }
  }
  if (all.empty() && !is_known(first))
    return unknown_name("job", name, names_of(workspace.configuration.jobs));
  return all;
}

}  // namespace dsched
