#include "daemon/launch.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "history/history.h"
#include "model/parameters.h"

namespace dsched {

namespace {

constexpr std::size_t kMaxEnvFileBytes = std::size_t{1} << 20;
constexpr Duration kLongestCheck = std::chrono::minutes{1};

// The environment while it is built. Later settings replace earlier ones; the order is that of the
// names.
using Environment = std::map<std::string, std::string>;

// ${NAME} from the environment built so far, $$ for a dollar sign; any other $ stays.
std::string expand(std::string_view text, const Environment& environment) {
  std::string expanded;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    expanded += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    const auto close = text.find('}');
    if (text.substr(0, 2) == "$$") {
      expanded += '$';
      text.remove_prefix(2);
    } else if (text.substr(0, 2) == "${" && close != std::string_view::npos) {
      auto value = environment.find(std::string(text.substr(2, close - 2)));
      if (value != environment.end()) expanded += value->second;
      text.remove_prefix(close + 1);
    } else {
      expanded += '$';
      text.remove_prefix(1);
    }
  }
  return expanded;
}

std::string unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                      value.back() == value.front();
  return std::string(quoted ? value.substr(1, value.size() - 2) : value);
}

// KEY=VALUE lines, blank lines and # comments; an "export " in front and quotes around the value
// are taken off.
Result<void> read_env_file(const EnvFile& env_file, Files& files, Environment& environment) {
  auto text = files.read(env_file.path, kMaxEnvFileBytes);
  if (!text) {
    if (env_file.optional && text.error().code == ErrorCode::not_found) return {};
    return text.error();
  }
  int number = 0;
  for (std::string_view line : split(*text, '\n')) {
    ++number;
    line = trim(line);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const auto equals = line.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      return Error{ErrorCode::invalid,
                   fmt::format("{}:{}: not of the form KEY=VALUE", env_file.path, number), ""};
    }
    environment[std::string(trim(line.substr(0, equals)))] =
        unquoted(trim(line.substr(equals + 1)));
  }
  return {};
}

Environment base_environment(const LaunchFacts& facts, const HostFacts& host, const User& user,
                             const std::string& dir) {
  Environment environment;
  const bool inherit = facts.like_a_shell || facts.job.inherit_env;
  if (inherit) environment.insert(host.environment.begin(), host.environment.end());
  const bool other_user = !facts.job.user.empty();
  const auto set = [&](const char* name, const std::string& value) {
    if (!inherit || other_user) {
      environment[name] = value;
    } else {
      environment.emplace(name, value);
    }
  };
  set("HOME", user.home);
  set("LOGNAME", user.name);
  set("USER", user.name);
  if (!inherit) {
    environment["SHELL"] = facts.job.shell.front();
    environment["PATH"] = user.uid == 0
                              ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                              : "/usr/local/bin:/usr/bin:/bin";
    if (!host.lang.empty()) environment["LANG"] = host.lang;
  }
  environment.emplace("PATH", "/usr/local/bin:/usr/bin:/bin");
  environment["PWD"] = dir;
  if (!facts.job.timezone.empty() && facts.job.timezone != "local")
    environment["TZ"] = facts.job.timezone;
  return environment;
}

std::string local_time(Instant at, const Job& job) {
  return format_rfc3339(at, job.timetable.zone().at(floor_second(at)).utc_offset);
}

// For the name of a variable: capitals, digits and _.
std::string variable_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    const bool small = c >= 'a' && c <= 'z';
    const bool capital = c >= 'A' && c <= 'Z';
    name += small ? static_cast<char>(c - 'a' + 'A') : (digit || capital ? c : '_');
  }
  return name;
}

void add_values(const LaunchFacts& facts, const ScratchPaths& scratch, Environment& environment) {
  for (const auto& [name, value] : parameters_of(facts.job, facts.params))
    environment["DSCHED_PARAM_" + name] = value;
  for (const auto& [name, value] : facts.params) {
    if (name == kWatchFiles) environment["DSCHED_WATCH_FILES"] = value;
  }
  for (const auto& [job, values] : facts.upstream_outputs) {
    for (const auto& [key, value] : values)
      environment["DSCHED_OUT_" + variable_name(job) + "_" + variable_name(key)] = value;
  }
  if (scratch.directory.empty()) return;
  environment["DSCHED_TMPDIR"] = scratch.directory;
  environment["DSCHED_OUTPUT"] = scratch.output;
}

