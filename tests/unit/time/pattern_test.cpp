#include "time/pattern.h"

#include <bit>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "time/civil.h"
#include "time/cursor.h"
#include "time/schedule.h"

namespace dsched {

TEST_CASE("civil dates agree with the standard library for every day of 1600 to 2499") {
  namespace chrono = std::chrono;
  const auto first = chrono::sys_days{chrono::year{1600} / 1 / 1};
  const auto end = chrono::sys_days{chrono::year{2500} / 1 / 1};
  bool agree = true;
  for (auto day = first; day < end; day += chrono::days{1}) {
    const auto number = static_cast<std::int32_t>(day.time_since_epoch().count());
    const chrono::year_month_day date{day};
    const CivilDay civil = civil_from_days(number);
    const auto month = static_cast<int>(static_cast<unsigned>(date.month()));
    const auto day_of_month = static_cast<int>(static_cast<unsigned>(date.day()));
    agree = agree && civil.year == static_cast<int>(date.year()) && civil.month == month &&
            civil.day == day_of_month &&
            days_from_civil(civil.year, month, day_of_month) == number &&
            weekday_of(number) == static_cast<int>(chrono::weekday{day}.c_encoding());
    const auto last =
        chrono::year_month_day_last{date.year(), chrono::month_day_last{date.month()}};
    agree = agree && days_in_month(month, is_leap_year(civil.year)) ==
                         static_cast<int>(static_cast<unsigned>(last.day()));
  }
  CHECK(agree);
}

TEST_CASE("times of day: next and previous agree with a look at every second") {
  std::mt19937_64 random(3);
  const auto some_bits = [&](int count) {
    const std::uint64_t all = (std::uint64_t{1} << count) - 1;
    const std::uint64_t bits =
        random() & random() & (random() % 2 == 0 ? random() : ~std::uint64_t{0}) & all;
    return bits != 0 ? bits : std::uint64_t{1} << random() % static_cast<unsigned>(count);
  };
  for (int round = 0; round < 60; ++round) {
    const std::uint64_t seconds = round % 2 == 0 ? 1 : some_bits(60);
    const std::uint64_t minutes = some_bits(60);
    const auto hours = static_cast<std::uint32_t>(some_bits(24));
    const auto step = static_cast<std::int32_t>(random() % 5000 + 1);
    const bool stepped = round % 5 == 4;
    const TimePattern time =
        stepped ? TimePattern::of_step(static_cast<std::int32_t>(random() % 1000) % step, step)
                : TimePattern::of_fields(seconds, minutes, hours, false);
    std::vector<bool> matches(kSecondsPerDay);
    for (std::int32_t s = 0; s < kSecondsPerDay; ++s) {
      const bool fields = (seconds >> s % 60 & 1) != 0 && (minutes >> s / 60 % 60 & 1) != 0 &&
                          (hours >> s / 3600 & 1) != 0;
      const bool steps = s >= time.first() && (s - time.first()) % step == 0;
      matches[static_cast<std::size_t>(s)] = stepped ? steps : fields;
    }
    std::int32_t last = -1;
    bool agree = true;
    for (std::int32_t s = 0; s < kSecondsPerDay; ++s) {
      if (matches[static_cast<std::size_t>(s)]) last = s;
      if (last >= 0) agree = agree && time.previous(s) == last;
    }
    CHECK(time.last() == last);
    std::int32_t next = -1;
    for (std::int32_t s = kSecondsPerDay - 1; s >= 0; --s) {
      if (matches[static_cast<std::size_t>(s)]) next = s;
      if (next >= 0) agree = agree && time.next(s) == next;
    }
    CHECK(time.first() == next);
    CHECK(agree);
  }
}

TEST_CASE("a cursor finds the firings that a search finds") {
  for (const char* text : {"* * * * *", "*/7 3,9-11 * * *", "15,45 */10 22-2 1,L * *", "0 0 29 2 *",
                           "every 90m", "0 0 0 1 1 * 2030-2033"}) {
    const Pattern pattern = Schedule::parse(text, {}).schedule->pattern();
    LocalSecond at = pattern.next(1'767'225'600);
    Cursor cursor(at);
    CHECK(cursor.at() == at);
    bool agree = true;
    for (int i = 0; i < 5000 && at != kNever; ++i) {
      at = pattern.next(at + 1);
      agree = agree && cursor.advance(pattern) == at;
    }
    INFO(std::string(text));
    CHECK(agree);
  }
}

TEST_CASE("next days, which come from a table around now, agree with previous ones, which do not") {
  const int first = days_from_civil(2019, 1, 1);
  const int last = days_from_civil(2111, 1, 1);
  const DayFields rows[] = {
      {kAllDays, kAllMonths, 0x3e, true}, {2, kAllMonths, kAllWeekdays, true},
      {1u << 31, kAllMonths, 1, false},   {1u << 29, 1 << 2, kAllWeekdays, true},
      {1u << 29, 1 << 2, 2, true},        {1u << 13, kAllMonths, 1 << 5, false},
      {0x80000002, 0x1248, 0x55, true},   {kAllDays, 1 << 12, kAllWeekdays, true},
  };
  for (const DayFields& fields : rows) {
    const DayPattern pattern(fields);
    std::int32_t expected = pattern.next(last + 1);
    bool agree = expected > last;
    for (std::int32_t day = last; day >= first; --day) {
      if (pattern.previous(day) == day) expected = day;
      agree = agree && pattern.next(day) == expected;
    }
    CAPTURE(fields.days);
    CAPTURE(fields.months);
    CHECK(agree);
  }
}

TEST_CASE("patterns beyond the number of tables that are kept find the same days") {
  for (std::uint32_t days = 2; days < 400; days += 2) {
    const DayPattern pattern({days, 1 << 3, kAllWeekdays, true});
    const std::int32_t march = days_from_civil(2027, 3, 1);
    CHECK(pattern.next(march - 20) == march - 1 + std::countr_zero(days));
  }
}

TEST_CASE("a pattern is small") {
  CHECK(sizeof(Pattern) < 64);
}

}  // namespace dsched
