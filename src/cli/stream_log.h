#pragma once
// Log lines on standard error, each written at once.

#include <memory>

#include "base/log.h"
#include "env/clock.h"

namespace dsched {

// Lines above `level` are dropped.
std::unique_ptr<Log> make_stream_log(LogFormat format, LogLevel level, Clock& clock);

}  // namespace dsched
