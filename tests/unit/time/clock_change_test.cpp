// Nights on which clocks change. The rows of the first table are those that other implementations
// get wrong.

#include <string>
#include <vector>

#include "base/text.h"
#include "unit/time/support.h"

namespace dsched {
namespace {

using testing::firings;
using testing::instant;
using testing::timetable;

TimetableRules rules(DstGap gap, bool gap_set, DstRepeat repeat) {
  TimetableRules rules;
  rules.dst_gap = gap;
  rules.dst_gap_set = gap_set;
  rules.dst_repeat = repeat;
  return rules;
}

const TimetableRules kDefault;
const TimetableRules kSkip = rules(DstGap::skip, true, DstRepeat::once);
const TimetableRules kAfterSet = rules(DstGap::after, true, DstRepeat::once);
const TimetableRules kBoth = rules(DstGap::after, false, DstRepeat::both);

struct Row {
  const char* expression;
  const char* zone;
  const char* after;
  std::vector<std::string> firings;
  TimetableRules rules = kDefault;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO((std::string(row.expression) + " in " + row.zone + " after " + row.after));
    const Timetable table = timetable(row.expression, row.zone, row.rules);
    CHECK(join(firings(table, row.after, static_cast<int>(row.firings.size())), " ") ==
          join(row.firings, " "));
    // Backwards from the last, the same firings come in the opposite order.
    auto at = std::optional(instant(row.firings.back()));
    for (auto expected = row.firings.rbegin(); expected != row.firings.rend(); ++expected) {
      at = table.previous(*at);
      CHECK(testing::local_text(table, at) == *expected);
      if (!at) break;
      *at -= std::chrono::seconds{1};
    }
  }
}

}  // namespace

