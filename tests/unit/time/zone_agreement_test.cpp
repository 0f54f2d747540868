// Every zone of the installed database against the C library: each clock change from 1970 to 2100
// and the instants around it, for the files as they are and as "zic -b slim" writes them.

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <set>
#include <string>

#include <unistd.h>

#include "time/civil.h"
#include "unit/time/support.h"

namespace dsched {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFrom = 0;
constexpr std::int64_t kTo = std::int64_t{days_from_civil(2101, 1, 1)} * 86400;

struct Reading {
  std::int64_t offset_s;
  bool dst;
  std::string abbreviation;
  bool operator==(const Reading&) const = default;
};

Reading of_c_library(std::int64_t at) {
  const std::time_t seconds = at;
  std::tm local{};
  localtime_r(&seconds, &local);
  return {local.tm_gmtoff, local.tm_isdst > 0, local.tm_zone};
}

Reading of_zone(const Zone& zone, std::int64_t at) {
  const Zone::Offset offset = zone.at(Second{std::chrono::seconds{at}});
  return {offset.utc_offset.count(), offset.dst, std::string(offset.abbreviation)};
}

// The instants worth a look: a fixed grid, and the surroundings of every change that either side
// knows.
std::set<std::int64_t> instants(const Zone& zone) {
  std::set<std::int64_t> all;
  const auto around = [&](std::int64_t change) {
    for (const int distance : {-86400, -3600, -1, 0, 1, 3600, 86400}) all.insert(change + distance);
  };
  for (const Zone::Interval& interval : zone.intervals()) {
    if (interval.start_s > kFrom && interval.start_s < kTo) around(interval.start_s);
  }
  constexpr std::int64_t kStep = 12 * 86400 + 3600;
  Reading before = of_c_library(kFrom);
  for (std::int64_t at = kFrom + kStep; at < kTo; at += kStep) {
    const Reading now = of_c_library(at);
    if (now == before) continue;
    std::int64_t low = at - kStep;
    std::int64_t high = at;
    while (high - low > 1) {
      const std::int64_t middle = (low + high) / 2;
      (of_c_library(middle) == before ? low : high) = middle;
    }
    around(high);
    before = now;
  }
  return all;
}

// The instants at which our reading of one file and the C library's reading of another differ.
std::set<std::int64_t> disagreements(const std::string& ours, const std::string& c_library) {
  const auto bytes = testing::read_file(ours);
  REQUIRE(bytes.has_value());
  const auto zone = Zone::from_tzif("test", *bytes);
  REQUIRE(zone.has_value());
  ::setenv("TZ", (":" + c_library).c_str(), 1);
  ::tzset();
  std::set<std::int64_t> differing;
  for (const std::int64_t at : instants(**zone)) {
    if (at < kFrom || at >= kTo) continue;
    const Zone::Interval& interval = (*zone)->intervals()[(*zone)->interval_at(at)];
    const Reading expected = of_c_library(at);
    if (!(of_zone(**zone, at) == expected) || interval.offset_s != expected.offset_s)
      differing.insert(at);
  }
  return differing;
}

// One name for each different file.
std::set<std::string> distinct_zones(const std::string& directory, ZoneDatabase& database) {
  std::set<std::string> contents;
  std::set<std::string> names;
  for (const std::string& name : database.names()) {
    const auto bytes = testing::read_file(directory + "/" + name);
    if (bytes && contents.insert(*bytes).second) names.insert(name);
  }
  return names;
}

}  // namespace

TEST_CASE("every installed zone agrees with the C library") {
  const std::string directory = "/usr/share/zoneinfo";
  ZoneDatabase database({directory}, testing::read_file);
  const auto names = distinct_zones(directory, database);
  REQUIRE(names.size() > 200);
  for (const std::string& name : names) {
    INFO(std::string(name));
    CHECK(disagreements(directory + "/" + name, directory + "/" + name).empty());
  }
}

TEST_CASE("every zone as a slim file agrees with the C library") {
  const std::string source = "/usr/share/zoneinfo/tzdata.zi";
  if (!testing::read_file(source) || std::system("command -v zic >/dev/null") != 0) {
    MESSAGE("no zic or no tzdata.zi here");
    return;
  }
  const fs::path directory =
      fs::temp_directory_path() / ("dsched-slim-" + std::to_string(::getpid()));
  const std::string slim = (directory / "slim").string();
  const std::string fat = (directory / "fat").string();
  REQUIRE(std::system(("zic -b slim -d " + slim + " " + source).c_str()) == 0);
  REQUIRE(std::system(("zic -b fat -d " + fat + " " + source).c_str()) == 0);
  ZoneDatabase database({"/usr/share/zoneinfo"}, testing::read_file);
  const auto names = distinct_zones(slim, database);
  CHECK(names.size() > 200);
  for (const std::string& name : names) {
    INFO(std::string(name));
    std::set<std::int64_t> wrong = disagreements(slim + "/" + name, slim + "/" + name);
    if (!wrong.empty()) {
      // Where the C library reads the two files differently, the one with every change written out
      // is right.
      const auto also_in_fat = disagreements(slim + "/" + name, fat + "/" + name);
      std::erase_if(wrong, [&](std::int64_t at) { return also_in_fat.count(at) == 0; });
    }
    CHECK(wrong.empty());
  }
  fs::remove_all(directory);
}

}  // namespace dsched
