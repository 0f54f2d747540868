#pragma once
// What only the keys of a job together show, and the settings beside them.

#include <vector>

#include "config/job_draft.h"
#include "config/report.h"
#include "config/value.h"

namespace dsched {

// entries: those that were written for this job; a fault of a key that is from [defaults] points at
// the job. What cannot be known, because no settings are read, is taken out of the job's needs.
// Requires: finish_job() has been called.
void check_job(const std::vector<Entry>& entries, JobDraft& draft, FaultReport& report,
               const ReadContext& context);

}  // namespace dsched
