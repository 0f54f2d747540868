#include "time/ical.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "time/civil.h"
#include "time/zone.h"

namespace dsched {
namespace {

using std::chrono::days;
using std::chrono::local_days;

// A content line: NAME;PARAM=VALUE;...:VALUE
struct Line {
  std::string name;  // upper case
  std::string parameters;
  std::string value;
};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

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
  return {upper(head.substr(0, semicolon)), upper(parameters),
          colon == std::string::npos ? "" : text.substr(colon + 1)};
}

std::optional<int> number_of(std::string_view digits) {
  int value = 0;
  if (digits.empty() || digits.size() > 6) return std::nullopt;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// YYYYMMDD, and whatever time of day follows it
std::optional<CivilDay> parse_ical_date(std::string_view text) {
  if (text.size() < 8) return std::nullopt;
  const auto year = number_of(text.substr(0, 4));
  const auto month = number_of(text.substr(4, 2));
  const auto day = number_of(text.substr(6, 2));
  if (!year || !month || !day || *month < 1 || *month > 12) return std::nullopt;
  if (*day < 1 || *day > days_in_month(*month, is_leap_year(*year))) return std::nullopt;
  return CivilDay{*year, *month, *day};
}

std::int32_t day_number(CivilDay day) {
  return days_from_civil(day.year, day.month, day.day);
}

struct Event {
  bool all_day = false;
  CivilDay start{};
  std::optional<std::int32_t> end;       // the first day after it
  std::optional<std::int32_t> duration;  // in days
  std::string rule;
  std::vector<std::int32_t> left_out;
};

struct YearlyRule {
  int interval = 1;
  int count = std::numeric_limits<int>::max();
  std::int32_t until = std::numeric_limits<std::int32_t>::max();
};

Error unsupported_rule(std::string_view rule) {
  return {ErrorCode::unsupported,
          fmt::format("the repetition '{}' of an all-day event is not supported", visible(rule)),
          "only FREQ=YEARLY with INTERVAL, COUNT and UNTIL is; list the days instead"};
}

Result<YearlyRule> parse_rule(const std::string& text, CivilDay start) {
  YearlyRule rule;
  bool yearly = false;
  for (const std::string_view part : split(text, ';')) {
    const std::size_t equals = part.find('=');
    const std::string key = upper(part.substr(0, equals));
    const std::string_view value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
    if (key == "FREQ") {
      yearly = upper(value) == "YEARLY";
    } else if (key == "INTERVAL" && number_of(value).value_or(0) > 0) {
      rule.interval = *number_of(value);
    } else if (key == "COUNT" && number_of(value)) {
      rule.count = *number_of(value);
    } else if (key == "UNTIL" && parse_ical_date(value)) {
      rule.until = day_number(*parse_ical_date(value));
    } else {
      const bool says_nothing_new = (key == "BYMONTH" && number_of(value) == start.month) ||
                                    (key == "BYMONTHDAY" && number_of(value) == start.day) ||
                                    key == "WKST";
      if (!says_nothing_new) return unsupported_rule(text);
    }
  }
  if (!yearly) return unsupported_rule(text);
  return rule;
}

class CalendarReader {
 public:
  Result<std::vector<DayRange>> read(std::string_view text) {
    bool calendar = false;
    for (const std::string& content : unfolded(text)) {
      const Line line = parse_line(content);
      const std::string value = upper(trim(line.value));
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
      const std::string value = upper(line.value);
      const bool days_or_weeks =
          value.size() > 2 && value.front() == 'P' && (value.back() == 'D' || value.back() == 'W');
      const auto count = days_or_weeks
                             ? number_of(std::string_view(value).substr(1, value.size() - 2))
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
    const auto day = parse_ical_date(text);
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
    DSCHED_TRY_ASSIGN(const YearlyRule rule, parse_rule(event.rule, event.start));
    int left = rule.count;
    for (int year = event.start.year; year <= kLastYear && left > 0; year += rule.interval) {
      if (event.start.day > days_in_month(event.start.month, is_leap_year(year))) continue;
      const std::int32_t day = days_from_civil(year, event.start.month, event.start.day);
      if (day > rule.until) break;
      --left;
      if (std::find(event.left_out.begin(), event.left_out.end(), day) == event.left_out.end())
        add(day, length);
    }
    return {};
  }

  void add(std::int32_t first, std::int32_t length) {
    ranges_.push_back({local_days{days{first}}, local_days{days{first + length - 1}}});
  }

  std::optional<Event> event_;
  std::vector<DayRange> ranges_;
};

}  // namespace

Result<std::vector<DayRange>> all_day_events(std::string_view text) {
  return CalendarReader().read(text);
}

}  // namespace dsched
