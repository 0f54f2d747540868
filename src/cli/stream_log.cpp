#include "cli/stream_log.h"

#include <string>

#include <unistd.h>

namespace dsched {
namespace {

class StreamLog final : public Log {
 public:
  StreamLog(LogFormat format, LogLevel level, Clock& clock)
      : format_(format), level_(level), clock_(clock) {}

  // A log that cannot be written must not stop the scheduler, so faults are dropped.
  void write(LogLevel level, std::string_view message,
             const std::vector<LogField>& fields) override {
    if (level > level_) return;
    const std::string line = format_log_line(format_, level, clock_.now(), message, fields);
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  }

 private:
  LogFormat format_;
  LogLevel level_;
  Clock& clock_;
};

}  // namespace

std::unique_ptr<Log> make_stream_log(LogFormat format, LogLevel level, Clock& clock) {
  return std::make_unique<StreamLog>(format, level, clock);
}

}  // namespace dsched
