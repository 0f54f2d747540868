#include "time/ical.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "time/ical_text.h"
#include "time/recurrence.h"

namespace dsched {
namespace {

// A content line: NAME;PARAM=VALUE;...:VALUE
struct Line {
  std::string name;  // upper case
  std::string parameters;
  std::string value;
};

// Joins folded lines: a line that starts with a blank goes on from the one before.
std::vector<std::string> unfolded(std::string_view text) {
  std::vector<std::string> lines;
  for (std::string_view line : split(text, '\n')) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const bool goes_on =
        !line.empty() && (line.front() == ' ' || line.front() == '\t') && !lines.empty();
    if (goes_on) {
      lines.back() += line.substr(1);
    } else {
      lines.emplace_back(line);
    }
  }
  return lines;
}

Line parse_line(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string_view head = std::string_view(text).substr(0, colon);
  const std::size_t semicolon = head.find(';');
  const std::string_view parameters =
      semicolon == std::string_view::npos ? "" : head.substr(semicolon + 1);
  return {ical_upper(head.substr(0, semicolon)), ical_upper(parameters),
          colon == std::string::npos ? "" : text.substr(colon + 1)};
}

struct Event {
  bool all_day = false;
  CivilDay start{};
  std::optional<std::int32_t> end;       // the first day after it
  std::optional<std::int32_t> duration;  // in days
  std::string rule;
  std::vector<std::int32_t> left_out;
};

class CalendarReader {
 public:
  Result<std::vector<DayRange>> read(std::string_view text) {
    bool calendar = false;
    for (const std::string& content : unfolded(text)) {
      const Line line = parse_line(content);
      const std::string value = ical_upper(trim(line.value));
      calendar = calendar || (line.name == "BEGIN" && value == "VCALENDAR");
      if (line.name == "BEGIN" && value == "VEVENT") {
        event_ = Event{};
      } else if (line.name == "END" && value == "VEVENT" && event_) {
        DSCHED_TRY(finish());
      } else if (event_) {
        DSCHED_TRY(property(line));
      }
    }
    if (!calendar)
      return Error{ErrorCode::invalid, "this is not an iCalendar file",
                   "it has to begin with BEGIN:VCALENDAR"};
    return std::move(ranges_);
  }

 private:
  Result<void> property(const Line& line) {
    if (line.name == "DTSTART") {
      event_->all_day = line.parameters.find("VALUE=DATE") != std::string::npos &&
                        line.parameters.find("VALUE=DATE-TIME") == std::string::npos;
      DSCHED_TRY_ASSIGN(event_->start, date(line.value));
    } else if (line.name == "DTEND") {
      DSCHED_TRY_ASSIGN(const CivilDay end, date(line.value));
      event_->end = day_number(end);
    } else if (line.name == "DURATION") {
      const std::string value = ical_upper(line.value);
      const bool days_or_weeks =
          value.size() > 2 && value.front() == 'P' && (value.back() == 'D' || value.back() == 'W');
      const auto count = days_or_weeks
                             ? ical_number(std::string_view(value).substr(1, value.size() - 2))
                             : std::nullopt;
      if (count) event_->duration = *count * (value.back() == 'W' ? 7 : 1);
    } else if (line.name == "RRULE") {
      event_->rule = line.value;
    } else if (line.name == "EXDATE") {
      for (const std::string_view text : split(line.value, ',')) {
        DSCHED_TRY_ASSIGN(const CivilDay day, date(text));
        event_->left_out.push_back(day_number(day));
      }
    }
    return {};
  }

  static Result<CivilDay> date(std::string_view text) {
    const auto day = ical_date(text);
    if (!day)
      return Error{ErrorCode::invalid,
                   fmt::format("'{}' is not a date of an iCalendar file", visible(text)), ""};
    return *day;
  }

  Result<void> finish() {
    const Event event = std::move(*event_);
    event_.reset();
    if (!event.all_day) return {};
    const std::int32_t start = day_number(event.start);
    const std::int32_t length =
        std::max(event.end ? *event.end - start : event.duration.value_or(1), 1);
    if (event.rule.empty()) {
      add(start, length);
      return {};
    }
    DSCHED_TRY_ASSIGN(const Recurrence rule, Recurrence::parse(event.rule, event.start));
    for (const std::int32_t day : rule.days()) {
      if (std::find(event.left_out.begin(), event.left_out.end(), day) == event.left_out.end())
        add(day, length);
    }
    return {};
  }

  void add(std::int32_t first, std::int32_t length) {
    const auto local_day = [](std::int32_t day) {
      return std::chrono::local_days{std::chrono::days{day}};
    };
    ranges_.push_back({local_day(first), local_day(first + length - 1)});
  }

  std::optional<Event> event_;
  std::vector<DayRange> ranges_;
};

}  // namespace

Result<std::vector<DayRange>> all_day_events(std::string_view text) {
  return CalendarReader().read(text);
}

}  // namespace dsched
