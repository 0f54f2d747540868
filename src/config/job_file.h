#pragma once
// A TOML file with jobs: one per file, or [job.NAME] tables.

#include <string>
#include <vector>

#include "config/config.h"
#include "config/job_draft.h"
#include "config/value.h"

namespace dsched {

// What the files of one load add up to.
struct Findings {
  std::vector<JobDraft> jobs;
  std::vector<Rejected> rejected;
  std::vector<Diagnostic> diagnostics;
};

// name: of the job that the file is, unless it has [job.NAME] tables. With allow_defaults such a
// file may also have a table [defaults], for its own jobs. source must outlive the findings.
void read_job_file(const SourceText& source, const std::string& name, bool allow_defaults,
                   const JobDraft& defaults, const ReadContext& context, Findings& findings);

// Puts a table [defaults] over the draft.
void read_defaults(const Entry& table, JobDraft& defaults, FaultReport& report,
                   const ReadContext& context);

}  // namespace dsched
