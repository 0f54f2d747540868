#include "time/calendar.h"

#include <cstdio>
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

TEST_CASE("events come again by the rules of RFC 5545") {
  struct Row {
    const char* rule;
    const char* days;  // of an event that starts on Thursday, 2026-01-01
  };
  const Row rows[] = {
      {"FREQ=DAILY;COUNT=3", "01-01 01-02 01-03"},
      {"FREQ=DAILY;INTERVAL=10;UNTIL=20260121", "01-01 01-11 01-21"},
      {"FREQ=DAILY;BYDAY=SA,SU;UNTIL=20260111T235959Z", "01-03 01-04 01-10 01-11"},
      {"FREQ=WEEKLY;COUNT=3", "01-01 01-08 01-15"},
      {"freq=weekly;byday=mo,fr;count=4", "01-02 01-05 01-09 01-12"},
      {"FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TH;COUNT=4", "01-01 01-04 01-15 01-18"},
      {"FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TH;COUNT=4;WKST=SU", "01-01 01-11 01-15 01-25"},
      {"FREQ=MONTHLY;COUNT=3", "01-01 02-01 03-01"},
      {"FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", "01-31 03-31 05-31"},
      {"FREQ=MONTHLY;BYMONTHDAY=-1,15;COUNT=4", "01-15 01-31 02-15 02-28"},
      {"FREQ=MONTHLY;INTERVAL=6;BYDAY=1MO;COUNT=2", "01-05 07-06"},
      {"FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", "01-30 02-27"},
      {"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3", "02-13 03-13 11-13"},
      {"FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=1", "11-26"},
      {"FREQ=YEARLY;BYMONTH=5,9;BYDAY=-1MO;COUNT=2", "05-25 09-28"},
  };
  for (const Row& row : rows) {
    Calendar calendar;
    INFO(std::string(row.rule));
    REQUIRE(calendar
                .add_ics(
                    event("DTSTART;VALUE=DATE:20260101\r\nRRULE:" + std::string(row.rule) + "\r\n"))
                .has_value());
    std::string days;
    for (std::int32_t at = days_from_civil(2026, 1, 1); at < days_from_civil(2028, 1, 1); ++at) {
      if (!calendar.contains(std::chrono::local_days{std::chrono::days{at}})) continue;
      const CivilDay civil = civil_from_days(at);
      char text[32];
      std::snprintf(text, sizeof text, "%02d-%02d", civil.month, civil.day);
      days += (days.empty() ? "" : " ") + std::string(text);
    }
    CHECK(days == std::string(row.days));
  }
}

TEST_CASE("events with a time of day are no days off, and odd files are refused") {
  Calendar calendar;
  CHECK(calendar.add_ics(event("DTSTART:20261225T090000Z\r\nRRULE:FREQ=DAILY\r\n")).has_value());
  CHECK(calendar.empty());
  for (const char* rule : {"FREQ=HOURLY", "FREQ=YEARLY;BYDAY=20MO", "FREQ=YEARLY;BYDAY=1MO",
                           "FREQ=YEARLY;BYYEARDAY=100", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1",
                           "FREQ=WEEKLY;BYDAY=1MO", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=x",
                           "INTERVAL=2", "FREQ=DAILY;", "FREQ=MONTHLY;BYMONTHDAY=32"}) {
    INFO(std::string(rule));
    const auto added = calendar.add_ics(
        event("DTSTART;VALUE=DATE:20261225\r\nRRULE:" + std::string(rule) + "\r\n"));
    REQUIRE_FALSE(added.has_value());
    CHECK(added.error().code == ErrorCode::unsupported);
  }
  CHECK(calendar.add_ics(event("DTSTART;VALUE=DATE:20261345\r\n")).error().code ==
        ErrorCode::invalid);
  CHECK(calendar.add_ics("holidays: none").error().code == ErrorCode::invalid);
  CHECK(calendar.add_ics("").error().code == ErrorCode::invalid);
}

}  // namespace dsched
