#include "cli/jobs.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "base/run_id.h"
#include "base/text.h"

namespace dsched {
namespace {

constexpr std::size_t kShortestRunId = 4;

bool has_tag(const Job& job, const std::vector<std::string>& tags) {
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    return std::find(job.tags.begin(), job.tags.end(), tag) != job.tags.end();
  });
}

bool matches(const Job& job, const std::string& word) {
  return job.name == word || (has_glob_characters(word) && glob_match(word, job.name));
}

Failure no_run(std::string_view word) {
  return {kExitNotFound, "not_found", fmt::format("no run '{}'", word)};
}

// The newest run of the query after `skip` newer ones.
Outcome<RunRecord> newest(HistoryReader& history, RunQuery query, std::string_view word) {
  query.limit = 1;
  DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, history.runs(query));
  if (runs.empty()) return no_run(word);
  return std::move(runs.front());
}

Outcome<RunRecord> by_firing(HistoryReader& history, RunQuery query, Instant from, Duration span,
                             std::string_view word) {
  DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, history.runs(query));
  for (RunRecord& run : runs) {
    const bool meant = (from <= run.firing_at && run.firing_at < from + span) ||
                       (from <= run.claimed_at && run.claimed_at < from + span);
    if (meant) return std::move(run);
  }
  return no_run(word);
}

// What stands behind the '@'.
Outcome<RunRecord> by_selector(HistoryReader& history, RunQuery query, std::string_view selector,
                               const TimeView& view, std::string_view word) {
  if (const auto result = run_result_from_text(selector)) {
    query.results = {*result};
    return newest(history, query, word);
  }
  int back = 0;
  const char* end = selector.data() + selector.size();
  const auto [stop, fault] = std::from_chars(selector.data(), end, back);
  if (fault == std::errc{} && stop == end && back <= 0) {
    query.skip = static_cast<std::size_t>(-back);
    return newest(history, query, word);
  }
  Result<Instant> at = parse_time(selector, view.zone(), view.now());
  if (!at) {
    Failure failure = usage_failure(fmt::format("'{}' names no run", word));
    failure.hint = "write JOB@-1, JOB@failed or JOB@2026-11-20T02:15";
    return failure;
  }
  const bool whole_minute = floor_second(*at).time_since_epoch().count() % 60 == 0;
  return by_firing(history, query, *at, std::chrono::seconds{whole_minute ? 60 : 1}, word);
}

Outcome<std::optional<RunRecord>> by_id(HistoryReader& history, std::string_view word) {
  RunQuery query;
  query.run_id_prefix = std::string(word);
  query.limit = 2;
  DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, history.runs(query));
  if (runs.empty()) return std::optional<RunRecord>{};
  if (runs.size() > 1) {
    return usage_failure(fmt::format("several runs start with '{}': {} and {}", word,
                                     short_run_id(runs[0].run_id), short_run_id(runs[1].run_id)));
  }
  return std::optional<RunRecord>{std::move(runs.front())};
}

bool is_known_job(HistoryReader& history, const std::vector<Job>& jobs, const std::string& name) {
  if (std::any_of(jobs.begin(), jobs.end(), [&](const Job& job) { return job.name == name; }))
    return true;
  RunQuery query;
  query.jobs = {name};
  query.limit = 1;
  const Result<std::vector<RunRecord>> runs = history.runs(query);
  return runs && !runs->empty();
}

}  // namespace

Outcome<Workspace> open_workspace(const Context& context) {
  DSCHED_TRY_ASSIGN(Paths paths, resolve_paths(context));
  DSCHED_TRY_ASSIGN(std::shared_ptr<const Zone> zone, context.display_zone());
  DSCHED_TRY_ASSIGN(const Instant now, context.now());
  Configuration configuration = load_configuration(config_sources(paths, context),
                                                   context.platform.files, context.platform.zones);
  std::set<std::string> files;
  for (const Diagnostic& diagnostic : configuration.diagnostics) {
    // A file that was named has to be there.
    if (paths.files_only && diagnostic.code == "E502") return usage_failure(diagnostic.message);
    if (diagnostic.severity == Severity::error) files.insert(diagnostic.file);
  }
  if (!files.empty()) {
    context.note(fmt::format("dsched: {} with errors: dsched check",
                             files.size() == 1 ? tilde_path(context, *files.begin())
                                               : fmt::format("{} files", files.size())));
  }
  return Workspace{std::move(paths), std::move(configuration), TimeView(std::move(zone), now)};
}

