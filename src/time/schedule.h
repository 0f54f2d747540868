#pragma once
// One schedule expression: what people write (cron fields, nicknames, intervals, instants), checked
// and compiled. cron.md describes the dialect.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/instant.h"
#include "time/pattern.h"

namespace dsched {

class Zone;

// Something wrong (error) or doubtful (warning) in the text of a schedule.
struct ScheduleIssue {
  Severity severity = Severity::error;
  std::string code;       // "E304"
  std::string message;    // "hour 25 does not exist"
  std::size_t begin = 0;  // byte offsets in the text; begin < end unless the text is empty
  std::size_t end = 0;
  std::string label;  // beside the caret: "hours are 0 to 23"
  std::vector<std::string> help;
  std::string replacement;  // to write instead of [begin, end); may be empty
};

enum class Dialect : std::uint8_t {
  dsched,   // 5, 6 (seconds first) or 7 fields (year last), nicknames, intervals, instants
  crontab,  // 5 fields and nicknames
  quartz,   // 6 or 7 fields, days of the week counted 1 (Sunday) to 7
};

struct ScheduleContext {
  using Dialect = dsched::Dialect;
  std::string_view job_name;  // draws the values of H and ~
  std::string_view host;      // draws the values of ~
  Dialect dialect = Dialect::dsched;
  std::shared_ptr<const Zone> zone;  // for warnings about its clock changes; may be null
};

class Schedule {
  class Key {
    friend class ScheduleParser;
    Key() = default;
  };

 public:
  enum class Kind : std::uint8_t {
    pattern,  // local times: cron fields, nicknames, intervals that divide a day or are whole days
    every,    // every so many seconds of real time, whatever clocks show
    once,     // one instant
    boot,     // @reboot: no instants
  };

  // For the parser, which makes it in its place.
  Schedule(Key, std::string_view text, Dialect dialect) : text_(text), dialect_(dialect) {}

  struct Parsed;
  static Parsed parse(std::string_view text, const ScheduleContext& context);

  const std::string& text() const { return text_; }
  Kind kind() const { return kind_; }
  Dialect dialect() const { return dialect_; }
  bool on_boot() const { return kind_ == Kind::boot; }
  // An interval below a day ("every 15m"), which goes on by real time when the wall clock moves.
  bool is_interval() const {
    return kind_ == Kind::every || (kind_ == Kind::pattern && pattern_.time().is_step());
  }

  const Pattern& pattern() const { return pattern_; }  // Requires: kind() == pattern
  std::chrono::seconds period() const {
    return std::chrono::seconds{period_or_instant_};
  }  // Requires: kind() == every
  std::chrono::seconds phase() const {
    return std::chrono::seconds{phase_or_flag_};
  }                                                           // Requires: kind() == every
  LocalSecond instant() const { return period_or_instant_; }  // Requires: kind() == once
  // Of an instant: it was given with its UTC offset, so instant() is Unix time in every zone.
  bool has_offset() const { return phase_or_flag_ != 0; }

 private:
  friend class ScheduleParser;
  std::string text_;
  Pattern pattern_;
  std::int64_t period_or_instant_ = 0;  // period or instant
  std::int64_t phase_or_flag_ = 0;      // phase or has_offset
  Kind kind_ = Kind::pattern;
  Dialect dialect_;
};

struct Schedule::Parsed {
  Parsed() {}  // not "= default", as GCC then clears the room for the schedule as well

  std::optional<Schedule> schedule;   // none if an issue is an error
  std::vector<ScheduleIssue> issues;  // in the order of the text
};

}  // namespace dsched
