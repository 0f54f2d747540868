#pragma once
// Which jobs `dsched run` really runs: --from and --if-busy.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/jobs.h"
#include "model/graph.h"

namespace dsched {

AfterGraph graph_of(const std::vector<Job>& jobs);

// `from`, what runs after it, and of the others what did not end ok when it ran last. Not found:
// `from` is none of the jobs.
Outcome<std::vector<Job>> jobs_from(std::vector<Job> jobs, const std::string& from,
                                    const std::map<std::string, JobSummary>& summaries);

// Names of the jobs of a graph that `from` belongs to: what runs after it, and what those run
// after.
std::vector<std::string> graph_around(const std::vector<Job>& jobs, const std::string& from);

// With --if-busy, when one of the jobs runs elsewhere: waits for it, or answers the code to end
// with. None: go on.
Outcome<std::optional<int>> settle_busy(Context& context, const Paths& paths,
                                        const std::vector<Job>& jobs);

}  // namespace dsched
