#include "base/log.h"

#include <fmt/core.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "base/utf8.h"

namespace dsched {
namespace {

struct LevelName {
  std::string_view name;
  int priority;  // syslog(3)
};

LevelName level_name(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return {"error", 3};
    case LogLevel::warning:
      return {"warning", 4};
    case LogLevel::info:
      return {"info", 6};
    case LogLevel::debug:
      break;
  }
  return {"debug", 7};
}

std::string utc_time(Instant now) {
  return format_rfc3339(now, std::chrono::seconds{0}, true);
}

std::string backslashed_quotes(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string text_value(std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of(" \"\\=") == std::string_view::npos;
  std::string shown = visible(value);
  if (plain && shown == value) return shown;
  return fmt::format("\"{}\"", visible(backslashed_quotes(value)));
}

std::string text_fields(const std::vector<LogField>& fields) {
  std::string text;
  for (const LogField& field : fields)
    text += fmt::format(" {}={}", field.key, text_value(field.value));
  return text;
}

std::string json_code_point(CodePoint code_point, std::string_view text) {
  if (!code_point.valid) return "\\ufffd";
  switch (code_point.value) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  const auto number = static_cast<unsigned>(code_point.value);
  if (number < 0x20 || number == 0x7F) return fmt::format("\\u{:04x}", number);
  return std::string(text.substr(0, code_point.size));
}

std::string json_string(std::string_view text) {
  std::string json = "\"";
  while (!text.empty()) {
    const CodePoint next = front_code_point(text);
    json += json_code_point(next, text);
    text.remove_prefix(next.size);
  }
  return json + '"';
}

std::string json_line(LogLevel level, Instant now, std::string_view message,
                      const std::vector<LogField>& fields) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","message":{})", utc_time(now),
                                 level_name(level).name, json_string(message));
  for (const LogField& field : fields)
    line += fmt::format(",{}:{}", json_string(field.key), json_string(field.value));
  return line + "}\n";
}

}  // namespace

std::string format_log_line(LogFormat format, LogLevel level, Instant now, std::string_view message,
                            const std::vector<LogField>& fields) {
  if (format == LogFormat::json) return json_line(level, now, message, fields);
  const LevelName name = level_name(level);
  const std::string start = format == LogFormat::journald
                                ? fmt::format("<{}>", name.priority)
                                : fmt::format("{} {} ", utc_time(now), name.name);
  return fmt::format("{}{}{}\n", start, visible(message), text_fields(fields));
}

}  // namespace dsched
