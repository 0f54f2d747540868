#include "cli/time_text.h"

#include <doctest/doctest.h>

#include "base/rfc3339.h"

namespace dsched {
namespace {

const Instant kNow = *parse_rfc3339("2026-11-20T16:12:00Z");

TEST_CASE("times are read in every form of the manual") {
  struct Row {
    const char* text;
    const char* instant;
  };
  const Row rows[] = {
      {"now", "2026-11-20T16:12:00Z"},
      {"today", "2026-11-20T00:00:00Z"},
      {"yesterday", "2026-11-19T00:00:00Z"},
      {"tomorrow", "2026-11-21T00:00:00Z"},
      {"-2h", "2026-11-20T14:12:00Z"},
      {"+30m", "2026-11-20T16:42:00Z"},
      {"@0", "1970-01-01T00:00:00Z"},
      {"@1795191120", "2026-11-20T16:12:00Z"},
      {"02:15", "2026-11-20T02:15:00Z"},
      {"02:15:30", "2026-11-20T02:15:30Z"},
      {"2026-11-21", "2026-11-21T00:00:00Z"},
      {"2026-11-21T02:15", "2026-11-21T02:15:00Z"},
      {"2026-11-21 02:15", "2026-11-21T02:15:00Z"},
      {"2026-11-21T02:15:00+01:00", "2026-11-21T01:15:00Z"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<Instant> at = parse_time(row.text, *Zone::utc(), kNow);
    REQUIRE(at);
    CHECK(format_rfc3339(*at, std::chrono::seconds{0}, true) == row.instant);
  }
}

TEST_CASE("what is no time is refused with the forms that are") {
  for (const char* text : {"", "soon", "24:00", "2026-13-01", "2026-02-30", "2026-11-20T", "-2",
                           "@", "@x", "12:3", "2026-11-20T02:15x", "@123456789012"}) {
    CAPTURE(text);
    const Result<Instant> at = parse_time(text, *Zone::utc(), kNow);
    REQUIRE_FALSE(at);
    CHECK(at.error().code == ErrorCode::invalid);
  }
}

TEST_CASE("upcoming times grow less exact with their distance") {
  const TimeView view(Zone::utc(), kNow);
  CHECK(view.upcoming(kNow + std::chrono::minutes{3}) == "16:15");
  CHECK(view.upcoming(*parse_rfc3339("2026-11-21T02:15:00Z")) == "Sat 02:15");
  CHECK(view.upcoming(*parse_rfc3339("2026-12-01T12:30:00Z")) == "Tue 1 Dec");
  CHECK(view.upcoming(*parse_rfc3339("2027-08-01T12:30:00Z")) == "2027-08-01");
}

TEST_CASE("past times name their day when it is another one") {
  const TimeView view(Zone::utc(), kNow);
  CHECK(view.past(*parse_rfc3339("2026-11-20T16:10:00Z")) == "16:10");
  CHECK(view.past(*parse_rfc3339("2026-11-20T02:15:00Z")) == "today 02:15");
  CHECK(view.past(*parse_rfc3339("2026-11-19T23:00:00Z")) == "yesterday 23:00");
  CHECK(view.past(*parse_rfc3339("2026-11-16T09:00:00Z")) == "Mon 09:00");
}

}  // namespace
}  // namespace dsched
