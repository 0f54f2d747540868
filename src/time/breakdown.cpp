#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/text.h"
#include "time/cron_fields.h"
#include "time/word_lists.h"
#include "time/words.h"

namespace dsched {
namespace {

constexpr std::size_t kNameWidth = 15;

std::string joined(std::string plain, const std::vector<std::string>& special) {
  std::vector<std::string> items;
  if (!plain.empty()) items.push_back(std::move(plain));
  items.insert(items.end(), special.begin(), special.end());
  return enumerate(items);
}

std::string numbers_or_any(std::uint64_t bits, std::uint64_t all) {
  return bits == all ? "any" : describe_numbers(bits);
}

std::string meaning(Unit unit, const Pattern& pattern) {
  const DayFields& fields = pattern.days().fields();
  const SpecialDays& special = pattern.days().special();
  switch (unit) {
    case Unit::second:
      return numbers_or_any(pattern.time().seconds(), kAllSeconds);
    case Unit::minute:
      return numbers_or_any(pattern.time().minutes(), kAllMinutes);
    case Unit::hour:
      return numbers_or_any(pattern.time().hours(), kAllHours);
    case Unit::day_of_month:
      if (fields.days == kAllDays) return "any";
      return joined(describe_numbers(fields.days), describe_special_days(special));
    case Unit::month:
      return fields.months == kAllMonths ? "any" : describe_months(fields.months);
    case Unit::day_of_week:
      if (fields.weekdays == kAllWeekdays) return "any";
      return joined(describe_weekdays(fields.weekdays), describe_nth_weekdays(special));
    case Unit::year:
      break;
  }
  return special.every_year ? "any" : describe_years(special);
}

// H and ~ stand for a value that was drawn from the job's name. The h of THU does not.
bool is_drawn(std::string_view word) {
  const auto is_letter = [&](std::size_t i) {
    return i < word.size() && ((word[i] | 0x20) >= 'a' && (word[i] | 0x20) <= 'z');
  };
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool alone = !is_letter(i + 1) && (i == 0 || !is_letter(i - 1));
    if (word[i] == '~' || ((word[i] | 0x20) == 'h' && alone)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> schedule_breakdown(const Schedule& schedule, std::string_view text) {
  const auto words = split_words(text);
  const bool cron = schedule.kind() == Schedule::Kind::pattern && words.size() >= 5;
  if (!cron) return {};
  std::string expression;
  std::vector<std::size_t> columns;
  for (const std::string_view word : words) {
    if (!expression.empty()) expression += ' ';
    columns.push_back(expression.size());
    expression += word;
  }
  std::vector<std::string> lines{expression};
  const std::size_t first = words.size() == 5 ? 1 : 0;
  for (std::size_t i = words.size(); i-- > 0;) {
    std::string line(columns[i], ' ');
    for (std::size_t k = 0; k < i; ++k) line[columns[k]] = '|';
    line += '`';
    line.append(columns.back() + 2 - line.size(), '-');
    const auto unit = static_cast<Unit>(i + first);
    const std::string note = is_drawn(words[i]) ? " (drawn from the job's name)" : "";
    lines.push_back(fmt::format("{} {:<{}}{}{}", line, unit_info(unit).name, kNameWidth,
                                meaning(unit, schedule.pattern()), note));
  }
  return lines;
}

}  // namespace dsched
