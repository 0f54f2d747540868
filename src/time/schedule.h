#pragma once
// One schedule expression: what people write (cron fields, nicknames, intervals, instants), checked
// and compiled. cron.md describes the dialect.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
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
  quartz,   // 6 or 7 fields, days of the week counted 1 (Sunday) to 7; else as dsched
};

// As people write them, in the order of Dialect.
inline constexpr std::string_view kDialectNames[] = {"dsched", "crontab", "quartz"};

struct ScheduleContext {
  using Dialect = dsched::Dialect;
  std::string_view job_name;  // draws the values of H and ~
  std::string_view host;      // draws the values of ~
  Dialect dialect = Dialect::dsched;
};

class Schedule {
 public:
  enum class Kind : std::uint8_t {
    pattern,  // local times: cron fields, nicknames, intervals that divide a day or are whole days
    every,    // every so many seconds of real time, whatever clocks show
    once,     // one instant
    boot,     // @reboot: no instants
  };
  struct Every {
    std::chrono::seconds period, phase;
  };
  struct Once {
    LocalSecond instant;
    bool has_offset;  // given with its UTC offset: instant is Unix time in every zone
  };
  struct Boot {};

  explicit Schedule(Pattern pattern) : meaning_(std::move(pattern)) {}
  explicit Schedule(Every every) : meaning_(every) {}
  explicit Schedule(Once once) : meaning_(once) {}
  explicit Schedule(Boot boot) : meaning_(boot) {}

  struct Parsed;
  static Parsed parse(std::string_view text, const ScheduleContext& context);

  Kind kind() const { return static_cast<Kind>(meaning_.index()); }
  bool on_boot() const { return kind() == Kind::boot; }
  // An interval below a day ("every 15m"), which goes on by real time when the wall clock moves.
  bool is_interval() const {
    return kind() == Kind::every || (kind() == Kind::pattern && pattern().time().is_step());
  }

  // Each requires its kind().
  const Pattern& pattern() const { return *std::get_if<Pattern>(&meaning_); }
  const Every& every() const { return *std::get_if<Every>(&meaning_); }
  const Once& once() const { return *std::get_if<Once>(&meaning_); }

 private:
  std::variant<Pattern, Every, Once, Boot> meaning_;  // in the order of Kind
};
static_assert(sizeof(Schedule) <= 64);

struct Schedule::Parsed {
  std::optional<Schedule> schedule;   // none if there are errors
  std::vector<ScheduleIssue> errors;  // in the order of the text
};

// What is doubtful about a text that is right, in the order of the text; nothing about one that is
// wrong. With a zone also what its clock changes do to the schedule.
std::vector<ScheduleIssue> schedule_warnings(std::string_view text, const ScheduleContext& context,
                                             const Zone* zone);

}  // namespace dsched
