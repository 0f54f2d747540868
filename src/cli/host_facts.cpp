#include "cli/host_facts.h"

namespace dsched {

World world_of(Platform& platform) {
  return {platform.clock, platform.loop(),  platform.entropy, platform.files,
          platform.users, platform.scratch, platform.courier};
}

HostFacts host_facts(const Platform& platform, bool system_scope) {
  return {platform.host, system_scope ? "system" : "user", platform.environment.variables(),
          platform.environment.get("LANG")};
}

LogLevel log_level(const Context& context) {
  if (context.arguments.has("verbose")) return LogLevel::debug;
  if (context.arguments.has("quiet")) return LogLevel::warning;
  const std::string wish = context.platform.environment.get("DSCHED_LOG");
  if (wish == "error") return LogLevel::error;
  if (wish == "warning") return LogLevel::warning;
  if (wish == "debug") return LogLevel::debug;
  return LogLevel::info;
}

}  // namespace dsched
