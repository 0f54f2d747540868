#include "time/zone.h"

#include <string>

#include "time/tz_rule.h"
#include "unit/time/support.h"

namespace dsched {
namespace {

// A file of version 2 without transitions: one local time type, and the footer that is given.
std::string slim_file(const std::string& footer) {
  const auto header = [](char types, char characters) {
    std::string text = "TZif2" + std::string(15, '\0');
    for (const char count : {char{0}, char{0}, char{0}, char{0}, types, characters})
      text += std::string(3, '\0') + count;
    return text;
  };
  const std::string type = std::string(6, '\0') + std::string("UTC\0", 4);
  return header(1, 4) + type + header(1, 4) + type + "\n" + footer + "\n";
}

std::string offset_text(const Zone& zone, const char* at) {
  const Zone::Offset offset = zone.at(testing::instant(at));
  return std::string(offset.abbreviation) + " " + std::to_string(offset.utc_offset.count()) +
         (offset.dst ? " dst" : "");
}

}  // namespace

TEST_CASE("UTC never changes") {
  const auto utc = Zone::utc();
  CHECK(offset_text(*utc, "2026-11-20T00:00:00Z") == "UTC 0");
  CHECK(utc->intervals().size() == 2);
}

TEST_CASE("footer rules hold for all years after the file") {
  struct Row {
    const char* rule;
    const char* at;
    const char* offset;
  };
  const Row rows[] = {
      {"UTC0", "2300-07-01T00:00:00Z", "UTC 0"},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2300-07-01T00:00:00Z", "CEST 7200 dst"},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2300-01-01T00:00:00Z", "CET 3600"},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T00:59:59Z", "CET 3600"},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", "CEST 7200 dst"},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:59:59Z", "CEST 7200 dst"},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", "CET 3600"},
      {"IST-1GMT0,M10.5.0,M3.5.0/1", "2100-01-01T00:00:00Z", "GMT 0 dst"},
      {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2100-01-01T00:00:00Z", "AEDT 39600 dst"},
      {"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2100-07-01T00:00:00Z", "-02 -7200 dst"},
      {"EST5EDT,J60,J300", "2100-03-01T06:59:59Z", "EST -18000"},
      {"EST5EDT,J60,J300", "2100-03-01T07:00:00Z", "EDT -14400 dst"},
      {"EST5EDT,J60,J300", "2096-03-01T07:00:00Z", "EDT -14400 dst"},
      {"EST5EDT,59,299", "2100-03-01T07:00:00Z", "EDT -14400 dst"},
      {"EST5EDT,59,299", "2096-02-29T07:00:00Z", "EDT -14400 dst"},
      {"XXX3EDT4,0/0,J365/23", "2100-01-01T00:00:00Z", "EDT -14400 dst"},
      {"XXX3EDT4,0/0,J365/23", "2100-07-01T00:00:00Z", "EDT -14400 dst"},
      {"EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-28T00:00:00Z", "EEST 10800 dst"},
      {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2100-01-01T00:00:00Z", "+11 39600 dst"},
  };
  for (const Row& row : rows) {
    INFO((std::string(row.rule) + " at " + row.at));
    const auto zone = Zone::from_tzif("test", slim_file(row.rule));
    REQUIRE(zone.has_value());
    CHECK(offset_text(**zone, row.at) == row.offset);
  }
}

TEST_CASE("what is no rule is refused") {
  for (const char* rule :
       {"C-1", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/3,",
        "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,J0,J365", "CET-1CEST,J366,J1", "CET-25", "CET-1:60", "<CET-1",
        "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1 "}) {
    INFO(std::string(rule));
    CHECK_FALSE(parse_tz_rule(rule).has_value());
    CHECK_FALSE(Zone::from_tzif("test", slim_file(rule)).has_value());
  }
}

TEST_CASE("files that count leap seconds are refused in clear words") {
  const auto bytes = testing::read_file("/usr/share/zoneinfo/right/Europe/Berlin");
  if (!bytes) {
    MESSAGE("no right/ files here");
    return;
  }
  const auto zone = Zone::from_tzif("right/Europe/Berlin", *bytes);
  REQUIRE_FALSE(zone.has_value());
  CHECK(zone.error().code == ErrorCode::unsupported);
  CHECK(zone.error().message == "this zone file counts leap seconds");
}

TEST_CASE("files of version 1 are refused in clear words") {
  std::string bytes = slim_file("UTC0");
  bytes[4] = '\0';
  CHECK(Zone::from_tzif("test", bytes).error().code == ErrorCode::unsupported);
}

TEST_CASE("no damage to a zone file goes unnoticed or does harm") {
  const auto bytes = testing::read_file("/usr/share/zoneinfo/Europe/Berlin");
  REQUIRE(bytes.has_value());
  for (std::size_t length = 0; length < bytes->size(); ++length) {
    CHECK_FALSE(Zone::from_tzif("cut", bytes->substr(0, length)).has_value());
  }
  for (std::size_t i = 0; i < bytes->size(); ++i) {
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string damaged = *bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      const auto zone = Zone::from_tzif("damaged", damaged);
      if (zone)
        CHECK((*zone)->at(testing::instant("2026-07-01T00:00:00Z")).utc_offset <
              std::chrono::hours{27});
    }
  }
}

TEST_CASE("local times at interval starts only grow") {
  for (const char* name : {"Europe/Berlin", "Pacific/Apia", "America/Sitka", "Asia/Manila",
                           "Africa/Casablanca", "Antarctica/Casey"}) {
    const auto& intervals = testing::zone(name)->intervals();
    for (std::size_t i = 2; i + 1 < intervals.size(); ++i) {
      CHECK(intervals[i].start_s + intervals[i].offset_s >=
            intervals[i - 1].start_s + intervals[i - 1].offset_s);
      CHECK(intervals[i].offset_s - intervals[i - 1].offset_s == intervals[i].change_s);
      CHECK(testing::zone(name)->interval_at(intervals[i].start_s) == i);
      CHECK(testing::zone(name)->interval_at(intervals[i].start_s - 1) == i - 1);
    }
  }
}

}  // namespace dsched
