#include "daemon/daemon.h"

#include <charconv>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/host_facts.h"
#include "cli/paths.h"
#include "cli/stream_log.h"
#include "cli/version.h"
#include "daemon/submitted.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"crontab", 0, "FILE", "run this crontab (containers: nothing else is read)", true},
    {"jobs", 0, "DIR", "run the jobs of this directory (containers)", true},
    {"once", 0, "", "run what is due now, then end"},
    {"dry-run", 0, "", "log decisions, start nothing"},
    {"log-format", 0, "text|json|journald", "the form of log lines on stderr"},
};

// With --crontab or --jobs nothing else is read, jobs inherit the environment, and their output is
// ours too.
bool is_container(const Context& context) {
  return context.arguments.has("crontab") || context.arguments.has("jobs");
}

ConfigSources sources_of(const Context& context, const Paths& paths) {
  ConfigSources sources = config_sources(paths, context);
  if (!is_container(context)) return sources;
  sources.job_directories = {submitted_directory(paths.state_directory)};
  sources.settings_files.clear();
  if (context.arguments.has("config")) sources.settings_files = paths.settings_files;
  for (const std::string& directory : context.arguments.values("jobs"))
    sources.job_directories.push_back(absolute_path(context, directory));
  for (const std::string& file : context.arguments.values("crontab"))
    sources.crontab_files.push_back(absolute_path(context, file));
  sources.check_owner = false;
  sources.inherit_env = true;
  return sources;
}

// $WATCHDOG_USEC counts only when $WATCHDOG_PID is not set or names us (sd_watchdog_enabled(3)).
std::optional<Duration> watchdog_of(const Platform& platform) {
  const std::string pid = platform.environment.get("WATCHDOG_PID");
  if (!pid.empty() && pid != std::to_string(platform.pid)) return std::nullopt;
  const std::string text = platform.environment.get("WATCHDOG_USEC");
  std::int64_t us = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), us);
  if (fault != std::errc{} || end != text.data() + text.size() || us <= 0) return std::nullopt;
  return Duration{us};
}

// Option, then dsched.toml, then what stderr is.
LogFormat log_format_of(Context& context, const ConfigSources& sources) {
  const std::string wish = context.arguments.value("log-format").value_or("");
  if (wish == "text") return LogFormat::text;
  if (wish == "json") return LogFormat::json;
  if (wish == "journald") return LogFormat::journald;
  ConfigSources settings_only = sources;
  settings_only.job_directories.clear();
  settings_only.job_files.clear();
  settings_only.crontab_files.clear();
  const Settings settings =
      load_configuration(settings_only, context.platform.files, context.platform.zones).settings;
  if (settings.log_format_set) return settings.log_format;
  return context.platform.stderr_is_journal() ? LogFormat::journald : LogFormat::text;
}

Outcome<void> set_directories(const Context& context, const Paths& paths, DaemonOptions& options) {
  if (context.arguments.has("no-state"))
    return usage_failure("the daemon needs a place for its state: --state DIR");
  options.state_directory = paths.state_directory;
  options.run_directory = paths.run_directory;
  options.log_directory = paths.log_directory;
  return {};
}

Outcome<int> run(Context& context) {
  DSCHED_TRY_ASSIGN(const Paths paths, resolve_paths(context));
  Platform& platform = context.platform;
  DaemonOptions options;
  DSCHED_TRY(set_directories(context, paths, options));
  options.sources = sources_of(context, paths);
  options.program = platform.program;
  options.version = kVersion;
  options.notify_socket = platform.environment.get("NOTIFY_SOCKET");
  options.watchdog = watchdog_of(platform);
  options.once = context.arguments.has("once");
  options.dry_run = context.arguments.has("dry-run");
  options.tee_output = is_container(context);
  const LogFormat format = log_format_of(context, options.sources);
  const std::unique_ptr<Log> log = make_stream_log(format, log_level(context), platform.clock);
  DSCHED_TRY(run_daemon(world_of(platform), host_facts(platform, paths.system_scope), options,
                        platform.zones, *log));
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "daemon",
    .heading = "Serve",
    .summary = "the scheduler, in the foreground",
    .usage = "",
    .groups = kReadsJobs,
    .options = kOptions,
    .description =
        "Runs jobs on time until it is stopped. HUP reads the files again; TERM lets running jobs "
        "finish\n"
        "within stop_timeout, a second TERM is quicker; USR1 writes the state to the log.",
    .examples = "dsched daemon\ndsched daemon --crontab /etc/dsched/crontab --state /data",
    .run = run,
};

}  // namespace

const CommandSpec& daemon_command() {
  return kCommand;
}

}  // namespace dsched
