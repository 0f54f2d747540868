#pragma once
// Crontab files in the form that users have (no user column), with the meaning of Debian's cron;
// jobfile.md says what is kept. Each line is a job.

#include <string>

#include "config/job_file.h"

namespace dsched {

// name: what stands in front of the names of its jobs. A bad line is one diagnostic and harms no
// other line. source must outlive the findings.
void read_crontab(const SourceText& source, const std::string& name, const JobDraft& defaults,
                  const ReadContext& context, Findings& findings);

}  // namespace dsched
