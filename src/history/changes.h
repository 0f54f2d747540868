#pragma once
// The writing half of the history over a connection. Each function is one transaction.

#include <string>
#include <vector>

#include "history/history.h"

namespace dsched {

class Connection;

Result<std::vector<AppliedChange>> apply_changes(Connection& connection,
                                                 const std::vector<HistoryChange>& changes);

Result<std::vector<std::string>> prune_job(Connection& connection, const std::string& job,
                                           Duration keep, int keep_runs, Instant now);

}  // namespace dsched
