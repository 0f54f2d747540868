#pragma once
// Whether the "after" keys of all jobs fit together.

#include "config/job_file.h"

namespace dsched {

// Takes out jobs that run after unknown jobs (E702) or after themselves (E701), and adds them to
// the rejected ones. Upstreams that were refused for faults of their own are W703.
void check_after(Findings& findings);

}  // namespace dsched
