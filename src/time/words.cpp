#include "time/words.h"

#include <bit>
#include <optional>

#include <fmt/core.h>

#include "base/text.h"
#include "time/word_lists.h"

namespace dsched {
namespace {

constexpr std::size_t kLongestWords = 36;
constexpr std::uint8_t kWorkdays = 0x3e;
constexpr std::uint8_t kWeekend = 0x41;

// "5 min", "6h", "10 s", "1h 30m"
std::string short_period(std::int64_t seconds) {
  if (seconds % 86400 == 0)
    return seconds == 86400 ? "day" : fmt::format("{} days", seconds / 86400);
  if (seconds % 3600 == 0) return seconds == 3600 ? "hour" : fmt::format("{}h", seconds / 3600);
  if (seconds < 60) return seconds == 1 ? "second" : fmt::format("{} s", seconds);
  if (seconds % 60 != 0) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  if (seconds > 3600) return fmt::format("{}h {}m", seconds / 3600, seconds / 60 % 60);
  return seconds == 60 ? "minute" : fmt::format("{} min", seconds / 60);
}

std::string with_start(std::string words, std::int64_t from) {
  return from == 0 ? words : words + " from " + clock_text(from);
}

// The step of bits that go on around the whole cycle from their first, as "*/5" does; 0 for others.
int cycle_step(std::uint64_t bits, int cycle) {
  const std::vector<int> values = values_of(bits);
  const int step = cycle / static_cast<int>(values.size());
  if (values.size() < 2 || cycle % static_cast<int>(values.size()) != 0 || values.front() >= step)
    return 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] - values[i - 1] != step) return 0;
  }
  return step;
}

struct TimeWords {
  std::string text;
  bool repeats;  // an interval: needs no "every day"
};

std::string time_list(const TimePattern& time) {
  std::string text;
  for (std::int32_t at = time.first();; at = time.next(at + 1)) {
    text += (text.empty() ? "" : ", ") + clock_text(at);
    if (at == time.last()) return text;
  }
}

// The same times in every hour that counts, said as an interval.
std::optional<std::string> within_hours(const TimePattern& time) {
  if (time.seconds() != 1 || std::popcount(time.minutes()) < 2) return std::nullopt;
  const int step = cycle_step(time.minutes(), 60);
  if (step == 0) return std::nullopt;
  const std::string words = "every " + short_period(step * 60);
  const int minute = std::countr_zero(time.minutes());
  if (time.hours() == kAllHours) return with_start(words, minute * 60);
  const std::vector<int> hours = values_of(time.hours());
  const bool run = hours.back() - hours.front() + 1 == static_cast<int>(hours.size());
  if (!run) return std::nullopt;
  return fmt::format("{}, {} to {}", words, clock_text(time.first()), clock_text(time.last()));
}

std::optional<TimeWords> time_words(const TimePattern& time) {
  if (time.is_step())
    return TimeWords{with_start("every " + short_period(time.step()), time.first()), true};
  const int count =
      std::popcount(time.seconds()) * std::popcount(time.minutes()) * std::popcount(time.hours());
  if (count <= 3) return TimeWords{time_list(time), false};
  if (time.hours() == kAllHours && time.minutes() == kAllMinutes) {
    const int step = std::popcount(time.seconds()) == 1 ? 60 : cycle_step(time.seconds(), 60);
    if (step == 0) return std::nullopt;
    return TimeWords{with_start("every " + short_period(step), std::countr_zero(time.seconds())),
                     true};
  }
  if (const auto words = within_hours(time)) return TimeWords{*words, true};
  if (std::popcount(time.seconds()) > 1 || std::popcount(time.minutes()) > 1) return std::nullopt;
  const int step = cycle_step(time.hours(), 24);
  if (step == 0) return std::nullopt;
  return TimeWords{with_start("every " + short_period(step * 3600), time.first()), true};
}

std::string weekday_words(std::uint8_t weekdays) {
  if (weekdays == kWorkdays) return " on weekdays";
  if (weekdays == kWeekend) return " on weekends";
  if (std::has_single_bit(weekdays))
    return fmt::format(" on {}s", weekday_name(std::countr_zero(weekdays)));
  std::vector<std::string> names;
  for (int i = 1; i <= 7; ++i) {
    if ((weekdays >> (i % 7) & 1) != 0) names.emplace_back(weekday_name(i % 7).substr(0, 3));
  }
  return " on " + join(names, ", ");
}

std::string day_list(std::uint32_t days) {
  std::vector<std::string> names;
  for (const int day : values_of(days)) names.push_back(ordinal(day));
  return join(names, ", ");
}

std::optional<std::string> day_words(const DayPattern& days, bool repeats) {
  const DayFields& fields = days.fields();
  const SpecialDays& special = days.special();
  if (days.every_day()) return repeats ? "" : " every day";
  if (days.never() || days.period() > 0 || !special.every_year) return std::nullopt;
  const bool any_day = fields.days == kAllDays;
  const bool any_weekday = fields.weekdays == kAllWeekdays;
  const bool plain = special == SpecialDays{};
  if (plain && any_day && fields.months == kAllMonths) return weekday_words(fields.weekdays);
  if (plain && any_weekday && fields.both) {
    if (fields.months == kAllMonths) return " on the " + day_list(fields.days);
    if (!std::has_single_bit(fields.months)) return std::nullopt;
    return fmt::format(" on {} {}", describe_numbers(fields.days),
                       month_name(std::countr_zero(fields.months)));
  }
  if (fields.months != kAllMonths || !fields.both) return std::nullopt;
  if (any_weekday && fields.days == 0) return " on " + enumerate(describe_special_days(special));
  if (any_day && fields.weekdays == 0) return " on " + enumerate(describe_nth_weekdays(special));
  return std::nullopt;
}

std::string pattern_words(const Pattern& pattern, std::string_view text) {
  if (pattern.days().period() > 0) {
    return fmt::format("{} every {} days", clock_text(pattern.time().first()),
                       pattern.days().period());
  }
  const auto time = time_words(pattern.time());
  if (!time) return std::string(text);
  const auto days = day_words(pattern.days(), time->repeats);
  if (!days || time->text.size() + days->size() > kLongestWords) return std::string(text);
  return time->text + *days;
}

}  // namespace

std::string schedule_words(const Schedule& schedule, std::string_view text) {
  text = trim(text);
  switch (schedule.kind()) {
    case Schedule::Kind::pattern:
      return pattern_words(schedule.pattern(), text);
    case Schedule::Kind::every:
      return with_start("every " + short_period(schedule.every().period.count()),
                        schedule.every().phase.count());
    case Schedule::Kind::once:
      return fmt::format("once {}", text);
    case Schedule::Kind::boot:
      break;
  }
  return "at boot";
}

}  // namespace dsched
