#pragma once
// Jobs of `dsched submit`: one-off definitions in files of their own, STATE/submitted/NAME.toml,
// which are read like all others and removed when their firing is settled (control.md).

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "daemon/control.h"
#include "env/files.h"
#include "history/history.h"
#include "time/zone_database.h"

namespace dsched {

std::string submitted_directory(const std::string& state_directory);

bool is_submitted(const Job& job, const std::string& directory);

// Lets the daemon decide their firings, also those that were due before it knew the job.
void mark_submitted(Configuration& configuration, const std::string& directory);

// Checks the definition as the loader would, with the settings of `sources`, writes its file, and
// answers when it is due. Invalid: it has an error, or is not due exactly once. Exists: there is a
// file of this name.
Result<Instant> store_submission(const SubmitRequest& request, const std::string& directory,
                                 const ConfigSources& sources, Files& files, ZoneDatabase& zones);

// Files of jobs whose firing was settled, as the history says.
std::vector<std::string> settled_submissions(const std::vector<Job>& jobs,
                                             const std::map<std::string, JobSummary>& summaries,
                                             const std::string& directory);

}  // namespace dsched
