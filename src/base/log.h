#pragma once
// Structured log lines. Library code returns Results; only the top (daemon, supervisor, cli) logs.
// Never log a job's command line, environment or output: names and ids only.

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"

namespace dsched {

enum class LogLevel { error, warning, info, debug };
enum class LogFormat { text, json, journald };

struct LogField {
  std::string_view key;  // snake_case
  std::string value;
};

class Log {
 public:
  virtual ~Log() = default;
  // message: a short sentence in lower case without a final dot. Must be callable from one thread
  // only.
  virtual void write(LogLevel level, std::string_view message,
                     const std::vector<LogField>& fields) = 0;

  void error(std::string_view message, const std::vector<LogField>& fields = {}) {
    write(LogLevel::error, message, fields);
  }
  void warning(std::string_view message, const std::vector<LogField>& fields = {}) {
    write(LogLevel::warning, message, fields);
  }
  void info(std::string_view message, const std::vector<LogField>& fields = {}) {
    write(LogLevel::info, message, fields);
  }
  void debug(std::string_view message, const std::vector<LogField>& fields = {}) {
    write(LogLevel::debug, message, fields);
  }
};

// One line ending in a newline.
// text:     2026-11-20T17:12:00.114Z info run started job=sync-mail run=3kq2m9tx
// json:     {"time":"...","level":"info","message":"run started","job":"sync-mail",...}
// journald: <6>run started job=sync-mail run=...          (sd-daemon(3) priority prefix, no time)
std::string format_log_line(LogFormat format, LogLevel level, Instant now, std::string_view message,
                            const std::vector<LogField>& fields);

}  // namespace dsched
