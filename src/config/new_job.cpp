#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "config/config.h"

namespace dsched {

namespace {

// A literal string where that reads better, else a basic one with escapes.
std::string quoted(std::string_view text) {
  bool needs_escapes = false;
  for (const char c : text)
    needs_escapes = needs_escapes || static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\'';
  const bool has_specials = text.find_first_of("\"\\") != std::string_view::npos;
  if (has_specials && !needs_escapes) return fmt::format("'{}'", text);
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      escaped += '\\';
      escaped += c;
    } else if (c == '\n' || c == '\t') {
      escaped += c == '\n' ? "\\n" : "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      escaped += fmt::format("\\u{:04X}", byte);
    } else {
      escaped += c;
    }
  }
  return "\"" + escaped + "\"";
}

std::string array_of(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts) items.push_back(quoted(text));
  return "[" + join(items, ", ") + "]";
}

std::string one_or_array(const std::vector<std::string>& texts) {
  return texts.size() == 1 ? quoted(texts.front()) : array_of(texts);
}

// The line, or the example as a comment when the user did not say.
std::string line_or(const std::string& key, const std::string& value, std::string_view example,
                    std::string_view meaning) {
  if (!value.empty()) return fmt::format("{} = {}\n", key, quoted(value));
  const std::string text = fmt::format("# {} = {}", key, example);
  return fmt::format("{:<34}# {}\n", text, meaning);
}

}  // namespace

std::string new_job_text(const NewJob& job) {
  std::string text;
  if (!job.description.empty()) text += fmt::format("description = {}\n", quoted(job.description));
  text += fmt::format("command = {}\n", one_or_array(job.command));
  text += job.schedules.empty()
              ? "# schedule = \"15 2 * * *\"         # without one it runs by hand only\n"
              : fmt::format("schedule = {}\n", one_or_array(job.schedules));
  text += line_or("timezone", job.timezone, "\"Europe/Berlin\"", "default: the zone of the host");
  if (!job.enabled) text += "enabled = false\n";
  text += line_or("timeout", job.timeout, "\"2h\"", "TERM after this time, KILL 10s later");
  text += line_or("overlap", job.overlap, "\"skip\"", "still running: skip, queue, allow, replace");
  if (!job.user.empty()) text += fmt::format("user = {}\n", quoted(job.user));
  text += "# catch_up = \"last\"               # after downtime: none, last, all\n";
  text += "# locks = [\"name\"]                # one at a time of the jobs that name it\n";
  text += "# dir = \"/srv\"                    # default: the home of the user\n";
  text += "# after = [\"other-job\"]           # run when that one has succeeded\n";
  if (!job.tags.empty()) text += fmt::format("tags = {}\n", array_of(job.tags));
  text += job.retry > 0
              ? fmt::format("\n[retry]\nmax = {}\n", job.retry)
              : "\n# [retry]\n# max = 2                         # more attempts after a failure\n";
  text += job.retry > 0 ? "# delay = \"30s\"\n"
                        : "# delay = \"30s\"                   # doubled after each\n";
  text +=
      "\n# [notify]\n# email = \"ana@example.org\"       # on failure, recovery, missed, late\n";
  if (job.env.empty()) return text + "\n# [env]\n# NAME = \"value\"\n";
  text += "\n[env]\n";
  for (const auto& [name, value] : job.env) text += fmt::format("{} = {}\n", name, quoted(value));
  return text;
}

}  // namespace dsched
