#include "base/run_id.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace dsched {
namespace {

constexpr Instant kStart = from_unix_us(1'469'918'176'385'000);

}  // namespace

TEST_CASE("a run id is the time and the random bits in base 32") {
  CHECK(make_run_id(kStart, 0, 0) == "01ARYZ6S410000000000000000");
  CHECK(make_run_id(kStart, 0xFFFF, UINT64_MAX) == "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
  CHECK(make_run_id(from_unix_us(0), 0, 1) == "00000000000000000000000001");
  CHECK(make_run_id(from_unix_us(0), 1, 0) == "0000000000000G000000000000");
}

TEST_CASE("only the low 16 bits of the high random number count") {
  CHECK(make_run_id(kStart, 0xABCD'0000'0000'1234, 7) == make_run_id(kStart, 0x1234, 7));
}

TEST_CASE("run ids sort by start") {
  const std::string earlier = make_run_id(kStart, 0xFFFF, UINT64_MAX);
  const std::string later = make_run_id(kStart + std::chrono::milliseconds{1}, 0, 0);
  CHECK(earlier < later);
}

TEST_CASE("the short form is characters 4 to 11 in lower case") {
  CHECK(short_run_id("01JD3KQ2M9TXABCDEFGHJKMNPQ") == "3kq2m9tx");
  CHECK(short_run_id("01JD3K") == "3k");
  CHECK(short_run_id("").empty());
}

TEST_CASE("run ids are recognised in any case") {
  const std::string id = make_run_id(kStart, 0x1234, 0x5678'9ABC'DEF0'1234);
  std::string lower = id;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return 'A' <= c && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  CHECK(looks_like_run_id(id));
  CHECK(looks_like_run_id(lower));
  CHECK(!looks_like_run_id(id.substr(1)));
  CHECK(!looks_like_run_id(id + "0"));
  for (char outside : std::string_view("ILOUilou-@[`{")) {
    CAPTURE(outside);
    CHECK(!looks_like_run_id(outside + id.substr(1)));
  }
}

}  // namespace dsched
