#pragma once
// What every command that reads begins with: the configuration, the history, and the jobs or runs
// that the words of the command line mean.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"
#include "cli/paths.h"
#include "cli/time_text.h"
#include "config/config.h"
#include "history/history.h"

namespace dsched {

struct Workspace {
  Paths paths;
  Configuration configuration;
  TimeView view;
};

// Reads the files and says on stderr when some were refused.
Outcome<Workspace> open_workspace(const Context& context);

// nullptr when there is no history yet, or with --no-state.
Outcome<std::unique_ptr<HistoryReader>> open_reader(const Paths& paths);

Outcome<std::map<std::string, JobSummary>> read_summaries(const Paths& paths);

// What keeps jobs from starting, as the history knows it.
struct Hindrances {
  std::vector<Pause> pauses;           // that are not over
  std::vector<WaitingRecord> waiting;  // in order of their firings

  // Of the job, else of all jobs; nullptr when there is none.
  const Pause* pause_of(std::string_view job) const;
  // The firing that has waited longest.
  const WaitingRecord* waiting_of(std::string_view job) const;
};
Outcome<Hindrances> read_hindrances(const Paths& paths, Instant now);

// The jobs that words (names, globs) and tags select; all of them without either. Pointers into
// jobs, in their order.
Outcome<std::vector<const Job*>> select_jobs(const std::vector<Job>& jobs,
                                             const std::vector<std::string>& words,
                                             const std::vector<std::string>& tags);

// JOB, JOB@-1, JOB@failed, JOB@2026-11-20T02:15, or at least four characters of a run id.
Outcome<RunRecord> select_run(HistoryReader& history, const std::vector<Job>& jobs,
                              std::string_view word, const TimeView& view);

std::vector<std::string> names_of(const std::vector<Job>& jobs);

}  // namespace dsched
