#pragma once
// The names that cron fields know.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace dsched {

inline constexpr std::array<std::string_view, 12> kShortMonths{
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
inline constexpr std::array<std::string_view, 7> kShortWeekdays{"sun", "mon", "tue", "wed",
                                                                "thu", "fri", "sat"};

// The place of a name, in any case, among names; -1 for none. Requires: letters are ASCII letters.
template <std::size_t N>
int find_name(const std::array<std::string_view, N>& names, std::string_view letters) {
  const auto same = [&](std::string_view name) {
    return std::equal(name.begin(), name.end(), letters.begin(), letters.end(),
                      [](char a, char b) { return a == (b | 0x20); });
  };
  const auto found = std::find_if(names.begin(), names.end(), same);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

}  // namespace dsched
