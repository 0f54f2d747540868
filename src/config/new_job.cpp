#include <utility>

#include <fmt/core.h>

#include "config/config.h"
#include "config/toml_text.h"

namespace dsched {

namespace {

// The line, or the example as a comment when the user did not say.
std::string line_or(const std::string& key, const std::string& value, std::string_view example,
                    std::string_view meaning) {
  if (!value.empty()) return fmt::format("{} = {}\n", key, toml_string(value));
  const std::string text = fmt::format("# {} = {}", key, example);
  return fmt::format("{:<34}# {}\n", text, meaning);
}

}  // namespace

std::string new_job_text(const NewJob& job) {
  std::string text;
  if (!job.description.empty())
    text += fmt::format("description = {}\n", toml_string(job.description));
  text += fmt::format("command = {}\n", toml_strings(job.command));
  text += job.schedules.empty()
              ? "# schedule = \"15 2 * * *\"         # without one it runs by hand only\n"
              : fmt::format("schedule = {}\n", toml_strings(job.schedules));
  text += line_or("timezone", job.timezone, "\"Europe/Berlin\"", "default: the zone of the host");
  if (!job.enabled) text += "enabled = false\n";
  text += line_or("timeout", job.timeout, "\"2h\"", "TERM after this time, KILL 10s later");
  text += line_or("overlap", job.overlap, "\"skip\"", "still running: skip, queue, allow, replace");
  if (!job.user.empty()) text += fmt::format("user = {}\n", toml_string(job.user));
  text += "# catch_up = \"last\"               # after downtime: none, last, all\n";
  text += "# locks = [\"name\"]                # one at a time of the jobs that name it\n";
  text += "# dir = \"/srv\"                    # default: the home of the user\n";
  text += "# after = [\"other-job\"]           # run when that one has succeeded\n";
  if (!job.tags.empty()) text += fmt::format("tags = {}\n", toml_array(job.tags));
  text += job.retry > 0
              ? fmt::format("\n[retry]\nmax = {}\n", job.retry)
              : "\n# [retry]\n# max = 2                         # more attempts after a failure\n";
  text += job.retry > 0 ? "# delay = \"30s\"\n"
                        : "# delay = \"30s\"                   # doubled after each\n";
  text +=
      "\n# [notify]\n# email = \"ana@example.org\"       # on failure, recovery, missed, late\n";
  if (job.env.empty()) return text + "\n# [env]\n# NAME = \"value\"\n";
  text += "\n[env]\n";
  for (const auto& [name, value] : job.env)
    text += fmt::format("{} = {}\n", name, toml_string(value));
  return text;
}

}  // namespace dsched
