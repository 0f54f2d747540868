#include <bit>

#include <fmt/core.h>

#include "base/text.h"
#include "time/word_lists.h"
#include "time/words.h"

namespace dsched {
namespace {

constexpr int kMostTimesListed = 6;

// "day 1", "days 1 and 15", "every 5th day from 1 to 31"
std::string plural(std::string_view noun, std::uint64_t bits) {
  const std::vector<int> values = values_of(bits);
  const int step = even_step(values);
  if (step > 1 && values.size() > 4) {
    return fmt::format("every {} {} from {} to {}", ordinal(step), noun, values.front(),
                       values.back());
  }
  return fmt::format("{}{} {}", noun, std::has_single_bit(bits) ? "" : "s", describe_numbers(bits));
}

// "15 minutes", "1 hour and 30 minutes"
std::string period_text(std::int64_t seconds) {
  struct Part {
    std::int64_t seconds;
    std::string_view name;
  };
  std::vector<std::string> parts;
  for (const Part part :
       {Part{86400, "day"}, Part{3600, "hour"}, Part{60, "minute"}, Part{1, "second"}}) {
    const std::int64_t count = seconds / part.seconds;
    if (count > 0) parts.push_back(fmt::format("{} {}{}", count, part.name, count == 1 ? "" : "s"));
    seconds %= part.seconds;
  }
  return enumerate(parts);
}

std::string every_period(std::int64_t seconds) {
  for (const auto& [length, name] :
       {std::pair{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}) {
    if (seconds == length) return fmt::format("Every {}", name);
  }
  return "Every " + period_text(seconds);
}

std::string listed_times(const TimePattern& time) {
  std::vector<std::string> times;
  for (std::int32_t at = time.first();; at = time.next(at + 1)) {
    times.push_back(clock_text(at));
    if (at == time.last()) return "At " + enumerate(times);
  }
}

// "*/5" and its like: the step, when bits run through the whole cycle from 0.
int whole_step(std::uint64_t bits, int cycle) {
  const std::vector<int> values = values_of(bits);
  const int step = values.size() > 1 ? values[1] : 0;
  const bool whole = values.front() == 0 && step > 0 && cycle % step == 0 &&
                     static_cast<int>(values.size()) == cycle / step && even_step(values) == step;
  return values.size() == 2 ? (values.front() == 0 && step * 2 == cycle ? step : 0)
         : whole            ? step
                            : 0;
}

std::string hours_text(std::uint32_t hours) {
  if (const int step = whole_step(hours, 24); step > 1)
    return fmt::format("every {} hour from 00:00", ordinal(step));
  return plural("hour", hours);
}

std::string minutes_clause(const TimePattern& time) {
  const bool all_hours = time.hours() == kAllHours;
  if (time.minutes() == kAllMinutes)
    return all_hours ? "Every minute" : "Every minute of " + hours_text(time.hours());
  if (const int step = whole_step(time.minutes(), 60); step > 1) {
    const std::string text = fmt::format("Every {} minutes", step);
    return all_hours ? text : text + " of " + hours_text(time.hours());
  }
  return fmt::format("At {} of {}", plural("minute", time.minutes()),
                     all_hours ? "every hour" : hours_text(time.hours()));
}

struct TimeClause {
  std::string text;
  bool repeats;  // needs no "every day"
};

TimeClause time_clause(const TimePattern& time) {
  if (time.is_step()) {
    return {fmt::format("{}, counted from {} of each day", every_period(time.step()),
                        clock_text(time.first())),
            true};
  }
  const int count =
      std::popcount(time.seconds()) * std::popcount(time.minutes()) * std::popcount(time.hours());
  if (count <= kMostTimesListed) return {listed_times(time), false};
  std::string minutes = minutes_clause(time);
  if (time.seconds() == 1) return {std::move(minutes), true};
  minutes.front() = minutes.front() == 'E' ? 'e' : 'a';
  const bool every_minute = time.minutes() == kAllMinutes && time.hours() == kAllHours;
  const std::string of_minutes = every_minute ? "" : ", " + minutes;
  if (time.seconds() == kAllSeconds) return {"Every second" + of_minutes, true};
  if (const int step = whole_step(time.seconds(), 60); step > 1) {
    return {fmt::format("Every {} seconds{}", step, of_minutes), true};
  }
  return {fmt::format("At {}, {}", plural("second", time.seconds()), minutes), true};
}

// "day 1 of the month", "the last day of the month": what the day-of-month field says; empty for
// any day.
std::string days_of_month(const DayPattern& days) {
  const std::uint32_t plain = days.fields().days;
  if (plain == kAllDays) return "";
  std::vector<std::string> items;
  if (plain != 0) items.push_back(plural("day", plain));
  for (std::string& item : describe_special_days(days.special())) items.push_back(std::move(item));
  return enumerate(items) + " of the month";
}

// "every Monday", "the third Friday of the month"; empty for any day.
std::string days_of_week(const DayPattern& days) {
  const std::uint8_t plain = days.fields().weekdays;
  if (plain == kAllWeekdays) return "";
  std::vector<std::string> items;
  const bool run = even_step(values_of(plain)) == 1;
  if (plain != 0) items.push_back((run ? "every day from " : "every ") + describe_weekdays(plain));
  const auto nth = describe_nth_weekdays(days.special());
  if (!nth.empty()) items.push_back(enumerate(nth) + " of the month");
  return enumerate(items);
}

std::string day_clause(const DayPattern& days, bool repeats) {
  if (days.period() > 0)
    return fmt::format(" every {} days, counted from 1970-01-01", days.period());
  const std::string of_month = days_of_month(days);
  const std::string of_week = days_of_week(days);
  std::string text;
  const bool any = of_month.empty() || of_week.empty();
  if (any && days.fields().both) {
    if (!of_month.empty()) text = " on " + of_month;
    if (!of_week.empty()) text = " on " + of_week;
    if (text.empty() && !repeats) text = " every day";
  } else if (any) {
    text = repeats ? "" : " every day";
  } else if (days.fields().both) {
    text = fmt::format(" on {}, but only if it is also {}", of_month, of_week);
  } else {
    text = fmt::format(" on {}, and also on {}", of_month, of_week);
  }
  if (days.fields().months != kAllMonths) {
    text += (any || days.fields().both ? " in " : ", in ") + describe_months(days.fields().months);
  }
  if (!days.special().every_year)
    text += (text.empty() ? " in " : ", in ") + describe_years(days.special());
  return text;
}

std::string pattern_sentence(const Pattern& pattern) {
  const TimeClause time = time_clause(pattern.time());
  std::string days = day_clause(pattern.days(), time.repeats);
  if (time.repeats && !days.empty()) days.insert(0, ",");
  return time.text + days + (pattern.days().never() ? ": never, as there is no such day." : ".");
}

std::string once_sentence(const Schedule::Once& once, std::string_view text) {
  const std::string_view when = split_words(text).back();
  return fmt::format("Once, at {}{}.", when,
                     once.has_offset ? "" : " on the clock of the job's time zone");
}

}  // namespace

std::string schedule_sentence(const Schedule& schedule, std::string_view text) {
  switch (schedule.kind()) {
    case Schedule::Kind::pattern:
      return pattern_sentence(schedule.pattern());
    case Schedule::Kind::every: {
      const std::int64_t phase = schedule.every().phase.count();
      return fmt::format(
          "{} of real time, counted from 1970-01-01 {} UTC, as days cannot be divided by it.",
          every_period(schedule.every().period.count()),
          phase < kSecondsPerDay ? clock_text(phase) : period_text(phase));
    }
    case Schedule::Kind::once:
      return once_sentence(schedule.once(), text);
    case Schedule::Kind::boot:
      break;
  }
  return "Once after every boot of the host.";
}

}  // namespace dsched
