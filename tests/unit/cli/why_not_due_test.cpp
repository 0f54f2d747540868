#include "cli/why_not_due.h"

#include <memory>

#include <doctest/doctest.h>

#include "base/rfc3339.h"

namespace dsched {
namespace {

Second second_of(const char* text) {
  return floor_second(*parse_rfc3339(text));
}

Job job_with(std::vector<std::string> schedules, TimetableRules rules = {}) {
  Job job;
  job.name = "nightly";
  std::vector<Schedule> parsed;
  for (const std::string& text : schedules) parsed.push_back(*Schedule::parse(text, {}).schedule);
  job.timetable = Timetable(std::move(parsed), Zone::utc(), std::move(rules));
  job.schedules = std::move(schedules);
  return job;
}

TEST_CASE("the field that does not match is named, the largest first") {
  struct Row {
    const char* schedule;
    const char* instant;
    const char* text;
  };
  // 2026-11-20 is a Friday.
  const Row rows[] = {
      {"15 2 * * *", "2026-11-20T14:15:00Z", "15 2 * * *: the day matches, the hour does not"},
      {"15 2 * * *", "2026-11-20T02:16:00Z",
       "15 2 * * *: the day and the hour match, the minute does not"},
      {"15 2 * * 1", "2026-11-20T02:15:00Z", "15 2 * * 1: the day does not match"},
      {"15 2 20 6 *", "2026-11-20T02:15:00Z", "15 2 20 6 *: the month does not match"},
      {"every 90s", "2026-11-20T00:00:10Z", "every 90s: that is between two of its times"},
      {"@reboot", "2026-11-20T00:00:10Z", "@reboot: only when the host has booted"},
  };
  for (const Row& row : rows) {
    const NotDue why = why_not_due(job_with({row.schedule}), second_of(row.instant));
    CHECK(why.text == row.text);
    CHECK(why.reason == Reason::no_match);
    CHECK(why.key == "schedule");
  }
}

TEST_CASE("one instant is before or after") {
  const Job job = job_with({"at 2026-11-20T02:15:00Z"});
  CHECK(why_not_due(job, second_of("2026-11-20T02:14:00Z")).reason == Reason::before_start);
  CHECK(why_not_due(job, second_of("2026-11-20T02:16:00Z")).reason == Reason::after_end);
}

TEST_CASE("days off are told apart from times that no schedule has") {
  auto calendar = std::make_shared<Calendar>();
  REQUIRE(calendar->add("2026-12-25"));
  TimetableRules rules;
  rules.except = calendar;
  const Job job = job_with({"15 2 * * *"}, rules);
  const NotDue off = why_not_due(job, second_of("2026-12-25T02:15:00Z"));
  CHECK(off.reason == Reason::excepted);
  CHECK(off.key == "except");
  CHECK(why_not_due(job, second_of("2026-12-25T03:15:00Z")).reason == Reason::no_match);
}

TEST_CASE("jobs without a schedule say what they wait for") {
  Job job = job_with({});
  CHECK(why_not_due(job, second_of("2026-12-25T02:15:00Z")).text ==
        "it has no schedule: it runs by hand");
  job.after = {"a", "b"};
  const NotDue after = why_not_due(job, second_of("2026-12-25T02:15:00Z"));
  CHECK(after.text == "it has no times of its own: it runs after a, b");
  CHECK(after.key == "after");
}

}  // namespace
}  // namespace dsched
