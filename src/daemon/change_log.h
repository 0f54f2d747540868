#pragma once
// What the engine decided, as lines of the daemon's log.

#include <functional>
#include <string>

#include "base/log.h"
#include "engine/event.h"
#include "model/record.h"

namespace dsched {

// job_of: the job of a run, by its id.
void log_change(Log& log, const HistoryChange& change,
                const std::function<std::string(const std::string& run_id)>& job_of);
void log_retry(Log& log, const RetryPlanned& retry);

}  // namespace dsched