Outcome<std::unique_ptr<HistoryReader>> open_reader(const Paths& paths) {
  if (paths.state_directory.empty()) return std::unique_ptr<HistoryReader>{};
  Result<std::unique_ptr<HistoryReader>> reader = open_history_for_reading(paths.history_file());
  if (reader) return std::move(*reader);
  if (reader.error().code == ErrorCode::not_found) return std::unique_ptr<HistoryReader>{};
  return std::move(reader).error();
}

Outcome<std::map<std::string, JobSummary>> read_summaries(const Paths& paths) {
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> reader, open_reader(paths));
  if (!reader) return std::map<std::string, JobSummary>{};
  DSCHED_TRY_ASSIGN(auto summaries, reader->summaries());
  return summaries;
}

const Pause* Hindrances::pause_of(std::string_view job) const {
  const Pause* found = nullptr;
  for (const Pause& pause : pauses) {
    if (pause.job == job) return &pause;
    if (pause.job.empty()) found = &pause;
  }
  return found;
}

const WaitingRecord* Hindrances::waiting_of(std::string_view job) const {
  for (const WaitingRecord& record : waiting) {
    if (record.job == job) return &record;
  }
  return nullptr;
}

Outcome<Hindrances> read_hindrances(const Paths& paths, Instant now) {
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> reader, open_reader(paths));
  Hindrances hindrances;
  if (!reader) return hindrances;
  DSCHED_TRY_ASSIGN(hindrances.pauses, reader->pauses());
  std::erase_if(hindrances.pauses,
                [now](const Pause& pause) { return pause.until && *pause.until <= now; });
  DSCHED_TRY_ASSIGN(hindrances.waiting, reader->waiting({}));
  return hindrances;
}

std::vector<std::string> names_of(const std::vector<Job>& jobs) {
  std::vector<std::string> names;
  names.reserve(jobs.size());
  for (const Job& job : jobs) names.push_back(job.name);
  return names;
}

Outcome<std::vector<const Job*>> select_jobs(const std::vector<Job>& jobs,
                                             const std::vector<std::string>& words,
                                             const std::vector<std::string>& tags) {
  std::vector<const Job*> selected;
  for (const Job& job : jobs) {
    const bool named =
        words.empty() || std::any_of(words.begin(), words.end(),
                                     [&](const auto& word) { return matches(job, word); });
    if (named && (tags.empty() || has_tag(job, tags))) selected.push_back(&job);
  }
  for (const std::string& word : words) {
    const bool found =
        std::any_of(jobs.begin(), jobs.end(), [&](const Job& job) { return matches(job, word); });
    if (!found) return unknown_name("job", word, names_of(jobs));
  }
  return selected;
}

Outcome<RunRecord> select_run(HistoryReader& history, const std::vector<Job>& jobs,
                              std::string_view word, const TimeView& view) {
  const std::size_t sign = word.find('@');
  const std::string name(word.substr(0, sign));
  RunQuery query;
  query.jobs = {name};
  if (is_known_job(history, jobs, name)) {
    if (sign != std::string_view::npos)
      return by_selector(history, query, word.substr(sign + 1), view, word);
    Outcome<RunRecord> run = newest(history, query, word);
    if (!run && run.error().kind == "not_found")
      return Failure(kExitNotFound, "not_found", fmt::format("'{}' has not run yet", name));
    return run;
  }
  if (sign == std::string_view::npos && word.size() >= kShortestRunId) {
    DSCHED_TRY_ASSIGN(std::optional<RunRecord> run, by_id(history, word));
    if (run) return std::move(*run);
  }
  return unknown_name("job or run", name, names_of(jobs));
}

}  // namespace dsched
