#include "cli/paths.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/text.h"
#include "daemon/submitted.h"

namespace dsched {
namespace {

constexpr const char* kSystemConfig = "/etc/dsched";
constexpr const char* kVendorJobs = "/usr/lib/dsched/jobs.d";

std::string option_or_variable(const Context& context, std::string_view option,
                               std::string_view variable) {
  const std::optional<std::string> given = context.arguments.value(option);
  return given ? *given : context.platform.environment.get(variable);
}

Outcome<bool> is_system_scope(const Context& context) {
  const bool user = context.arguments.has("user");
  const bool system = context.arguments.has("system");
  if (user && system) return usage_failure("--user and --system exclude each other");
  if (user || system) return system;
  const std::string scope = context.platform.environment.get("DSCHED_SCOPE");
  if (scope == "user" || scope == "system") return scope == "system";
  if (!scope.empty())
    return usage_failure(fmt::format("DSCHED_SCOPE must be user or system, not '{}'", scope));
  return context.platform.uid == 0;
}

// XDG: a relative path is not valid and counts as not set.
std::string xdg(const Context& context, std::string_view variable, const std::string& otherwise) {
  const std::string given = context.platform.environment.get(variable);
  return !given.empty() && given.front() == '/' ? given : otherwise;
}

void set_system_paths(Paths& paths) {
  paths.settings_files = {fmt::format("{}/dsched.toml", kSystemConfig)};
  paths.job_directories = {kVendorJobs, fmt::format("{}/jobs.d", kSystemConfig)};
  paths.state_directory = "/var/lib/dsched";
  paths.log_directory = "/var/log/dsched";
  paths.run_directory = "/run/dsched";
}

Outcome<void> set_user_paths(Paths& paths, const Context& context) {
  const std::string home = home_directory(context);
  if (home.empty())
    return Failure(kExitUsage, "usage", "HOME is not set, so there are no files of a user");
  const std::string config = xdg(context, "XDG_CONFIG_HOME", home + "/.config") + "/dsched";
  paths.settings_files = {fmt::format("{}/dsched.toml", kSystemConfig), config + "/dsched.toml"};
  paths.job_directories = {config + "/jobs.d"};
  paths.state_directory = xdg(context, "XDG_STATE_HOME", home + "/.local/state") + "/dsched";
  paths.log_directory = paths.state_directory + "/log";
  const std::string runtime = xdg(context, "XDG_RUNTIME_DIR", "");
  paths.run_directory = runtime.empty() ? paths.state_directory + "/run" : runtime + "/dsched";
  return {};
}

void set_state(Paths& paths, const Context& context) {
  const std::string state = option_or_variable(context, "state", "DSCHED_STATE");
  if (!state.empty()) {
    paths.state_directory = absolute_path(context, state);
    paths.run_directory = paths.state_directory + "/run";
    paths.log_directory = paths.state_directory + "/log";
  }
  if (context.arguments.has("no-state")) {
    paths.state_directory.clear();
    paths.log_directory.clear();
  }
}

// In front: files that people wrote override what was submitted. What others submitted to the
// daemon of the system is not for everybody to read.
void add_submitted(ConfigSources& sources, const Paths& paths, Files& files) {
  if (paths.files_only || paths.state_directory.empty()) return;
  const std::string directory = submitted_directory(paths.state_directory);
  const auto listed = files.list(directory);
  if (listed || listed.error().code == ErrorCode::not_found)
    sources.job_directories.insert(sources.job_directories.begin(), directory);
}

}  // namespace

std::string home_directory(const Context& context) {
  const std::string home = context.platform.environment.get("HOME");
  if (!home.empty()) return home;
  const Result<User> user = context.platform.users.current();
  return user ? user->home : "";
}

std::string absolute_path(const Context& context, const std::string& path) {
  const std::filesystem::path base(context.platform.working_directory);
  return (base / path).lexically_normal().string();
}

std::string tilde_path(const Context& context, const std::string& path) {
  const std::string home = home_directory(context);
  const bool inside = home.size() > 1 && path.compare(0, home.size() + 1, home + "/") == 0;
  return inside ? "~" + path.substr(home.size()) : path;
}

Outcome<Paths> resolve_paths(const Context& context) {
  Paths paths;
  DSCHED_TRY_ASSIGN(paths.system_scope, is_system_scope(context));
  if (paths.system_scope) {
    set_system_paths(paths);
  } else {
    DSCHED_TRY(set_user_paths(paths, context));
  }
  const std::string config = option_or_variable(context, "config", "DSCHED_CONFIG");
  if (!config.empty()) {
    const std::filesystem::path file(absolute_path(context, config));
    paths.settings_files = {file.string()};
    paths.settings_required = true;
    paths.job_directories = {(file.parent_path() / "jobs.d").string()};
  }
  set_state(paths, context);
  paths.job_files = context.arguments.values("file");
  const std::string file = context.platform.environment.get("DSCHED_FILE");
  if (paths.job_files.empty() && !file.empty()) paths.job_files = {file};
  if (!paths.job_files.empty()) {
    paths.files_only = true;
    paths.job_directories.clear();
    if (config.empty()) paths.settings_files.clear();
  }
  return paths;
}

ConfigSources config_sources(const Paths& paths, const Context& context) {
  ConfigSources sources;
  sources.settings_files = paths.settings_files;
  sources.settings_required = paths.settings_required;
  sources.job_directories = paths.job_directories;
  add_submitted(sources, paths, context.platform.files);
  const auto is_crontab = [](const std::string& file) {
    const std::filesystem::path path(file);
    return path.extension() == ".cron" || path.extension() == ".crontab" ||
           path.filename() == "crontab";
  };
  for (const std::string& file : paths.job_files)
    (is_crontab(file) ? sources.crontab_files : sources.job_files).push_back(file);
  if (std::find(paths.job_files.begin(), paths.job_files.end(), "-") != paths.job_files.end())
    sources.stdin_text = context.platform.read_stdin();
  sources.system_scope = paths.system_scope;
  sources.owner_uid = context.platform.uid;
  sources.check_owner = !paths.files_only;
  sources.host = context.platform.host;
  sources.home = home_directory(context);
  sources.local_zone =
      context.platform.zones.find(context.platform.local_zone).value_or(Zone::utc());
  return sources;
}

}  // namespace dsched
