#pragma once
// What `dsched run --dry-run` shows.

#include <vector>

#include "cli/context.h"
#include "model/job.h"

namespace dsched {

// Prints the jobs in the order in which they can start. Requires: their `after` names only jobs
// among them.
Outcome<int> print_plan(const Context& context, const std::vector<Job>& jobs);

}  // namespace dsched
