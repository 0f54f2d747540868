#include "daemon/foreground_id.h"

#include <charconv>

#include "base/text.h"

namespace dsched {

namespace {

constexpr std::string_view kPrefix = "foreground:";

}  // namespace

Result<std::string> foreground_id(int pid, Files& files) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  DSCHED_TRY_ASSIGN(const std::string text, files.read(path, 4096));
  // The second field is the name in parentheses and may hold anything; the third follows its last
  // ')'.
  const auto name_end = text.rfind(')');
  const auto fields =
      split_words(std::string_view(text).substr(name_end == std::string::npos ? 0 : name_end + 1));
  if (fields.size() < 20) return Error{ErrorCode::io, path + " is not as expected", ""};
  return std::string(kPrefix) + std::to_string(pid) + ":" + std::string(fields[19]);
}

bool is_foreground(std::string_view supervisor) {
  return supervisor.starts_with(kPrefix);
}

bool foreground_is_alive(std::string_view supervisor, Files& files) {
  const std::string_view rest = supervisor.substr(kPrefix.size());
  int pid = 0;
  if (std::from_chars(rest.data(), rest.data() + rest.size(), pid).ec != std::errc{}) return false;
  const auto now = foreground_id(pid, files);
  return now && *now == supervisor;
}

}  // namespace dsched