void add_run_variables(const LaunchFacts& facts, const HostFacts& host, Environment& environment) {
  const Job& job = facts.job;
  environment["DSCHED_JOB"] = job.name;
  environment["DSCHED_RUN_ID"] = facts.key.run_id;
  environment["DSCHED_ATTEMPT"] = std::to_string(facts.key.attempt);
  environment["DSCHED_MAX_ATTEMPTS"] = std::to_string(job.retry.max + 1);
  environment["DSCHED_SCHEDULED_AT"] = local_time(facts.firing_at, job);
  environment["DSCHED_SCHEDULED_UNIX"] =
      std::to_string(floor_second(facts.firing_at).time_since_epoch().count());
  const auto previous =
      job.timetable.previous(floor_second(facts.firing_at) - std::chrono::seconds{1});
  environment["DSCHED_PREVIOUS_AT"] = previous ? local_time(*previous, job) : "";
  environment["DSCHED_LAST_SUCCESS_AT"] =
      facts.last_success_at ? local_time(*facts.last_success_at, job) : "";
  environment["DSCHED_TRIGGER"] =
      facts.key.attempt > 1 ? "retry" : std::string(to_text(facts.trigger));
  environment["DSCHED_HOST"] = host.name;
  environment["DSCHED_SCOPE"] = host.scope;
  environment["DSCHED_FENCE_TOKEN"] = std::to_string(facts.fence);
  environment["DSCHED_FIRING"] = fmt::format("{}@{}", job.name, to_unix_us(facts.firing_at));
  if (job.timeout) {
    const auto deadline = std::chrono::ceil<std::chrono::seconds>(facts.now + *job.timeout);
    environment["DSCHED_DEADLINE_UNIX"] = std::to_string(deadline.time_since_epoch().count());
  }
}

Result<User> user_of(const Job& job, Users& users) {
  if (job.user.empty()) return users.current();
  return users.find(job.user);
}

Result<std::optional<Identity>> identity_of(const Job& job, const User& user, Users& users) {
  if (job.user.empty() && job.group.empty()) return std::optional<Identity>();
  Identity identity{user.uid, user.gid, user.groups};
  if (!job.group.empty()) {
    DSCHED_TRY_ASSIGN(identity.gid, users.find_group(job.group));
  }
  return std::optional<Identity>(std::move(identity));
}

void put_command(const Job& job, StartRequest& request) {
  if (const auto* argv = std::get_if<ArgvCommand>(&job.command)) {
    request.argv = argv->words;
    return;
  }
  request.argv = job.shell;
  if (const auto* shell = std::get_if<ShellCommand>(&job.command)) {
    request.argv.push_back(shell->text);
    return;
  }
  // A script is a file: the shell's -c, if there is one, does not apply.
  request.script = std::get<ScriptCommand>(job.command).text;
  if (request.argv.size() > 1 && request.argv.back().ends_with('c') &&
      request.argv.back().starts_with('-')) {
    request.argv.pop_back();
  }
}

void put_input_and_output(const LaunchFacts& facts, StartRequest& request) {
  const Job& job = facts.job;
  if (const auto* text = std::get_if<TextInput>(&job.input)) request.input_text = text->text;
  if (const auto* file = std::get_if<FileInput>(&job.input)) request.input_path = file->path;
  request.capture = facts.log_path.empty() ? Capture::none : job.output.capture;
  if (request.capture != Capture::none)
    request.output_path = attempt_log_path(facts.log_path, facts.key.attempt);
  if (request.capture == Capture::separate)
    request.error_path = attempt_error_path(facts.log_path, facts.key.attempt);
  request.max_output = job.output.max_size;
  request.mask = job.output.mask;
  request.tee = facts.tee || job.output.tee;
}

// Who has to own what the job may write to; none: whoever we are.
std::optional<std::pair<std::uint32_t, std::uint32_t>> owner_of(
    const std::optional<Identity>& identity) {
  if (!identity) return std::nullopt;
  return std::pair(identity->uid, identity->gid);
}

StartFailure failure_of(StartStep step, const Error& error) {
  return StartFailure{step, error.code == ErrorCode::no_space ? ENOSPC : 0, error.message};
}

}  // namespace

