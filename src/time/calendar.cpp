#include "time/calendar.h"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/core.h>

#include "base/text.h"
#include "time/civil.h"
#include "time/ical.h"

namespace dsched {
namespace {

using std::chrono::days;
using std::chrono::local_days;

struct MonthDay {
  int month, day;
};

std::optional<int> number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// MM-DD; 02-29 is a day of every year here.
std::optional<MonthDay> parse_month_day(std::string_view text) {
  if (text.size() != 5 || text[2] != '-') return std::nullopt;
  const auto month = number(text.substr(0, 2));
  const auto day = number(text.substr(3));
  if (!month || !day || *month < 1 || *month > 12) return std::nullopt;
  if (*day < 1 || *day > days_in_month(*month, true)) return std::nullopt;
  return MonthDay{*month, *day};
}

// YYYY-MM-DD
std::optional<local_days> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4));
  const auto month_day = parse_month_day(text.substr(5));
  if (!year || !month_day || month_day->day > days_in_month(month_day->month, is_leap_year(*year)))
    return std::nullopt;
  return local_days{days{days_from_civil(*year, month_day->month, month_day->day)}};
}

std::size_t yearly_bit(int month, int day) {
  return static_cast<std::size_t>((month - 1) * 32 + day);
}

Error not_a_date(std::string_view item) {
  return {ErrorCode::invalid, fmt::format("'{}' is not a date or range of dates", visible(item)),
          "write 2026-12-25, 2026-12-24..2027-01-02, or for every year 12-25, 12-24..01-02"};
}

}  // namespace

Result<void> Calendar::add(std::string_view item) {
  const std::size_t dots = item.find("..");
  const std::string_view first_text = trim(item.substr(0, dots));
  const std::string_view last_text =
      dots == std::string_view::npos ? first_text : trim(item.substr(dots + 2));
  const auto first = parse_date(first_text);
  const auto last = parse_date(last_text);
  if (first && last) {
    if (*last < *first) {
      return Error{ErrorCode::invalid, fmt::format("the range '{}' ends before it starts", item),
                   ""};
    }
    add_ranges({{*first, *last}});
    return {};
  }
  const auto from = parse_month_day(first_text);
  const auto to = parse_month_day(last_text);
  if (!from || !to) return not_a_date(item);
  const std::size_t end = yearly_bit(to->month, to->day);
  for (std::size_t bit = yearly_bit(from->month, from->day);; bit = (bit + 1) % yearly_.size()) {
    yearly_.set(bit);
    if (bit == end) return {};
  }
}

Result<void> Calendar::add_ics(std::string_view text) {
  DSCHED_TRY_ASSIGN(const std::vector<DayRange> events, all_day_events(text));
  add_ranges(events);
  return {};
}

void Calendar::add_ranges(const std::vector<DayRange>& ranges) {
  ranges_.insert(ranges_.end(), ranges.begin(), ranges.end());
  std::sort(ranges_.begin(), ranges_.end(),
            [](const DayRange& a, const DayRange& b) { return a.first < b.first; });
  std::vector<DayRange> merged;
  for (const DayRange& range : ranges_) {
    if (!merged.empty() && range.first <= merged.back().last + days{1}) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  ranges_ = std::move(merged);
}

bool Calendar::contains(local_days day) const {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), day,
                       [](local_days d, const DayRange& range) { return d < range.first; });
  if (after != ranges_.begin() && day <= std::prev(after)->last) return true;
  if (yearly_.none()) return false;
  const CivilDay civil = civil_from_days(static_cast<std::int32_t>(day.time_since_epoch().count()));
  return yearly_[yearly_bit(civil.month, civil.day)];
}

}  // namespace dsched
