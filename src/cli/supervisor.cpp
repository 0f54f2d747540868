#include "supervise/supervisor.h"

#include "cli/commands.h"
#include "cli/host_facts.h"
#include "cli/stream_log.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"state", 0, "DIR", "the state directory of the daemon"},
    {"run", 0, "DIR", "its run directory"},
};

Outcome<int> run(Context& context) {
  const std::optional<std::string> state = context.arguments.value("state");
  const std::optional<std::string> run_directory = context.arguments.value("run");
  if (!state || !run_directory) return usage_failure("--state and --run are needed");
  Platform& platform = context.platform;
  const LogFormat format = platform.stderr_is_journal() ? LogFormat::journald : LogFormat::text;
  const std::unique_ptr<Log> log = make_stream_log(format, log_level(context), platform.clock);
  DSCHED_TRY(run_supervisor(supervisor_paths(*state, *run_directory), platform.loop(),
                            platform.clock, platform.entropy, *log));
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "__supervisor",
    .summary = "the parent of the daemon's jobs",
    .usage = "--state DIR --run DIR",
    .options = kOptions,
    .run = run,
};

}  // namespace

const CommandSpec& supervisor_command() {
  return kCommand;
}

}  // namespace dsched