Result<std::vector<std::string>> job_environment(const LaunchFacts& facts, const HostFacts& host,
                                                 const User& user, const std::string& dir,
                                                 const ScratchPaths& scratch, Files& files) {
  Environment environment = base_environment(facts, host, user, dir);
  for (const EnvFile& env_file : facts.job.env_files)
    DSCHED_TRY(read_env_file(env_file, files, environment));
  for (const auto& [name, value] : facts.job.env) {
    environment[name] = facts.job.expand_env ? expand(value, environment) : value;
  }
  add_run_variables(facts, host, environment);
  add_values(facts, scratch, environment);
  std::vector<std::string> lines;
  lines.reserve(environment.size());
  for (const auto& [name, value] : environment) lines.push_back(name + "=" + value);
  return lines;
}

std::variant<StartRequest, StartFailure> prepare_launch(const LaunchFacts& facts,
                                                        const HostFacts& host,
                                                        const LaunchMeans& means) {
  const Job& job = facts.job;
  auto user = user_of(job, means.users);
  if (!user) return failure_of(StartStep::user, user.error());
  auto identity = identity_of(job, *user, means.users);
  if (!identity) return failure_of(StartStep::user, identity.error());
  ScratchPaths scratch;
  if (!facts.scratch_place.empty()) {
    auto made =
        means.scratch.make(facts.scratch_place, scratch_name(facts.key), owner_of(*identity));
    if (!made) return failure_of(StartStep::environment, made.error());
    scratch = std::move(*made);
  }

  StartRequest request;
  request.key = facts.key;
  request.job = job.name;
  request.dir = job.dir;
  if (request.dir.empty()) request.dir = facts.like_a_shell ? facts.working_directory : user->home;
  auto environment = job_environment(facts, host, *user, request.dir, scratch, means.files);
  if (!environment) return failure_of(StartStep::environment, environment.error());
  request.env = std::move(*environment);
  request.identity = std::move(*identity);
  request.umask = job.umask;
  put_command(job, request);
  put_input_and_output(facts, request);
  request.timeout = job.timeout;
  request.stop_signal = job.stop_signal;
  request.kill_after = job.kill_after;
  return request;
}

std::variant<StartRequest, StartFailure> prepare_check(const StartCheck& check,
                                                       const std::string& run_id,
                                                       const LaunchFacts& like,
                                                       const HostFacts& host,
                                                       const LaunchMeans& means) {
  Job job = *check.job;
  job.command = *job.needs.only_if;
  job.input = EmptyInput{};
  job.output.tee = false;
  job.timeout = std::min(job.timeout.value_or(kLongestCheck), kLongestCheck);
  const LaunchFacts facts{.key = {run_id, 1},
                          .job = job,
                          .firing_at = check.firing.second,
                          .trigger = like.trigger,
                          .fence = 0,
                          .last_success_at = like.last_success_at,
                          .now = like.now,
                          .log_path = "",
                          .like_a_shell = like.like_a_shell,
                          .working_directory = like.working_directory};
  return prepare_launch(facts, host, means);
}

CheckAnswered check_answer(const FiringKey& firing, const AttemptOutcome& outcome) {
  CheckAnswered answer{firing, result_of(outcome, {0}) == RunResult::ok, ""};
  if (answer.holds) return answer;
  if (outcome.failure.step != StartStep::none) {
    answer.detail = "only_if: " + describe(outcome.failure);
  } else if (outcome.timed_out) {
    answer.detail = "only_if took too long";
  } else {
    answer.detail = fmt::format("only_if ended with exit {}", exit_status_of(outcome));
  }
  return answer;
}

std::string scratch_name(const AttemptKey& key) {
  return fmt::format("{}.{}", key.run_id, key.attempt);
}

Values parse_outputs(std::string_view text) {
  constexpr std::size_t kMostOutputs = 100;
  Values values;
  for (std::string_view line : split(text, '\n')) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || values.size() == kMostOutputs) continue;
    const std::string key(trim(line.substr(0, equals)));
    if (is_variable_name(key)) values.emplace_back(key, line.substr(equals + 1));
  }
  return values;
}

std::string run_log_path(const std::string& log_directory, const std::string& job,
                         const std::string& run_id) {
  return log_directory + "/" + job + "/" + run_id + ".log";
}

}  // namespace dsched
