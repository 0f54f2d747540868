#include "daemon/submitted.h"

#include <algorithm>
#include <optional>

namespace dsched {

namespace {

// The instant of a job that has one schedule, "at ...".
std::optional<Instant> only_firing(const Job& job) {
  const std::vector<Schedule>& schedules = job.timetable.schedules();
  if (schedules.size() != 1 || schedules.front().kind() != Schedule::Kind::once)
    return std::nullopt;
  const std::optional<Second> firing = job.timetable.next(kFirstSecond);
  return firing ? std::optional<Instant>(*firing) : std::nullopt;
}

// A name may have been submitted before: only what was decided about this firing counts.
bool is_settled(const Job& job, const JobSummary& summary) {
  const std::optional<Instant> firing = only_firing(job);
  if (!firing || !summary.running.empty()) return false;
  const bool ran = summary.last && summary.last->result && summary.last->firing_at >= *firing;
  const bool skipped = summary.last_decision && summary.last_decision->firing_at >= *firing;
  return ran || skipped;
}

Result<Instant> check_definition(const std::string& definition, ConfigSources sources, Files& files,
                                 ZoneDatabase& zones) {
  sources.job_directories.clear();
  sources.crontab_files.clear();
  sources.job_files = {"-"};
  sources.stdin_text = definition;
  const Configuration configuration = load_configuration(sources, files, zones);
  for (const Diagnostic& diagnostic : configuration.diagnostics) {
    if (diagnostic.severity == Severity::error)
      return Error{ErrorCode::invalid, "the definition has an error: " + diagnostic.message, ""};
  }
  if (configuration.jobs.size() == 1) {
    if (const auto firing = only_firing(configuration.jobs.front())) return *firing;
  }
  return Error{ErrorCode::invalid, "a submitted job has one schedule: \"at\" and an instant", ""};
}

}  // namespace

std::string submitted_directory(const std::string& state_directory) {
  return state_directory + "/submitted";
}

bool is_submitted(const Job& job, const std::string& directory) {
  return job.place.file.compare(0, directory.size() + 1, directory + "/") == 0;
}

void mark_submitted(Configuration& configuration, const std::string& directory) {
  for (Job& job : configuration.jobs) {
    if (is_submitted(job, directory)) job.submitted_at = only_firing(job);
  }
}

Result<Instant> store_submission(const SubmitRequest& request, const std::string& directory,
                                 const ConfigSources& sources, Files& files, ZoneDatabase& zones) {
  DSCHED_TRY(check_job_name(request.name));
  DSCHED_TRY_ASSIGN(const Instant due, check_definition(request.definition, sources, files, zones));
  const std::string path = directory + "/" + request.name + ".toml";
  DSCHED_TRY(files.make_directories(path.substr(0, path.rfind('/')), 0700));
  DSCHED_TRY(files.write_whole(path, request.definition, 0600, true));
  return due;
}

std::vector<std::string> settled_submissions(const std::vector<Job>& jobs,
                                             const std::map<std::string, JobSummary>& summaries,
                                             const std::string& directory) {
  std::vector<std::string> settled;
  for (const Job& job : jobs) {
    const auto summary = summaries.find(job.name);
    if (is_submitted(job, directory) && summary != summaries.end() &&
        is_settled(job, summary->second))
      settled.push_back(job.place.file);
  }
  return settled;
}

}  // namespace dsched
