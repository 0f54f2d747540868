#include "base/duration_text.h"

#include <doctest/doctest.h>

namespace dsched {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

}  // namespace

TEST_CASE("durations are read and written back exactly") {
  struct Row {
    std::string_view text;
    Duration duration;
  };
  const Row rows[] = {
      {"0s", seconds{0}},
      {"500ms", milliseconds{500}},
      {"250us", Duration{250}},
      {"1h30m", minutes{90}},
      {"2d", days{2}},
      {"10d", days{10}},
      {"1w", days{7}},
      {"1d2h3m4s5ms6us",
       days{1} + hours{2} + minutes{3} + seconds{4} + milliseconds{5} + Duration{6}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_duration(row.text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == row.duration);
    CHECK(exact_duration(row.duration) == row.text);
  }
}

TEST_CASE("other spellings of a duration are read too") {
  CHECK(parse_duration("90s").value() == seconds{90});
  CHECK(parse_duration("1w3d").value() == days{10});
  CHECK(parse_duration("007m").value() == minutes{7});
  CHECK(exact_duration(seconds{90}) == "1m30s");
}

TEST_CASE("a bare number is told that it needs a unit") {
  const Error error = parse_duration("30").error();
  CHECK(error.code == ErrorCode::invalid);
  CHECK(error.message == "a duration needs a unit");
  CHECK(error.hint == R"(write "30s", "30m" or "30h")");
}

TEST_CASE("what is not a duration is refused") {
  for (std::string_view text : {"", " ", "s", "h1", "1x", "1h30", "30m1h", "1h1h", "1 h", "1h ",
                                " 1h", "-1h", "+1h", "1.5h", "1H", "1min", "1ms2s", "١s"}) {
    CAPTURE(text);
    const auto parsed = parse_duration(text);
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().message == "'" + std::string(text) + "' is not a duration");
  }
}

TEST_CASE("the longest duration is read and a longer one refused") {
  CHECK(parse_duration("9223372036854775807us").value() == Duration::max());
  for (std::string_view text :
       {"9223372036854775808us", "15250285w", "15250284w9999999d", "99999999999999999999s"}) {
    CAPTURE(text);
    CHECK(parse_duration(text).error().message ==
          "the duration '" + std::string(text) + "' is too long");
  }
}

TEST_CASE("durations for people have two parts at most") {
  struct Row {
    Duration duration;
    std::string_view text;
  };
  const Row rows[] = {
      {Duration{0}, "0.0s"},
      {milliseconds{100}, "0.1s"},
      {milliseconds{12'399}, "12.3s"},
      {milliseconds{59'999}, "59.9s"},
      {minutes{1}, "1m"},
      {seconds{92}, "1m 32s"},
      {minutes{12} + seconds{4}, "12m 04s"},
      {hours{2} + minutes{5} + seconds{59}, "2h 5m"},
      {hours{2} + seconds{59}, "2h"},
      {days{9} + hours{3} + minutes{59}, "9d 3h"},
      {days{400}, "400d"},
      {-seconds{92}, "-1m 32s"},
      {-milliseconds{100}, "-0.1s"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(human_duration(row.duration) == row.text);
  }
}

TEST_CASE("distances from now are rounded down") {
  struct Row {
    Duration from_now;
    std::string_view text;
  };
  const Row rows[] = {
      {Duration{0}, "now"},
      {milliseconds{999}, "now"},
      {-milliseconds{999}, "now"},
      {seconds{1}, "in 1s"},
      {milliseconds{59'999}, "in 59s"},
      {seconds{239}, "in 3m"},
      {-seconds{239}, "3m ago"},
      {hours{9} + minutes{3} + seconds{59}, "in 9h 3m"},
      {hours{9}, "in 9h"},
      {-days{2} - hours{15}, "2d 15h ago"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(relative_duration(row.from_now) == row.text);
  }
}

}  // namespace dsched
