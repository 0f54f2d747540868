#include "time/recurrence.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/core.h>

#include "base/text.h"
#include "time/ical_text.h"
#include "time/zone.h"

namespace dsched {
namespace {

constexpr std::array<std::string_view, 4> kFrequencies{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
constexpr std::array<std::string_view, 7> kWeekdays{"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
constexpr std::int32_t kEnd = days_from_civil(kLastYear + 1, 1, 1);

// The place of a word among words; -1 for none.
template <std::size_t N>
int place_of(const std::array<std::string_view, N>& words, std::string_view word) {
  const auto found = std::find(words.begin(), words.end(), word);
  return found == words.end() ? -1 : static_cast<int>(found - words.begin());
}

// A number that is not 0, with or without a sign, of up to limit.
std::optional<int> signed_number(std::string_view text, int limit) {
  const bool negative = text.substr(0, 1) == "-";
  if (negative || text.substr(0, 1) == "+") text.remove_prefix(1);
  const auto number = ical_number(text);
  if (!number || *number < 1 || *number > limit) return std::nullopt;
  return negative ? -*number : *number;
}

}  // namespace

Result<Recurrence> Recurrence::parse(std::string_view text, CivilDay start) {
  const std::string upper = ical_upper(trim(text));
  Recurrence rule;
  rule.start_ = start;
  bool known = upper.find("FREQ=") != std::string::npos;
  for (const std::string_view part : split(upper, ';')) {
    const std::size_t equals = part.find('=');
    known = known && equals != std::string_view::npos &&
            rule.read(part.substr(0, equals), part.substr(equals + 1));
  }
  if (known && rule.complete()) return rule;
  return Error{
      ErrorCode::unsupported,
      fmt::format("the repetition '{}' of an all-day event is not supported", visible(text)),
      "FREQ=DAILY to YEARLY with INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY and BYDAY is; list "
      "the "
      "days instead"};
}

bool Recurrence::read(std::string_view key, std::string_view value) {
  const auto number = ical_number(value);
  if (key == "FREQ") {
    const int place = place_of(kFrequencies, value);
    frequency_ = static_cast<Frequency>(std::max(place, 0));
    return place >= 0;
  }
  if (key == "INTERVAL") return (interval_ = number.value_or(0)) > 0;
  if (key == "COUNT") return (count_ = number.value_or(0)) > 0;
  if (key == "WKST") return (week_start_ = place_of(kWeekdays, value)) >= 0;
  if (key == "BYDAY") return read_weekdays(value);
  if (key == "UNTIL") {
    const auto day = ical_date(value);
    if (day) until_ = day_number(*day);
    return day.has_value();
  }
  for (const std::string_view item : split(value, ',')) {
    if (key == "BYMONTH") {
      const auto month = ical_number(item);
      if (!month || *month < 1 || *month > 12) return false;
      months_ |= 1u << *month;
    } else {
      const auto day = signed_number(item, 31);
      if (key != "BYMONTHDAY" || !day) return false;
      month_days_.push_back(*day);
    }
  }
  return true;
}

// MO, 1MO, -1MO
bool Recurrence::read_weekdays(std::string_view value) {
  for (const std::string_view item : split(value, ',')) {
    if (item.size() < 2) return false;
    const std::string_view ordinal = item.substr(0, item.size() - 2);
    const auto week = ordinal.empty() ? 0 : signed_number(ordinal, 5);
    const int weekday = place_of(kWeekdays, item.substr(item.size() - 2));
    if (!week || weekday < 0) return false;
    weekdays_.push_back({*week, weekday});
  }
  return true;
}

// Takes from the start what the rule leaves open. False for what has no meaning here.
bool Recurrence::complete() {
  const bool open = month_days_.empty() && weekdays_.empty();
  const bool by_month = frequency_ == Frequency::monthly || frequency_ == Frequency::yearly;
  const bool counted = std::any_of(weekdays_.begin(), weekdays_.end(),
                                   [](const Weekday& weekday) { return weekday.week != 0; });
  if (counted && !by_month) return false;
  if (frequency_ == Frequency::weekly && !month_days_.empty()) return false;
  if (frequency_ == Frequency::yearly && months_ == 0) {
    if (!open && (counted || month_days_ != std::vector<int>{start_.day})) return false;
    if (weekdays_.empty()) months_ = 1u << start_.month;
  }
  if (open && by_month) month_days_.push_back(start_.day);
  if (open && frequency_ == Frequency::weekly)
    weekdays_.push_back({0, weekday_of(day_number(start_))});
  return true;
}

std::vector<std::int32_t> Recurrence::days() const {
  std::vector<std::int32_t> days;
  std::int32_t day = day_number(start_);
  while (day < kEnd && day <= until_ && days.size() < static_cast<std::size_t>(count_)) {
    const CivilDay civil = civil_from_days(day);
    const bool month_counts = months_ == 0 || (months_ >> civil.month & 1) != 0;
    if (!month_counts) {
      day += days_in_month(civil.month, is_leap_year(civil.year)) - civil.day + 1;
      continue;
    }
    if (in_turn(civil, day) && matches(civil, day)) days.push_back(day);
    ++day;
  }
  return days;
}

std::int32_t Recurrence::start_of_week(std::int32_t day) const {
  return day - (weekday_of(day) - week_start_ + 7) % 7;
}

// It is an interval-th day, week, month or year.
bool Recurrence::in_turn(CivilDay civil, std::int32_t day) const {
  switch (frequency_) {
    case Frequency::daily:
      return (day - day_number(start_)) % interval_ == 0;
    case Frequency::weekly:
      return (start_of_week(day) - start_of_week(day_number(start_))) / 7 % interval_ == 0;
    case Frequency::monthly:
      return ((civil.year - start_.year) * 12 + civil.month - start_.month) % interval_ == 0;
    case Frequency::yearly:
      break;
  }
  return (civil.year - start_.year) % interval_ == 0;
}

bool Recurrence::matches(CivilDay civil, std::int32_t day) const {
  const int length = days_in_month(civil.month, is_leap_year(civil.year));
  const bool month_day =
      month_days_.empty() || std::any_of(month_days_.begin(), month_days_.end(), [&](int wanted) {
        return civil.day == (wanted > 0 ? wanted : length + 1 + wanted);
      });
  const bool weekday =
      weekdays_.empty() ||
      std::any_of(weekdays_.begin(), weekdays_.end(), [&](const Weekday& wanted) {
        const int week =
            wanted.week > 0 ? (civil.day - 1) / 7 + 1 : -((length - civil.day) / 7 + 1);
        return weekday_of(day) == wanted.weekday && (wanted.week == 0 || week == wanted.week);
      });
  return month_day && weekday;
}

}  // namespace dsched
