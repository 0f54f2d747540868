#pragma once
// Starting a process that is nobody's child and outlives us: the supervisor.

#include <string>
#include <vector>

#include "base/result.h"

namespace dsched {

// In its own session, standard input from /dev/null, standard output and error ours, all other
// descriptors closed, signals at their defaults. argv[0] is a path. That the program cannot be
// executed is seen only by its absence.
Result<void> launch_detached(const std::vector<std::string>& argv);

}  // namespace dsched
