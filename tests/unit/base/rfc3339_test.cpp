#include "base/rfc3339.h"

#include <doctest/doctest.h>

namespace dsched {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// 2026-11-20T16:12:00Z
constexpr Instant kFriday = from_unix_us(1'795'191'120'000'000);

}  // namespace

TEST_CASE("instants are written in local time with their offset") {
  CHECK(format_rfc3339(kFriday, hours{1}) == "2026-11-20T17:12:00+01:00");
  CHECK(format_rfc3339(kFriday, -(hours{9} + minutes{30})) == "2026-11-20T06:42:00-09:30");
  CHECK(format_rfc3339(kFriday, hours{14}) == "2026-11-21T06:12:00+14:00");
  CHECK(format_rfc3339(kFriday, seconds{0}) == "2026-11-20T16:12:00+00:00");
  CHECK(format_rfc3339(kFriday, seconds{0}, true) == "2026-11-20T16:12:00Z");
  CHECK(format_rfc3339(kFriday, hours{1}, true) == "2026-11-20T17:12:00+01:00");
}

TEST_CASE("the fraction is whole milliseconds, rounded down, and absent when zero") {
  CHECK(format_rfc3339(kFriday + Duration{114'999}, hours{1}) == "2026-11-20T17:12:00.114+01:00");
  CHECK(format_rfc3339(kFriday + Duration{999}, hours{1}) == "2026-11-20T17:12:00+01:00");
  CHECK(format_rfc3339(kFriday - Duration{1}, hours{1}) == "2026-11-20T17:11:59.999+01:00");
  CHECK(format_rfc3339(from_unix_us(-1), seconds{0}, true) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("an offset with seconds is rounded to minutes and the instant stays the same") {
  struct Row {
    seconds offset;
    std::string_view text;
  };
  const Row rows[] = {
      {seconds{53 * 60 + 28}, "2026-11-20T17:05:00+00:53"},  // Berlin before 1893
      {seconds{53 * 60 + 30}, "2026-11-20T17:06:00+00:54"},
      {-seconds{16 * 60 + 8}, "2026-11-20T15:56:00-00:16"},
      {-seconds{29}, "2026-11-20T16:12:00+00:00"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(format_rfc3339(kFriday, row.offset) == row.text);
    CHECK(parse_rfc3339(row.text).value() == kFriday);
  }
}

TEST_CASE("time stamps of any offset and precision are read") {
  struct Row {
    std::string_view text;
    std::int64_t unix_us;
  };
  const Row rows[] = {
      {"2026-11-20T17:12:00+01:00", 1'795'191'120'000'000},
      {"2026-11-20T16:12:00Z", 1'795'191'120'000'000},
      {"2026-11-20t16:12:00z", 1'795'191'120'000'000},
      {"2026-11-20T16:12:00-00:00", 1'795'191'120'000'000},
      {"2026-11-20T16:12:00.5Z", 1'795'191'120'500'000},
      {"2026-11-20T16:12:00.114999999Z", 1'795'191'120'114'999},
      {"2026-11-21T16:11:00+23:59", 1'795'191'120'000'000},
      {"1970-01-01T00:00:00Z", 0},
      {"1969-12-31T23:59:59.999999Z", -1},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000'000},
      {"0001-01-01T00:00:00Z", -62'135'596'800'000'000},
      {"9999-12-31T23:59:59Z", 253'402'300'799'000'000},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_rfc3339(row.text);
    REQUIRE(parsed.has_value());
    CHECK(to_unix_us(*parsed) == row.unix_us);
  }
}

TEST_CASE("what is not a full time stamp is refused with the form to write") {
  for (std::string_view text :
       {"", "2026-11-20", "2026-11-20T16:12:00", "2026-11-20T16:12Z", "2026-11-20 16:12:00Z",
        "26-11-20T16:12:00Z", "2026-1-20T16:12:00Z", "2026-11-20T16:12:00.Z",
        "2026-11-20T16:12:00.1234567890Z", "2026-11-20T16:12:00+01", "2026-11-20T16:12:00+0100",
        "2026-11-20T16:12:00Z ", " 2026-11-20T16:12:00Z", "2026-11-20T16:12:00ZZ",
        "-026-11-20T16:12:00Z", "2026-11-20T16:12:00+-1:00", "2026/11/20T16:12:00Z"}) {
    CAPTURE(text);
    const auto parsed = parse_rfc3339(text);
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().message ==
          "'" + std::string(text) + "' is not a date and time with offset");
    CHECK(!parsed.error().hint.empty());
  }
}

TEST_CASE("dates and times that do not exist are refused") {
  for (std::string_view text :
       {"2026-02-29T00:00:00Z", "2026-00-10T00:00:00Z", "2026-13-10T00:00:00Z",
        "2026-11-31T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-20T24:00:00Z",
        "2026-11-20T16:60:00Z", "2026-11-20T23:59:60Z", "2026-11-20T16:12:00+24:00",
        "2026-11-20T16:12:00+01:60"}) {
    CAPTURE(text);
    const auto parsed = parse_rfc3339(text);
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().message == "'" + std::string(text) + "' does not exist");
  }
}

}  // namespace dsched
