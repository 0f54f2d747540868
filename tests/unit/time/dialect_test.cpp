// Which instants expressions mean, and which texts are refused: rows where implementations of cron
// disagree.

#include <string>
#include <vector>

#include "base/text.h"
#include "time/words.h"
#include "unit/time/support.h"

namespace dsched {
namespace {

using testing::firings;
using testing::schedule;
using testing::timetable;

// The matching days of the fields "0 0 DAYS" in the months from 2026-01-01 on, as MM-DD.
std::string days_of(const std::string& day_fields, int count) {
  std::string text;
  for (const std::string& at :
       firings(timetable("0 0 " + day_fields, "UTC"), "2025-12-31T23:59:59Z", count)) {
    text += (text.empty() ? "" : " ") + at.substr(5, 5);
  }
  return text;
}

// The matching values of the minute, hour or second field within one cycle.
std::string times_of(const std::string& expression, int count) {
  std::string text;
  for (const std::string& at :
       firings(timetable(expression, "UTC"), "2025-12-31T23:59:59Z", count)) {
    text += (text.empty() ? "" : " ") + at.substr(11, at[17] == '0' && at[18] == '0' ? 5 : 8);
  }
  return text;
}

std::string first_error(const std::string& text, Dialect dialect = Dialect::dsched) {
  ScheduleContext context;
  context.dialect = dialect;
  const Schedule::Parsed parsed = Schedule::parse(text, context);
  return parsed.errors.empty() ? "" : parsed.errors.front().code;
}

}  // namespace

TEST_CASE("time fields") {
  struct Row {
    const char* expression;
    const char* times;
  };
  const Row rows[] = {
      {"0 4 * * *", "04:00 04:00"},
      {"005 004 * * *", "04:05 04:05"},
      {"*/20 4 * * *", "04:00 04:20 04:40 04:00"},
      {"10/20 4 * * *", "04:10 04:30 04:50 04:10"},
      {"10-40/20 4 * * *", "04:10 04:30 04:10"},
      {"1,2,1 4 * * *", "04:01 04:02 04:01"},
      {"0 22-2 * * *", "00:00 01:00 02:00 22:00 23:00 00:00"},
      {"0 22-4/3 * * *", "01:00 04:00 22:00 01:00"},
      {"0 5-5 * * *", "05:00 05:00"},
      {"58-1 3 * * *", "03:00 03:01 03:58 03:59 03:00"},
      {"30 0 4 * * *", "04:00:30 04:00:30"},
      {"*/30 0 4 * * *", "04:00 04:00:30 04:00"},
      {"15,45 10 4,5 * * *", "04:10:15 04:10:45 05:10:15 05:10:45 04:10:15"},
      {"0/100 4 * * *", "04:00 04:00"},
      {"\t 0  4\t* * * ", "04:00 04:00"},
      {"@hourly", "00:00 01:00"},
      {"@daily", "00:00 00:00"},
      {"@Midnight", "00:00 00:00"},
      {"every 90m", "00:00 01:30 03:00"},
      {"every 6h from 04:30", "04:30 10:30 16:30 22:30 04:30"},
      {"every 8h from 20:00", "04:00 12:00 20:00"},
      {"@every 1h30m", "00:00 01:30"},
      {"every 45s", "00:00 00:00:45 00:01:30"},
      {"every 1d from 06:00", "06:00 06:00"},
  };
  for (const Row& row : rows) {
    const std::string expected = row.times;
    const auto count = static_cast<int>(std::count(expected.begin(), expected.end(), ' ')) + 1;
    INFO(std::string(row.expression));
    CHECK(times_of(row.expression, count) == expected);
  }
}

TEST_CASE("day fields") {
  struct Row {
    const char* fields;
    const char* days;  // of 2026, which begins on a Thursday
  };
  const Row rows[] = {
      {"1,15 * *", "01-01 01-15 02-01"},
      {"28-3 * *", "01-01 01-02 01-03 01-28 01-29 01-30 01-31 02-01"},
      {"28-3/2 * *", "01-01 01-03 01-28 01-30 02-01"},
      {"1 NOV-FEB *", "01-01 02-01 11-01 12-01 01-01"},
      {"1 jan,jUl *", "01-01 07-01 01-01"},
      {"1 */3 *", "01-01 04-01 07-01 10-01"},
      {"31 * *", "01-31 03-31 05-31 07-31 08-31"},
      {"* * 0", "01-04 01-11"},
      {"* * 7", "01-04 01-11"},
      {"* * 7-7", "01-04 01-11"},
      {"* * 6-7", "01-03 01-04 01-10"},
      {"* * 7-2", "01-04 01-05 01-06 01-11"},
      {"* * 0-7", "01-01 01-02 01-03 01-04"},
      {"* * 1-7", "01-01 01-02 01-03 01-04"},
      {"* * Mon-7", "01-01 01-02 01-03 01-04"},
      {"* * FRI-MON", "01-02 01-03 01-04 01-05 01-09"},
      {"* * */2", "01-01 01-03 01-04 01-06 01-08"},  // Sunday, Tuesday, Thursday, Saturday
      {"* * 1/2", "01-02 01-05 01-07 01-09"},
      {"* * MON,wed", "01-05 01-07 01-12"},
      {"? * 1", "01-05 01-12"},
      {"13 * ?", "01-13 02-13"},
      // Vixie's rule: either field, unless one starts with a star.
      {"1 * 1", "01-01 01-05 01-12 01-19 01-26 02-01"},
      {"*/2 * 1", "01-05 01-19 02-09 02-23"},
      {"1-31 * 1", "01-01 01-02 01-03"},
      {"*,15 * 1", "01-05 01-12 01-19"},
      {"13 * */5", "02-13 03-13 09-13 11-13"},
      {"1 * +1", "06-01 02-01"},
      {"13 * +FRI", "02-13 03-13 11-13"},
      // L, W and #
      {"L * *", "01-31 02-28 03-31"},
      {"L-3 * *", "01-28 02-25 03-28"},
      {"L-30 * *", "01-01 03-01 05-01"},
      {"L,15 * *", "01-15 01-31 02-15 02-28"},
      {"LW * *", "01-30 02-27 03-31 04-30 05-29"},
      {"L-1W * *", "01-30 02-27 03-30 04-29 05-29"},
      {"15W * *", "01-15 02-16 03-16 04-15 05-15"},
      {"1W * *", "01-01 02-02 03-02 04-01"},  // never leaves the month
      {"31W * *", "01-30 03-31 05-29 07-31 08-31 10-30"},
      {"30W,1 * *", "01-01 01-30 02-01 03-01 03-30 04-01 04-30"},
      {"* * 5L", "01-30 02-27 03-27"},
      {"* * FRIL", "01-30 02-27"},
      {"* * 5#L", "01-30 02-27"},
      {"* * 5#3", "01-16 02-20"},
      {"* * MON#1,FRI#5", "01-05 01-30 02-02 03-02"},
      {"* * 7#1", "01-04 02-01"},
      {"L * 1#1", "01-05 01-31 02-02 02-28"},
      {"29 2 *", "02-29 02-29"},
  };
  for (const Row& row : rows) {
    const std::string expected = row.days;
    const auto count = static_cast<int>(std::count(expected.begin(), expected.end(), ' ')) + 1;
    INFO(std::string(row.fields));
    CHECK(days_of(row.fields, count) == expected);
  }
}

TEST_CASE("years") {
  CHECK(
      firings(timetable("0 0 0 1 1 * 2030,2040", "UTC"), "2026-01-01T00:00:00Z", 3) ==
      std::vector<std::string>{"2030-01-01T00:00:00+00:00", "2040-01-01T00:00:00+00:00", "never"});
  CHECK(
      firings(timetable("0 0 0 1 1 * 1970-1972/2", "UTC"), "1960-01-01T00:00:00Z", 3) ==
      std::vector<std::string>{"1970-01-01T00:00:00+00:00", "1972-01-01T00:00:00+00:00", "never"});
  CHECK(firings(timetable("0 0 0 1 1 * 2199", "UTC"), "2026-01-01T00:00:00Z", 2) ==
        std::vector<std::string>{"2199-01-01T00:00:00+00:00", "never"});
}

TEST_CASE("rare days are found, impossible ones known at once") {
  CHECK(firings(timetable("0 0 29 2 *", "UTC"), "2096-03-01T00:00:00Z", 1).front() ==
        "2104-02-29T00:00:00+00:00");
  CHECK(firings(timetable("0 0 29 2 +1", "UTC"), "2072-03-01T00:00:00Z", 1).front() ==
        "2112-02-29T00:00:00+00:00");
  for (const char* never :
       {"0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 2 +1", "0 0 30W 2 *",
        "0 0 L-29 2 *", "0 0 0 29 2 * 2030", "0 0 0 29 2 +1 2030-2040", "0 0 8 * +1#1"}) {
    INFO(std::string(never));
    CHECK(!schedule_warnings(never, {}, nullptr).empty());
    CHECK(timetable(never, "Europe/Berlin").next(testing::instant("2026-01-01T00:00:00Z")) ==
          std::nullopt);
    CHECK(timetable(never, "Europe/Berlin").previous(testing::instant("2026-01-01T00:00:00Z")) ==
          std::nullopt);
  }
}

TEST_CASE("intervals that do not divide a day count from the epoch") {
  CHECK(firings(timetable("every 7m", "Europe/Berlin"), "1969-12-31T23:59:59Z", 3) ==
        std::vector<std::string>{"1970-01-01T01:00:00+01:00", "1970-01-01T01:07:00+01:00",
                                 "1970-01-01T01:14:00+01:00"});
  CHECK(firings(timetable("every 36h from 01:00", "UTC"), "1970-01-01T01:00:00Z", 2) ==
        std::vector<std::string>{"1970-01-02T13:00:00+00:00", "1970-01-04T01:00:00+00:00"});
  CHECK(
      firings(timetable("every 2d from 03:00", "Europe/Berlin"), "1970-01-01T03:00:00+01:00", 2) ==
      std::vector<std::string>{"1970-01-03T03:00:00+01:00", "1970-01-05T03:00:00+01:00"});
  CHECK(schedule("every 7m").is_interval());
  CHECK(schedule("every 15m").is_interval());
  CHECK_FALSE(schedule("every 2d").is_interval());
  CHECK_FALSE(schedule("*/5 * * * *").is_interval());
}

TEST_CASE("an instant fires once, on the job's clock or at its own offset") {
  CHECK(firings(timetable("at 2026-11-20T02:15", "Europe/Berlin"), "2026-01-01T00:00:00Z", 2) ==
        std::vector<std::string>{"2026-11-20T02:15:00+01:00", "never"});
  CHECK(firings(timetable("at 2026-11-20T02:15:30+05:00", "Europe/Berlin"), "2026-01-01T00:00:00Z",
                2) == std::vector<std::string>{"2026-11-19T22:15:30+01:00", "never"});
  CHECK(firings(timetable("at 2026-11-20T02:15Z", "Europe/Berlin"), "2026-01-01T00:00:00Z", 1)
            .front() == "2026-11-20T03:15:00+01:00");
  CHECK(firings(timetable("at 2026-03-29T02:30", "Europe/Berlin"), "2026-01-01T00:00:00Z", 1)
            .front() == "2026-03-29T03:00:00+02:00");
  CHECK(schedule("at 2026-11-20T02:15Z").once().has_offset);
}

TEST_CASE("@reboot has no instants") {
  CHECK(schedule("@reboot").on_boot());
  CHECK(timetable("@reboot", "UTC").on_boot());
  CHECK(timetable("@reboot", "UTC").next(testing::instant("2026-01-01T00:00:00Z")) == std::nullopt);
  CHECK(timetable("@reboot", "UTC").previous(testing::instant("2026-01-01T00:00:00Z")) ==
        std::nullopt);
}

TEST_CASE("expressions of Quartz") {
  struct Row {
    const char* expression;
    const char* firings;  // in 2026, which begins on a Thursday
  };
  const Row rows[] = {
      {"0 0 12 * * ?", "01-01T12:00 01-02T12:00"},
      {"0 15 10 ? * *", "01-01T10:15 01-02T10:15"},
      {"0 0 12 * * *", "01-01T12:00 01-02T12:00"},  // Quartz itself asks for one '?'
      {"0 0 12 ? * ?", "01-01T12:00 01-02T12:00"},
      {"0 0/20 14,18 * * ?", "01-01T14:00 01-01T14:20 01-01T14:40 01-01T18:00"},
      {"0 10,44 14 ? 3 4", "03-04T14:10 03-04T14:44 03-11T14:10"},
      {"0 10 14 ? 3 WED", "03-04T14:10 03-11T14:10"},
      {"0 15 10 15 * ?", "01-15T10:15 02-15T10:15"},
      {"0 15 10 L-2 * ?", "01-29T10:15 02-26T10:15"},
      {"0 15 10 LW * ?", "01-30T10:15 02-27T10:15"},
      {"0 15 10 ? * 2-6", "01-01T10:15 01-02T10:15 01-05T10:15"},
      {"0 15 10 ? * MON-FRI", "01-01T10:15 01-02T10:15 01-05T10:15"},
      {"0 15 10 ? * 1,7", "01-03T10:15 01-04T10:15 01-10T10:15"},
      {"0 15 10 ? * 7-2", "01-03T10:15 01-04T10:15 01-05T10:15 01-10T10:15"},
      {"0 15 10 ? * 1/2", "01-01T10:15 01-03T10:15 01-04T10:15 01-06T10:15"},
      {"0 15 10 ? * L", "01-03T10:15 01-10T10:15"},
      {"0 15 10 ? * 6L", "01-30T10:15 02-27T10:15"},
      {"0 15 10 ? * FRIL", "01-30T10:15 02-27T10:15"},
      {"0 15 10 ? * 6#3", "01-16T10:15 02-20T10:15"},
      {"0 15 10 ? 7/3 2#1 2026", "07-06T10:15 10-05T10:15 never"},
      {"@daily", "01-01T00:00 01-02T00:00"},
  };
  const ScheduleContext quartz{"", "", Dialect::quartz};
  for (const Row& row : rows) {
    const std::vector<std::string_view> expected = split_words(row.firings);
    const Timetable table({schedule(row.expression, quartz)}, testing::zone("UTC"));
    std::string text;
    for (const std::string& at :
         firings(table, "2025-12-31T23:59:59Z", static_cast<int>(expected.size())))
      text += (text.empty() ? "" : " ") + (at == "never" ? at : at.substr(5, 11));
    INFO(std::string(row.expression));
    CHECK(text == std::string(row.firings));
  }
}

TEST_CASE("what is no expression of Quartz") {
  CHECK(first_error("0 0 12 ? * 0", Dialect::quartz) == "E304");
  CHECK(first_error("0 0 12 ? * 8", Dialect::quartz) == "E304");
  CHECK(first_error("0 12 ? * 2", Dialect::quartz) == "E301");
  CHECK(first_error("0 0 12 ? ? 2", Dialect::quartz) == "E303");
  const ScheduleContext quartz{"", "", Dialect::quartz};
  CHECK(Schedule::parse("0 0 12 ? * 8", quartz).errors[0].label ==
        "days of the week are 1 (Sunday) to 7 in this dialect");
  CHECK(schedule_warnings("0 0 12 1 * 2", quartz, nullptr)[0].code == "W304");
  CHECK(schedule_warnings("0 0 12 ? * 7-2", quartz, nullptr)[0].label ==
        "it goes on from 1 after 7");
}

TEST_CASE("crontab files know five fields and nicknames") {
  CHECK(first_error("0 0 * * *", Dialect::crontab) == "");
  CHECK(first_error("@daily", Dialect::crontab) == "");
  CHECK(first_error("H H * * *", Dialect::crontab) == "");
  CHECK(first_error("0 0 0 * * *", Dialect::crontab) == "E301");
  CHECK(first_error("every 5m", Dialect::crontab) == "E311");
  CHECK(first_error("at 2026-11-20T02:15", Dialect::crontab) == "E312");
}

TEST_CASE("H and ~ are drawn from the name, and ~ from the host as well") {
  const ScheduleContext one{"backup", "web1"};
  const ScheduleContext same_job{"backup", "web2"};
  const ScheduleContext other_job{"report", "web1"};
  const auto minutes = [](const char* text, const ScheduleContext& context) {
    return schedule(text, context).pattern().time().minutes();
  };
  CHECK(minutes("H * * * *", one) == minutes("H * * * *", one));
  CHECK(minutes("H * * * *", one) == minutes("H * * * *", same_job));
  CHECK(minutes("H * * * *", one) != minutes("H * * * *", other_job));
  CHECK(minutes("~ * * * *", one) == minutes("~ * * * *", one));
  CHECK(minutes("~ * * * *", one) != minutes("~ * * * *", same_job));
  // These values are a promise: a job keeps its slot with every later release.
  CHECK(minutes("H * * * *", one) == std::uint64_t{1} << 45);
  CHECK(minutes("H/15 * * * *", one) == (std::uint64_t{1} << 11 | std::uint64_t{1} << 26 |
                                         std::uint64_t{1} << 41 | std::uint64_t{1} << 56));
  for (int i = 0; i < 500; ++i) {
    const std::string name = "job" + std::to_string(i);
    const ScheduleContext context{name, "host"};
    const auto in = [](std::uint64_t bits, std::uint64_t low, std::uint64_t high) {
      return std::has_single_bit(bits) && bits >= std::uint64_t{1} << low &&
             bits <= std::uint64_t{1} << high;
    };
    CHECK(in(minutes("H(10-19) * * * *", context), 10, 19));
    CHECK(in(minutes("10~19 * * * *", context), 10, 19));
    CHECK(in(minutes("50~ * * * *", context), 50, 59));
    CHECK(in(minutes("~9 * * * *", context), 0, 9));
    CHECK(std::popcount(minutes("H/20 * * * *", context)) == 3);
    CHECK(std::popcount(minutes("0~29/10 * * * *", context)) == 3);
    CHECK(in(schedule("0 0 H * *", context).pattern().days().fields().days, 1, 28));
  }
}

TEST_CASE("texts that are refused") {
  struct Row {
    const char* text;
    const char* code;
    std::size_t begin, end;
  };
  const Row rows[] = {
      {"", "E301", 0, 0},
      {"  ", "E301", 0, 2},
      {"0 0 * *", "E301", 0, 7},
      {"1 2 3 4 5 6 7 8", "E301", 0, 15},
      {"60 0 * * *", "E304", 0, 2},
      {"0 24 * * *", "E304", 2, 4},
      {"0 0 0 * *", "E304", 4, 5},
      {"0 0 32 * *", "E304", 4, 6},
      {"0 0 * 0 *", "E304", 6, 7},
      {"0 0 * 13 *", "E304", 6, 8},
      {"0 0 * * 8", "E304", 8, 9},
      {"0 0 * * 1-8", "E304", 10, 11},
      {"99999999999999999999 * * * *", "E304", 0, 20},
      {"0 0 0 1 1 * 1969", "E304", 12, 16},
      {"0 0 0 1 1 * 2200", "E304", 12, 16},
      {"0 0 0 1 1 * 2030-2020", "E305", 12, 21},
      {"H(5-2) * * * *", "E305", 2, 5},
      {"30~10 * * * *", "E305", 2, 5},
      {"+5 * * * *", "E303", 0, 1},
      {"-5 * * * *", "E303", 0, 1},
      {"1.5 * * * *", "E303", 1, 2},
      {"*5 * * * *", "E303", 1, 2},
      {"*-5 * * * *", "E303", 1, 2},
      {"5- * * * *", "E303", 1, 2},
      {"5/ * * * *", "E303", 1, 2},
      {"5/-1 * * * *", "E303", 2, 3},
      {"1-2-3 * * * *", "E303", 3, 4},
      {"? * * * *", "E303", 0, 1},
      {"5W * * * *", "E303", 1, 2},
      {"L * * * *", "E303", 0, 1},
      {"0 0 1-5W * *", "E303", 7, 8},
      {"*/0 * * * *", "E306", 2, 3},
      {"1-5/0 * * * *", "E306", 4, 5},
      {"1,,2 * * * *", "E307", 2, 3},
      {",1 * * * *", "E307", 0, 1},
      {"1, * * * *", "E307", 1, 2},
      {"0 0 * FOO *", "E302", 6, 9},
      {"0 0 * JANUARY *", "E302", 6, 13},
      {"0 0 * * MONDAY", "E302", 8, 14},
      {"0 0 * * JAN", "E302", 8, 11},
      {"0 0 * * L", "E308", 8, 9},
      {"0 0 * * 1#6", "E304", 10, 11},
      {"0 0 * * 1#0", "E304", 10, 11},
      {"0 0 L-31 * *", "E304", 6, 8},
      {"0 0 29 2 1#6", "E304", 11, 12},
      {"@dayly", "E309", 0, 6},
      {"@daily x", "E309", 7, 8},
      {"every", "E311", 0, 5},
      {"every 5", "E311", 6, 7},
      {"every 0s", "E311", 6, 8},
      {"every 500ms", "E311", 6, 11},
      {"every 5m at 3", "E311", 9, 13},
      {"every 5m from 25:00", "E311", 14, 19},
      {"@every 5m from 04:30", "E311", 10, 20},
      {"at", "E312", 0, 2},
      {"at noon", "E312", 3, 7},
      {"at 2026-02-30T00:00", "E312", 3, 19},
      {"at 2026-02-03T00:00:00.5", "E312", 3, 24},
      {"0 0 * * \xc3\xa4", "E303", 8, 10},
      {"0 0 *\n* *", "E301", 0, 9},
  };
  for (const Row& row : rows) {
    const Schedule::Parsed parsed = Schedule::parse(row.text, {});
    INFO(std::string(row.text));
    CHECK_FALSE(parsed.schedule.has_value());
    REQUIRE(!parsed.errors.empty());
    const ScheduleIssue& issue = parsed.errors.front();
    CHECK(issue.code == std::string(row.code));
    CHECK(issue.begin == row.begin);
    CHECK(issue.end == row.end);
    CHECK(issue.severity == Severity::error);
    CHECK(!issue.message.empty());
  }
}

TEST_CASE("errors name what is wrong and what is allowed") {
  const auto parsed = Schedule::parse("0 25 32 FOO 9", {});
  REQUIRE(parsed.errors.size() == 4);
  CHECK(parsed.errors[0].message == "hour 25 does not exist");
  CHECK(parsed.errors[0].label == "hours are 0 to 23");
  CHECK(parsed.errors[1].message == "day of month 32 does not exist");
  CHECK(parsed.errors[2].message == "unknown month 'FOO'");
  CHECK(parsed.errors[3].label == "days of the week are 0 to 7 (Sunday is 0 and 7)");
  CHECK(Schedule::parse("0 0 * *", {}).errors[0].message == "5 fields expected, got 4");
  ScheduleContext crontab;
  crontab.dialect = Dialect::crontab;
  CHECK(Schedule::parse("0 0 0 * * *", crontab).errors[0].message ==
        "5 fields expected, got 6: is the first one seconds or the sixth a user name?");
  CHECK(Schedule::parse("0 0 * * TEU", {}).errors[0].message ==
        "unknown day of week 'TEU'; did you mean 'tue' or 'thu'?");
}

TEST_CASE("texts that are right but doubtful") {
  struct Row {
    const char* text;
    const char* codes;
  };
  const Row rows[] = {
      {"0 9 * * 1", ""},
      {"0 9 1 * 1", "W304"},
      {"0 9 1 * +1", ""},
      {"0 9 1-31 * 1", "W304"},
      {"0 9 */2 * 1", "W307 W308"},
      {"0 20-1 * * *", "W305"},
      {"0 22-2 * * *", "W309 W305"},
      {"0 0 * * FRI-MON", "W305"},
      {"5/100 * * * *", "W306"},
      {"*/60 * * * *", "W306"},
      {"*/7 * * * *", "W307"},
      {"*/15 */6 * * *", ""},
      {"0 */5 * * *", "W307"},
      {"0 0 31 2 *", "W311"},
      {"* 3 * * *", "W312"},
      {"* 3-5 * * *", "W312"},
      {"* */3 * * *", ""},
      {"30 2 * * *", "W309"},
      {"0 3 * * *", ""},
      {"*/20 2 * * *", "W310"},
      {"0 */2 * * *", ""},
      {"*/5 * * * *", ""},
      {"0 2 * * 1", ""},
      {"0 2 * * 0", "W309"},
  };
  const auto zone = testing::zone("Europe/Berlin");
  for (const Row& row : rows) {
    INFO(std::string(row.text));
    CHECK(Schedule::parse(row.text, {}).schedule.has_value());
    std::string codes;
    for (const ScheduleIssue& warning : schedule_warnings(row.text, {}, zone.get())) {
      CHECK(warning.severity == Severity::warning);
      codes += (codes.empty() ? "" : " ") + warning.code;
    }
    CHECK(codes == std::string(row.codes));
  }
  CHECK(schedule_warnings("0 25 1 * 1", {}, zone.get()).empty());
  CHECK(schedule_warnings("0 0 31 2 *", {}, nullptr)[0].label == "February has no day 31");
  CHECK(schedule_warnings("* 3 * * *", {}, nullptr)[0].replacement == "0");
  CHECK(schedule_warnings("0 9 1 * 1", {}, nullptr)[0].help[0] ==
        "for the first Monday of a month write  0 9 * * 1#1");
}

}  // namespace dsched
