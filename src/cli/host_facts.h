#pragma once
// What the drivers of the engine are handed.

#include "base/log.h"
#include "cli/context.h"
#include "daemon/world.h"

namespace dsched {

World world_of(Platform& platform);
HostFacts host_facts(const Platform& platform, bool system_scope);

// -q, -v, else DSCHED_LOG (error, warning, info, debug), else info.
LogLevel log_level(const Context& context);

}  // namespace dsched
