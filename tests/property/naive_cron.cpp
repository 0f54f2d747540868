#include "property/naive_cron.h"

#include <algorithm>
#include <sstream>

namespace naive {
namespace {

constexpr std::int64_t kLongestSummerTime = 180 * 60;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

int to_number(const std::string& text) {
  static const std::string kNames[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "",
                                       "",    "",    "",    "JAN", "FEB", "MAR", "APR", "MAY",
                                       "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
  std::string upper = text;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (int i = 0; i < 23; ++i) {
    if (!upper.empty() && kNames[i] == upper) return i < 7 ? i : i - 10;
  }
  return std::stoi(text);
}

// All values that a range with its step names, in a cycle from low to high.
std::vector<int> values(const std::string& item, int low, int high) {
  const std::string range = item.substr(0, item.find('/'));
  const int step =
      item.find('/') == std::string::npos ? 1 : std::stoi(item.substr(item.find('/') + 1));
  const bool weekday = low == 0 && high == 6;
  int first = low;
  int last = high;
  if (range != "*" && range != "?") {
    const std::size_t dash = range.find('-');
    first = to_number(range.substr(0, dash));
    if (dash != std::string::npos) {
      last = to_number(range.substr(dash + 1));
      if (weekday && first == 7) {
        first = 0;
        if (last == 7) last = 0;
      }
    } else if (item.find('/') == std::string::npos) {
      last = first;
    } else if (weekday) {
      first %= 7;
    }
  }
  std::vector<int> result;
  int value = first;
  for (int i = 0;; ++i) {
    if (i % step == 0) result.push_back(weekday ? value % 7 : value);
    if (value == last) return result;
    value = value >= high && !(weekday && last == 7) ? low : value + 1;
  }
}

std::set<int> all_values(const std::string& field, int low, int high) {
  std::set<int> all;
  for (const std::string& item : split(field, ',')) {
    for (const int value : values(item, low, high)) all.insert(value);
  }
  return all;
}

int month_length(const std::tm& day) {
  const int year = day.tm_year + 1900;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const int lengths[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return lengths[day.tm_mon];
}

// The weekday (Monday to Friday) nearest to a day of the month of `today`; the earlier one of two
// as near.
int nearest_weekday(int day, const std::tm& today) {
  for (int distance = 0;; ++distance) {
    for (const int candidate : {day - distance, day + distance}) {
      const int weekday = ((today.tm_wday + candidate - today.tm_mday) % 7 + 7) % 7;
      if (candidate >= 1 && candidate <= month_length(today) && weekday != 0 && weekday != 6)
        return candidate;
    }
  }
}

// L, L-n, LW, L-nW, nW
bool special_day_matches(const std::string& item, const std::tm& today) {
  const int last = month_length(today);
  const bool nearest = item.back() == 'W';
  const std::string rest = nearest ? item.substr(0, item.size() - 1) : item;
  int day = 0;
  if (rest.front() == 'L') {
    day = last - (rest.size() > 1 ? std::stoi(rest.substr(2)) : 0);
  } else {
    day = std::stoi(rest);
  }
  if (day < 1 || day > last) return false;
  return today.tm_mday == (nearest ? nearest_weekday(day, today) : day);
}

// wL, w#n, w#L
bool special_weekday_matches(const std::string& item, const std::tm& today) {
  const std::size_t mark = item.find('#');
  const std::string name = item.substr(0, mark != std::string::npos ? mark : item.size() - 1);
  if (to_number(name) % 7 != today.tm_wday) return false;
  if (item.back() == 'L') return today.tm_mday + 7 > month_length(today);
  return (today.tm_mday - 1) / 7 + 1 == std::stoi(item.substr(mark + 1));
}

bool is_special_day(const std::string& item) {
  return item.front() == 'L' || item.back() == 'W';
}
bool is_special_weekday(const std::string& item) {
  return item.find('#') != std::string::npos || item.back() == 'L';
}

// Sorts the items of a list: plain ones become values, special ones are kept.
template <class IsSpecial>
void sort_items(const std::string& field, int low, int high, IsSpecial is_special,
                std::set<int>& plain, std::vector<std::string>& special) {
  for (const std::string& item : split(field, ',')) {
    if (is_special(item)) {
      special.push_back(item);
    } else {
      for (const int value : values(item, low, high)) plain.insert(value);
    }
  }
}

bool starts_with_star(const std::string& field) {
  return field.front() == '*' || field.front() == '?';
}

std::tm local_time(std::int64_t instant) {
  const std::time_t seconds = instant;
  std::tm local{};
  localtime_r(&seconds, &local);
  return local;
}

// The same reading of a clock as if it were UTC: calendar arithmetic without any zone.
std::tm plain_time(std::int64_t instant) {
  const std::time_t seconds = instant;
  std::tm plain{};
  gmtime_r(&seconds, &plain);
  return plain;
}

}  // namespace

Cron::Cron(const std::string& expression) {
  std::istringstream in(expression);
  std::vector<std::string> fields;
  for (std::string field; in >> field;) fields.push_back(field);
  if (fields.size() > 6 && fields[6] != "*") years_ = all_values(fields[6], 1970, 2199);
  seconds_ = {0};
  if (fields.size() > 5) {
    seconds_ = all_values(fields.front(), 0, 59);
    fields.erase(fields.begin());
  }
  minutes_ = all_values(fields[0], 0, 59);
  hours_ = all_values(fields[1], 0, 23);
  wildcard_ = starts_with_star(fields[0]) || starts_with_star(fields[1]);
  months_ = all_values(fields[3], 1, 12);
  const bool plus = fields[4].front() == '+';
  both_ = plus || starts_with_star(fields[2]) || starts_with_star(fields[4]);
  sort_items(fields[2], 1, 31, is_special_day, days_, special_days_);
  sort_items(plus ? fields[4].substr(1) : fields[4], 0, 6, is_special_weekday, weekdays_,
             special_weekdays_);
}

bool Cron::day_matches(const std::tm& today) const {
  if (months_.count(today.tm_mon + 1) == 0) return false;
  if (!years_.empty() && years_.count(today.tm_year + 1900) == 0) return false;
  const bool day =
      days_.count(today.tm_mday) > 0 ||
      std::any_of(special_days_.begin(), special_days_.end(),
                  [&](const std::string& item) { return special_day_matches(item, today); });
  const bool weekday =
      weekdays_.count(today.tm_wday) > 0 ||
      std::any_of(special_weekdays_.begin(), special_weekdays_.end(),
                  [&](const std::string& item) { return special_weekday_matches(item, today); });
  return both_ ? day && weekday : day || weekday;
}

bool Cron::minute_matches(const std::tm& local) const {
  if (minutes_.count(local.tm_min) == 0 || hours_.count(local.tm_hour) == 0) return false;
  return day_matches(local);
}

std::vector<std::int64_t> Cron::firings(std::int64_t after, std::int64_t not_after,
                                        Rules rules) const {
  const bool make_up = rules.gap_after && (!wildcard_ || rules.gap_set);
  const bool once = !wildcard_ && !rules.repeat_both;
  std::vector<std::int64_t> result;
  const std::int64_t start =
      (after - 6 * 3600) / 60 * 60;  // early enough to see a fold that is going on
  std::int64_t offset = local_time(start).tm_gmtoff;
  std::int64_t silent_until = start;
  for (std::int64_t at = start; at <= not_after; at += 60) {
    const std::tm local = local_time(at);
    const std::int64_t change = local.tm_gmtoff - offset;
    offset = local.tm_gmtoff;
    bool made_up = false;
    if (change > 0 && change <= kLongestSummerTime && make_up) {
      for (std::int64_t lost = at + offset - change; lost < at + offset; lost += 60) {
        made_up = made_up || minute_matches(plain_time(lost));
      }
    }
    if (change < 0 && -change <= kLongestSummerTime && once) silent_until = at - change;
    const bool match = at >= silent_until && minute_matches(local);
    if (made_up && !(match && *seconds_.begin() == 0)) result.push_back(at);
    if (!match) continue;
    for (const int second : seconds_) result.push_back(at + second);
  }
  const auto outside = [&](std::int64_t at) { return at <= after || at > not_after; };
  result.erase(std::remove_if(result.begin(), result.end(), outside), result.end());
  return result;
}

}  // namespace naive