TEST_CASE("summer time begins and ends in Berlin") {
  check({
      {"30 2 * * *",
       "Europe/Berlin",
       "2026-03-28T12:00:00Z",
       {"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"}},
      {"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", {"2026-03-30T02:30:00+02:00"}, kSkip},
      {"0,30 2 * * *",
       "Europe/Berlin",
       "2026-03-28T12:00:00Z",
       {"2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"}},
      {"0,30 2,3 * * *",
       "Europe/Berlin",
       "2026-03-28T12:00:00Z",
       {"2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"}},
      {"*/20 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", {"2026-03-30T02:00:00+02:00"}},
      {"*/20 2 * * *",
       "Europe/Berlin",
       "2026-03-28T12:00:00Z",
       {"2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"},
       kAfterSet},
      {"30 2 * * *",
       "Europe/Berlin",
       "2026-10-24T12:00:00Z",
       {"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}},
      {"30 2 * * *",
       "Europe/Berlin",
       "2026-10-24T12:00:00Z",
       {"2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"},
       kBoth},
      {"0 * * * *",
       "Europe/Berlin",
       "2026-10-25T01:30:00+02:00",
       {"2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"}},
      {"*/30 2 * * *",
       "Europe/Berlin",
       "2026-10-25T02:15:00+02:00",
       {"2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00"}},
      {"every 30m",
       "Europe/Berlin",
       "2026-10-25T02:15:00+02:00",
       {"2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00"}},
      {"every 30m",
       "Europe/Berlin",
       "2026-03-29T01:15:00+01:00",
       {"2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"}},
      {"0 0 3 * * *",
       "Europe/Berlin",
       "2026-03-28T12:00:00Z",
       {"2026-03-29T03:00:00+02:00", "2026-03-30T03:00:00+02:00"}},
      {"15 30 2 * * *",
       "Europe/Berlin",
       "2026-03-28T12:00:00Z",
       {"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:15+02:00"}},
      {"30 2 29 3 *",
       "Europe/Berlin",
       "2026-01-01T00:00:00Z",
       {"2026-03-29T03:00:00+02:00", "2027-03-29T02:30:00+02:00"}},
      {"30 2 25 10 *",
       "Europe/Berlin",
       "2026-10-25T02:30:00+02:00",
       {"2026-10-25T02:30:00+01:00", "2027-10-25T02:30:00+02:00"},
       kBoth},
  });
}

TEST_CASE("zones with unusual clock changes") {
  check({
      // Half an hour.
      {"15 2 * * *",
       "Australia/Lord_Howe",
       "2026-10-03T12:00:00+10:30",
       {"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"}},
      {"45 1 * * *",
       "Australia/Lord_Howe",
       "2026-04-04T12:00:00+11:00",
       {"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"}},
      // Midnight is missing.
      {"0 0 * * *",
       "America/Sao_Paulo",
       "2018-11-03T12:00:00-03:00",
       {"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}},
      {"0 0 4 11 *",
       "America/Sao_Paulo",
       "2018-11-03T12:00:00-03:00",
       {"2018-11-04T01:00:00-02:00", "2019-11-04T00:00:00-03:00"}},
      {"0 0 * * *",
       "Asia/Beirut",
       "2026-03-28T12:00:00+02:00",
       {"2026-03-29T01:00:00+03:00", "2026-03-30T00:00:00+03:00"}},
      {"30 0 * * *",
       "Africa/Cairo",
       "2026-04-23T12:00:00+02:00",
       {"2026-04-24T01:00:00+03:00", "2026-04-25T00:30:00+03:00"}},
      // Two hours.
      {"30 1 * * *",
       "Antarctica/Troll",
       "2026-03-28T12:00:00Z",
       {"2026-03-29T03:00:00+02:00", "2026-03-30T01:30:00+02:00"}},
      {"30 2 * * *",
       "Antarctica/Troll",
       "2026-10-24T12:00:00Z",
       {"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+00:00"}},
      // Three hours are summer time still.
      {"30 0 * * *",
       "Antarctica/Casey",
       "2010-03-04T12:00:00+11:00",
       {"2010-03-05T00:30:00+11:00", "2010-03-06T00:30:00+08:00"}},
      {"0 2 * * *",
       "Antarctica/Casey",
       "2010-03-04T12:00:00+11:00",
       {"2010-03-05T02:00:00+08:00", "2010-03-06T02:00:00+08:00"}},
      // Winter time is the exception in Dublin; the clock is what counts.
      {"30 1 * * *",
       "Europe/Dublin",
       "2026-03-28T12:00:00Z",
       {"2026-03-29T02:00:00+01:00", "2026-03-30T01:30:00+01:00"}},
      {"30 1 * * *",
       "Europe/Dublin",
       "2026-10-24T12:00:00+01:00",
       {"2026-10-25T01:30:00+01:00", "2026-10-26T01:30:00+00:00"}},
      // Ramadan in Morocco.
      {"30 2 * * *",
       "Africa/Casablanca",
       "2026-02-14T12:00:00+01:00",
       {"2026-02-15T02:30:00+01:00", "2026-02-16T02:30:00+00:00"}},
      {"30 2 * * *",
       "Africa/Casablanca",
       "2026-03-21T12:00:00+00:00",
       {"2026-03-22T03:00:00+01:00", "2026-03-23T02:30:00+01:00"}},
      // 2011-12-30 did not happen in Samoa, and nothing is made up for it.
      {"0 12 * * *",
       "Pacific/Apia",
       "2011-12-29T00:00:00-10:00",
       {"2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00"}},
      {"0 0 30 12 *", "Pacific/Apia", "2011-01-01T00:00:00-10:00", {"2012-12-30T00:00:00+14:00"}},
      {"0 0 31 12 *",
       "Pacific/Kiritimati",
       "1994-12-01T00:00:00-10:00",
       {"1995-12-31T00:00:00+14:00"}},
      {"0 0 1 1 *",
       "Pacific/Kiritimati",
       "1994-12-01T00:00:00-10:00",
       {"1995-01-01T00:00:00+14:00"}},
      {"0 0 * * *",
       "Asia/Tokyo",
       "2026-03-28T12:00:00Z",
       {"2026-03-29T00:00:00+09:00", "2026-03-30T00:00:00+09:00"}},
      {"0 0 * * *", "Asia/Kathmandu", "2026-03-28T12:00:00Z", {"2026-03-29T00:00:00+05:45"}},
      // The offset changed for good, without summer time.
      {"30 23 * * *",
       "Asia/Pyongyang",
       "2018-05-03T12:00:00+08:30",
       {"2018-05-03T23:30:00+08:30", "2018-05-05T00:00:00+09:00", "2018-05-05T23:30:00+09:00"}},
  });
}

TEST_CASE("far years and the time before 1970") {
  check({
      {"30 2 * * *",
       "Europe/Berlin",
       "2038-03-27T12:00:00Z",
       {"2038-03-28T03:00:00+02:00", "2038-03-29T02:30:00+02:00"}},
      {"30 2 * * *",
       "Europe/Berlin",
       "2037-03-28T12:00:00Z",
       {"2037-03-29T03:00:00+02:00", "2037-03-30T02:30:00+02:00"}},
      {"0 0 * * *", "UTC", "2038-01-19T03:14:07Z", {"2038-01-20T00:00:00+00:00"}},
      {"0 0 29 2 *", "Europe/Berlin", "2096-03-01T00:00:00Z", {"2104-02-29T00:00:00+01:00"}},
      {"0 12 1 7 *", "America/New_York", "2200-01-01T00:00:00Z", {"2200-07-01T12:00:00-04:00"}},
      {"30 2 * * *", "America/New_York", "2200-03-08T12:00:00Z", {"2200-03-09T03:00:00-04:00"}},
      {"0 0 1 1 *",
       "UTC",
       "1899-06-01T00:00:00Z",
       {"1900-01-01T00:00:00+00:00", "1901-01-01T00:00:00+00:00"}},
      {"0 12 * * *", "Europe/Berlin", "1945-05-23T12:00:00Z", {"1945-05-24T12:00:00+03:00"}},
      {"0 0 1 1 *", "UTC", "2498-06-01T00:00:00Z", {"2499-01-01T00:00:00+00:00"}},
  });
  const Timetable daily = timetable("0 0 * * *", "Europe/Berlin");
  CHECK(daily.next(kEndSecond) == std::nullopt);
  CHECK(daily.next(Second::max()) == std::nullopt);
  CHECK(daily.next(Second::min()).has_value());
  CHECK(daily.previous(Second::min()) == std::nullopt);
  CHECK(daily.previous(Second::max()).has_value());
}

TEST_CASE("several schedules fire together once") {
  const auto zone = testing::zone("Europe/Berlin");
  const Timetable table({testing::schedule("0 9 * * *"), testing::schedule("0 9,10 * * *"),
                         testing::schedule("30 2 * * *"), testing::schedule("0 3 * * *")},
                        zone);
  CHECK(firings(table, "2026-03-28T12:00:00Z", 3) ==
        std::vector<std::string>{"2026-03-29T03:00:00+02:00", "2026-03-29T09:00:00+02:00",
                                 "2026-03-29T10:00:00+02:00"});
  CHECK(table.count(instant("2026-03-28T23:00:00Z"), instant("2026-03-29T22:00:00Z"), 100) == 3);
  CHECK(table.count(instant("2026-03-28T23:00:00Z"), instant("2026-03-29T22:00:00Z"), 2) == 2);
  CHECK(table.fires_at(instant("2026-03-29T01:00:00Z")));
  CHECK_FALSE(table.fires_at(instant("2026-03-29T01:00:01Z")));
  CHECK(Timetable().next(instant("2026-03-29T01:00:00Z")) == std::nullopt);
  CHECK(Timetable().empty());
}

TEST_CASE("days off have no firings") {
  auto calendar = std::make_shared<Calendar>();
  REQUIRE(calendar->add("12-24..12-26").has_value());
  REQUIRE(calendar->add("2026-12-31").has_value());
  TimetableRules rules;
  rules.except = calendar;
  const Timetable hourly = timetable("0 */12 * * *", "Europe/Berlin", rules);
  CHECK(firings(hourly, "2026-12-23T10:00:00Z", 3) ==
        std::vector<std::string>{"2026-12-23T12:00:00+01:00", "2026-12-27T00:00:00+01:00",
                                 "2026-12-27T12:00:00+01:00"});
  CHECK(testing::local_text(hourly, hourly.previous(instant("2026-12-26T23:00:00+01:00"))) ==
        "2026-12-23T12:00:00+01:00");
  CHECK(testing::local_text(hourly, hourly.previous(instant("2027-01-01T00:00:00+01:00"))) ==
        "2027-01-01T00:00:00+01:00");
  CHECK(testing::local_text(hourly, hourly.previous(instant("2026-12-31T23:59:59+01:00"))) ==
        "2026-12-30T12:00:00+01:00");
  auto always = std::make_shared<Calendar>();
  REQUIRE(always->add("01-01..12-31").has_value());
  rules.except = always;
  CHECK(timetable("* * * * *", "Europe/Berlin", rules).next(instant("2026-12-23T10:00:00Z")) ==
        std::nullopt);
  CHECK(timetable("* * * * *", "Europe/Berlin", rules).previous(instant("2026-12-23T10:00:00Z")) ==
        std::nullopt);
}

TEST_CASE("a note says what the clock does to a firing") {
  const auto note = [](const char* expression, const char* at, TimetableRules rules = {}) {
    return timetable(expression, "Europe/Berlin", rules).dst_note(instant(at));
  };
  CHECK(note("30 2 * * *", "2027-03-28T01:00:00Z") ==
        "02:30 does not exist that day; runs right after the change (dst_gap = \"after\")");
  CHECK(note("30 2 * * *", "2026-10-25T00:30:00Z") ==
        "02:30 happens twice that day; runs the first time only (dst_repeat = \"once\")");
  CHECK(note("30 2 * * *", "2026-10-25T00:30:00Z", kBoth) ==
        "02:30 happens twice that day; this is the first time (dst_repeat = \"both\")");
  CHECK(note("30 2 * * *", "2026-10-25T01:30:00Z", kBoth) ==
        "02:30 happens twice that day; this is the second time (dst_repeat = \"both\")");
  CHECK(note("30 2 * * *", "2026-10-26T01:30:00Z") == "");
  CHECK(note("0 3 * * *", "2027-03-28T01:00:00Z") == "");
  CHECK(note("*/5 * * * *", "2026-10-25T00:30:00Z") == "");
  CHECK(note("every 7m", "2026-10-25T00:30:00Z") == "");
}

TEST_CASE("jitter is fixed per job and host and stays below its bound") {
  using std::chrono::minutes;
  using std::chrono::seconds;
  CHECK(jitter_offset("job", "web1", Duration{0}) == Duration{0});
  CHECK(jitter_offset("job", "web1", minutes{10}) == jitter_offset("job", "web1", minutes{10}));
  CHECK(jitter_offset("job", "web1", minutes{10}) != jitter_offset("job", "web2", minutes{10}));
  for (int i = 0; i < 100; ++i) {
    const Duration offset = jitter_offset("job" + std::to_string(i), "web1", minutes{10});
    CHECK(offset >= Duration{0});
    CHECK(offset < minutes{10});
    CHECK(offset % seconds{1} == Duration{0});
    CHECK(jitter_offset("job" + std::to_string(i), "web1", Duration{5}) < Duration{5});
  }
}

}  // namespace dsched
