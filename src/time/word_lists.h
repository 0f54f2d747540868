#pragma once
// Pieces of the English texts about schedules.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "time/day_pattern.h"

namespace dsched {

std::string_view month_name(int month);              // 1 is "January"
std::string_view weekday_name(int weekday);          // 0 is "Sunday"
std::string ordinal(int number);                     // "1st", "22nd"
std::string ordinal_word(int number);                // "first" to "fifth"; otherwise as ordinal()
std::string clock_text(std::int64_t second_of_day);  // "02:15", "02:15:30"

// "a", "a and b", "a, b and c"
std::string enumerate(const std::vector<std::string>& items);
std::vector<int> values_of(std::uint64_t bits);  // the places of the bits, in order

// The step between the values when they are evenly spaced and at least three; otherwise 0.
int even_step(const std::vector<int>& values);

// A set of numbers in words: "9 to 17", "1, 15 and 20", "every 5th from 0 to 55".
std::string describe_numbers(std::uint64_t bits);
std::string describe_months(std::uint64_t bits);
std::string describe_weekdays(std::uint64_t bits);  // in the order Monday to Sunday

// The rare parts of the two day fields, each as a noun: "the last day", "the third Friday".
std::vector<std::string> describe_special_days(const SpecialDays& special);
std::vector<std::string> describe_nth_weekdays(const SpecialDays& special);
std::string describe_years(const SpecialDays& special);

}  // namespace dsched
