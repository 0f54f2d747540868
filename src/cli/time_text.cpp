#include "cli/time_text.h"

#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/rfc3339.h"
#include "base/text.h"

namespace dsched {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Local = std::chrono::local_seconds;
using LocalDay = std::chrono::local_days;

constexpr const char* kDayNames[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* kMonthNames[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

Local local_time(Instant instant, const Zone& zone) {
  const Second second = floor_second(instant);
  return Local{second.time_since_epoch() + zone.at(second).utc_offset};
}

struct Civil {
  int year;
  unsigned month, day;
  const char* weekday;
  int hour, minute, second;
};

Civil civil(Local local) {
  const LocalDay day = floor<days>(local);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{local - day};
  return {
      static_cast<int>(date.year()),           static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()),       kDayNames[std::chrono::weekday{day}.c_encoding()],
      static_cast<int>(time.hours().count()),  static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count())};
}

Instant to_instant(Local local, const Zone& zone) {
  const Second as_utc{local.time_since_epoch()};
  const seconds before = zone.at(as_utc - days{1}).utc_offset;
  const seconds after = zone.at(as_utc + days{1}).utc_offset;
  for (const seconds offset : {before, after}) {
    if (zone.at(as_utc - offset).utc_offset == offset) return as_utc - offset;
  }
  return as_utc - before;
}

// Exactly `digits` digits from the front of text.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<LocalDay> take_date(std::string_view& text) {
  const std::optional<int> year = take_number(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const std::optional<int> month = take_number(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const std::optional<int> day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return LocalDay{date};
}

std::optional<seconds> take_time_of_day(std::string_view& text) {
  const std::optional<int> hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const std::optional<int> minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::optional<int> second = 0;
  if (take(text, ":")) second = take_number(text, 2);
  if (!second || *second > 59) return std::nullopt;
  return hours{*hour} + minutes{*minute} + seconds{*second};
}

// Date, time of day or both, in local time.
std::optional<Local> parse_local(std::string_view text, LocalDay today) {
  std::string_view rest = text;
  if (const std::optional<seconds> time = take_time_of_day(rest); time && rest.empty())
    return today + *time;
  rest = text;
  const std::optional<LocalDay> day = take_date(rest);
  if (!day) return std::nullopt;
  if (rest.empty()) return Local{*day};
  if (!take(rest, "T ")) return std::nullopt;
  const std::optional<seconds> time = take_time_of_day(rest);
  if (!time || !rest.empty()) return std::nullopt;
  return *day + *time;
}

std::optional<LocalDay> named_day(std::string_view text, LocalDay today) {
  if (text == "today") return today;
  if (text == "yesterday") return today - days{1};
  if (text == "tomorrow") return today + days{1};
  return std::nullopt;
}

std::optional<Instant> parse_unix(std::string_view text) {
  if (!take(text, "@") || text.empty() || text.size() > 11) return std::nullopt;
  const std::optional<int> high = take_number(text, text.size() > 9 ? text.size() - 9 : 0);
  const std::optional<int> low = take_number(text, text.size());
  if (!high || !low) return std::nullopt;
  return Instant{seconds{std::int64_t{*high} * 1'000'000'000 + *low}};
}

Result<Instant> parse_offset(std::string_view text, Instant now) {
  DSCHED_TRY_ASSIGN(const Duration distance, parse_duration(text.substr(1)));
  return text.front() == '-' ? now - distance : now + distance;
}

std::string time_of_day(const Civil& at) {
  return at.second == 0 ? fmt::format("{:02}:{:02}", at.hour, at.minute)
                        : fmt::format("{:02}:{:02}:{:02}", at.hour, at.minute, at.second);
}

}  // namespace

Result<Instant> parse_time(std::string_view text, const Zone& zone, Instant now) {
  const LocalDay today = floor<days>(local_time(now, zone));
  if (text == "now") return now;
  if (const auto day = named_day(text, today)) return to_instant(Local{*day}, zone);
  if (const auto instant = parse_unix(text)) return *instant;
  if (text.size() > 1 && (text.front() == '-' || text.front() == '+'))
    return parse_offset(text, now);
  if (const auto local = parse_local(text, today)) return to_instant(*local, zone);
  if (Result<Instant> instant = parse_rfc3339(text)) return instant;
  return Error{ErrorCode::invalid, fmt::format("'{}' is no time", text),
               "write 2026-11-20, 2026-11-20T02:15, 02:15, now, yesterday, -2h or @1795191120"};
}

std::string TimeView::rfc3339(Instant instant) const {
  const seconds offset = zone_->at(floor_second(instant)).utc_offset;
  return format_rfc3339(instant, offset, zone_->name() == "UTC");
}

std::string TimeView::full(Instant instant) const {
  const Civil at = civil(local_time(instant, *zone_));
  return fmt::format("{} {:04}-{:02}-{:02} {}", at.weekday, at.year, at.month, at.day,
                     time_of_day(at));
}

std::string TimeView::date_time(Instant instant) const {
  const Civil at = civil(local_time(instant, *zone_));
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", at.year, at.month, at.day, at.hour,
                     at.minute, at.second);
}

std::string TimeView::upcoming(Instant instant) const {
  const Local local = local_time(instant, *zone_);
  const days distance = floor<days>(local) - floor<days>(local_time(now_, *zone_));
  const Civil at = civil(local);
  if (distance.count() == 0) return time_of_day(at);
  if (distance.count() > 0 && distance.count() < 7)
    return fmt::format("{} {}", at.weekday, time_of_day(at));
  if (distance.count() > 0 && distance.count() < 180)
    return fmt::format("{} {} {}", at.weekday, at.day, kMonthNames[at.month - 1]);
  return fmt::format("{:04}-{:02}-{:02}", at.year, at.month, at.day);
}

std::string TimeView::past(Instant instant) const {
  const Local local = local_time(instant, *zone_);
  const days distance = floor<days>(local_time(now_, *zone_)) - floor<days>(local);
  const Civil at = civil(local);
  if (distance.count() == 0 && now_ - instant < hours{12}) return time_of_day(at);
  if (distance.count() == 0) return fmt::format("today {}", time_of_day(at));
  if (distance.count() == 1) return fmt::format("yesterday {}", time_of_day(at));
  if (distance.count() > 0 && distance.count() < 7)
    return fmt::format("{} {}", at.weekday, time_of_day(at));
  if (distance.count() > 0 && distance.count() < 180)
    return fmt::format("{} {} {}", at.weekday, at.day, kMonthNames[at.month - 1]);
  return fmt::format("{:04}-{:02}-{:02}", at.year, at.month, at.day);
}

std::string TimeView::abbreviation(Instant instant) const {
  return std::string(zone_->at(floor_second(instant)).abbreviation);
}

std::string TimeView::relative(Instant instant) const {
  return relative_duration(instant - now_);
}

}  // namespace dsched
