#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "config/config.h"
#include "model/graph.h"

namespace dsched {

namespace {

using JobsByName = std::map<std::string, Job, std::less<>>;

// Kept jobs are old: beside new ones they may wait for each other, and then the new ones go on
// alone.
void drop_old_cycles(JobsByName& jobs, const std::set<std::string>& kept) {
  for (;;) {
    AfterGraph graph;
    for (const auto& [name, job] : jobs) {
      if (!job.after.empty()) graph.emplace(name, job.after);
    }
    const std::vector<std::string> cycle = find_cycle(graph);
    if (cycle.empty()) return;
    for (const std::string& name : cycle) {
      if (kept.contains(name)) jobs.erase(name);
    }
  }
}

}  // namespace

Configuration keep_last_good(const Configuration& active, Configuration loaded) {
  std::set<std::pair<std::string, std::string>> refused;
  for (const Rejected& rejected : loaded.rejected) refused.emplace(rejected.file, rejected.job);
  const auto is_refused = [&](const Job& job) {
    return refused.contains({job.place.file, ""}) || refused.contains({job.place.file, job.name});
  };
  JobsByName jobs;
  for (Job& job : loaded.jobs) jobs.emplace(job.name, std::move(job));
  std::set<std::string> kept;
  for (const Job& job : active.jobs) {
    const bool known = jobs.contains(job.name);
    // What dsched.toml says is not known for sure, so what runs goes on as it was.
    const bool as_it_was = loaded.settings_rejected && known;
    if (!as_it_was && (known || !is_refused(job))) continue;
    jobs.insert_or_assign(job.name, job);
    kept.insert(job.name);
  }
  drop_old_cycles(jobs, kept);
  if (loaded.settings_rejected) loaded.settings = active.settings;
  loaded.jobs.clear();
  for (auto& [name, job] : jobs) loaded.jobs.push_back(std::move(job));
  return loaded;
}

}  // namespace dsched
