#include "time/ical_text.h"

namespace dsched {

std::string ical_upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

std::optional<int> ical_number(std::string_view digits) {
  int value = 0;
  if (digits.empty() || digits.size() > 6) return std::nullopt;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<CivilDay> ical_date(std::string_view text) {
  if (text.size() < 8) return std::nullopt;
  const auto year = ical_number(text.substr(0, 4));
  const auto month = ical_number(text.substr(4, 2));
  const auto day = ical_number(text.substr(6, 2));
  if (!year || !month || !day || *month < 1 || *month > 12) return std::nullopt;
  if (*day < 1 || *day > days_in_month(*month, is_leap_year(*year))) return std::nullopt;
  return CivilDay{*year, *month, *day};
}

}  // namespace dsched
