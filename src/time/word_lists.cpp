#include "time/word_lists.h"

#include <bit>

#include <fmt/core.h>

namespace dsched {
namespace {

constexpr std::string_view kMonthNames[] = {
    "",     "January", "February",  "March",   "April",    "May",     "June",
    "July", "August",  "September", "October", "November", "December"};
constexpr std::string_view kWeekdayNames[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                              "Thursday", "Friday", "Saturday"};
constexpr std::string_view kOrdinalWords[] = {"", "first", "second", "third", "fourth", "fifth"};

// The days before the last day of the month, which is 0: "the last day", "the 3rd day before the
// last".
std::string before_last(int before, std::string_view kind) {
  if (before == 0) return fmt::format("the last {}", kind);
  return fmt::format("the {} {} before the last", ordinal(before), kind);
}

}  // namespace

std::string_view month_name(int month) {
  return kMonthNames[month];
}
std::string_view weekday_name(int weekday) {
  return kWeekdayNames[weekday];
}

std::string ordinal(int number) {
  const bool teen = number % 100 / 10 == 1;
  const int digit = number % 10;
  const std::string_view ending = teen         ? "th"
                                  : digit == 1 ? "st"
                                  : digit == 2 ? "nd"
                                  : digit == 3 ? "rd"
                                               : "th";
  return fmt::format("{}{}", number, ending);
}

std::string ordinal_word(int number) {
  return number >= 1 && number <= 5 ? std::string(kOrdinalWords[number]) : ordinal(number);
}

std::string clock_text(std::int64_t second_of_day) {
  const std::string text =
      fmt::format("{:02}:{:02}", second_of_day / 3600, second_of_day / 60 % 60);
  return second_of_day % 60 == 0 ? text : fmt::format("{}:{:02}", text, second_of_day % 60);
}

std::string enumerate(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
    text += items[i];
  }
  return text;
}

std::vector<int> values_of(std::uint64_t bits) {
  std::vector<int> values;
  for (; bits != 0; bits &= bits - 1) values.push_back(std::countr_zero(bits));
  return values;
}

int even_step(const std::vector<int>& values) {
  if (values.size() < 3) return 0;
  const int step = values[1] - values[0];
  for (std::size_t i = 2; i < values.size(); ++i) {
    if (values[i] - values[i - 1] != step) return 0;
  }
  return step;
}

std::string describe_numbers(std::uint64_t bits) {
  const std::vector<int> values = values_of(bits);
  const int step = even_step(values);
  if (step > 1 && values.size() > 4) {
    return fmt::format("every {} from {} to {}", ordinal(step), values.front(), values.back());
  }
  std::vector<std::string> items;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::size_t last = i;
    while (last + 1 < values.size() && values[last + 1] == values[last] + 1) ++last;
    const bool run = last >= i + 2;
    items.push_back(run ? fmt::format("{} to {}", values[i], values[last])
                        : std::to_string(values[i]));
    if (run) i = last;
  }
  return enumerate(items);
}

std::string describe_months(std::uint64_t bits) {
  std::vector<std::string> items;
  const std::vector<int> values = values_of(bits);
  if (even_step(values) == 1)
    return fmt::format("{} to {}", month_name(values.front()), month_name(values.back()));
  for (const int month : values) items.emplace_back(month_name(month));
  return enumerate(items);
}

std::string describe_weekdays(std::uint64_t bits) {
  const std::uint64_t from_monday = (bits & 0x7e) >> 1 | (bits & 1) << 6;
  const auto name = [](int value) { return std::string(weekday_name((value + 1) % 7)); };
  const std::vector<int> values = values_of(from_monday);
  if (even_step(values) == 1) return name(values.front()) + " to " + name(values.back());
  std::vector<std::string> items;
  for (const int value : values) items.push_back(name(value));
  return enumerate(items);
}

std::vector<std::string> describe_special_days(const SpecialDays& special) {
  std::vector<std::string> items;
  for (const int before : values_of(special.from_last)) items.push_back(before_last(before, "day"));
  for (const int before : values_of(special.weekday_from_last)) {
    items.push_back(before == 0
                        ? "the last weekday"
                        : fmt::format("the weekday nearest to {}", before_last(before, "day")));
  }
  for (const int day : values_of(special.nearest_weekday)) {
    items.push_back(fmt::format("the weekday nearest to day {}", day));
  }
  return items;
}

std::vector<std::string> describe_nth_weekdays(const SpecialDays& special) {
  std::vector<std::string> items;
  for (const int bit : values_of(special.nth)) {
    const int week = bit / 8 + 1;
    items.push_back(
        fmt::format("the {} {}", week == 6 ? "last" : ordinal_word(week), weekday_name(bit % 8)));
  }
  return items;
}

std::string describe_years(const SpecialDays& special) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < special.years.size(); ++i) {
    if (!special.years[i]) continue;
    std::size_t last = i;
    while (last + 1 < special.years.size() && special.years[last + 1]) ++last;
    const auto year = static_cast<int>(i) + kFirstYearField;
    const bool run = last >= i + 2;
    items.push_back(run ? fmt::format("{} to {}", year, last + kFirstYearField)
                        : std::to_string(year));
    if (run) i = last;
  }
  return enumerate(items);
}

}  // namespace dsched
