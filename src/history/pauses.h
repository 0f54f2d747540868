#pragma once
// The table of pauses. Writers run within the transaction of a change.

#include <string>
#include <vector>

#include "base/result.h"
#include "model/record.h"

namespace dsched {

class Connection;

Result<void> put_pause(Connection& connection, const Pause& pause);
Result<void> end_pause(Connection& connection, const std::string& job);

// In order of the names of the jobs.
Result<std::vector<Pause>> read_pauses(Connection& connection);

}  // namespace dsched
