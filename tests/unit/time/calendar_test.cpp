#include "time/calendar.h"

#include <string>

#include <doctest/doctest.h>

#include "time/civil.h"

namespace dsched {
namespace {

std::chrono::local_days day(int year, int month, int day_of_month) {
  return std::chrono::local_days{std::chrono::days{days_from_civil(year, month, day_of_month)}};
}

std::string event(const std::string& lines) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n" + lines +
         "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

}  // namespace

TEST_CASE("single days, ranges and yearly ranges") {
  Calendar calendar;
  CHECK(calendar.empty());
  for (const char* item : {"2026-12-25", "2026-05-30..2026-06-02", "12-30..01-02", "02-29",
                           " 2026-06-01 .. 2026-06-05 "}) {
    INFO(std::string(item));
    CHECK(calendar.add(item).has_value());
  }
  CHECK(calendar.contains(day(2026, 12, 25)));
  CHECK_FALSE(calendar.contains(day(2027, 12, 25)));
  CHECK_FALSE(calendar.contains(day(2026, 5, 29)));
  CHECK(calendar.contains(day(2026, 5, 30)));
  CHECK(calendar.contains(day(2026, 6, 5)));
  CHECK_FALSE(calendar.contains(day(2026, 6, 6)));
  for (const int year : {1950, 2026, 2400}) {
    CHECK(calendar.contains(day(year, 12, 31)));
    CHECK(calendar.contains(day(year, 1, 2)));
    CHECK_FALSE(calendar.contains(day(year, 1, 3)));
  }
  CHECK(calendar.contains(day(2028, 2, 29)));
  CHECK_FALSE(calendar.contains(day(2027, 2, 28)));
  CHECK_FALSE(calendar.contains(day(2027, 3, 1)));
}

TEST_CASE("what is no date is refused") {
  for (const char* item : {"", "Christmas", "2026-13-01", "2026-02-29", "2026-00-10", "2026-1-1",
                           "02-30", "2026-12-25..", "..12-25", "2026-12-26..2026-12-25",
                           "12-24..2026-12-26", "2026/12/25", "+026-12-25"}) {
    Calendar calendar;
    INFO(std::string(item));
    CHECK_FALSE(calendar.add(item).has_value());
    CHECK(calendar.empty());
  }
}

TEST_CASE("all-day events of an iCalendar file") {
  struct Row {
    const char* lines;
    std::chrono::local_days first, last;
  };
  const Row rows[] = {
      {"DTSTART;VALUE=DATE:20261225\r\n", day(2026, 12, 25), day(2026, 12, 25)},
      {"DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\n", day(2026, 12, 24),
       day(2026, 12, 26)},
      {"DTSTART;VALUE=DATE:20261224\r\nDURATION:P2D\r\n", day(2026, 12, 24), day(2026, 12, 25)},
      {"DTSTART;VALUE=DATE:20261224\r\nDURATION:P1W\r\n", day(2026, 12, 24), day(2026, 12, 30)},
      {"dtstart;value=date:2026\r\n 1225\r\n", day(2026, 12, 25), day(2026, 12, 25)},
  };
  for (const Row& row : rows) {
    Calendar calendar;
    INFO(std::string(row.lines));
    REQUIRE(calendar.add_ics(event(row.lines)).has_value());
    CHECK_FALSE(calendar.contains(row.first - std::chrono::days{1}));
    CHECK(calendar.contains(row.first));
    CHECK(calendar.contains(row.last));
    CHECK_FALSE(calendar.contains(row.last + std::chrono::days{1}));
  }
}

TEST_CASE("yearly events come again until they end") {
  Calendar calendar;
  REQUIRE(calendar
              .add_ics(event("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;BYMONTH=5;BYMONTHDAY="
                             "1\nEXDATE;VALUE=DATE:20260501\n"))
              .has_value());
  CHECK_FALSE(calendar.contains(day(2019, 5, 1)));
  CHECK(calendar.contains(day(2025, 5, 1)));
  CHECK_FALSE(calendar.contains(day(2026, 5, 1)));
  CHECK(calendar.contains(day(2499, 5, 1)));
  Calendar limited;
  REQUIRE(
      limited.add_ics(event("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;INTERVAL=2;COUNT=3\n"))
          .has_value());
  CHECK(limited.contains(day(2024, 5, 1)));
  CHECK_FALSE(limited.contains(day(2021, 5, 1)));
  CHECK_FALSE(limited.contains(day(2026, 5, 1)));
  Calendar until;
  REQUIRE(until.add_ics(event("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;UNTIL=20210501\n"))
              .has_value());
  CHECK(until.contains(day(2021, 5, 1)));
  CHECK_FALSE(until.contains(day(2022, 5, 1)));
  CHECK(until.add_ics(event("DTSTART;VALUE=DATE:20200229\nRRULE:FREQ=YEARLY\n")).has_value());
  CHECK(until.contains(day(2024, 2, 29)));
}

TEST_CASE("events with a time of day are no days off, and odd files are refused") {
  Calendar calendar;
  CHECK(calendar.add_ics(event("DTSTART:20261225T090000Z\r\nRRULE:FREQ=DAILY\r\n")).has_value());
  CHECK(calendar.empty());
  CHECK(calendar.add_ics(event("DTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=WEEKLY\r\n"))
            .error()
            .code == ErrorCode::unsupported);
  CHECK(calendar.add_ics(event("DTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=YEARLY;BYDAY=1MO\r\n"))
            .error()
            .code == ErrorCode::unsupported);
  CHECK(calendar.add_ics(event("DTSTART;VALUE=DATE:20261345\r\n")).error().code ==
        ErrorCode::invalid);
  CHECK(calendar.add_ics("holidays: none").error().code == ErrorCode::invalid);
  CHECK(calendar.add_ics("").error().code == ErrorCode::invalid);
}

}  // namespace dsched
