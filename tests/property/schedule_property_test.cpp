// src/time against the plain implementation in naive_cron.h, on random expressions, zones and spans
// of time.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/text.h"
#include "property/naive_cron.h"
#include "property/random_cron.h"
#include "time/timetable.h"
#include "time/zone_database.h"

namespace dsched {
namespace {

constexpr int kRounds = DSCHED_PROPERTY_ROUNDS;
constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kFrom =
    5 * 365 * kDay;  // 1975: offsets are whole minutes everywhere since then
constexpr std::int64_t kTo = 126 * 365 * kDay;  // 2095

Second second(std::int64_t unix_s) {
  return Second{std::chrono::seconds{unix_s}};
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (bytes.empty()) return Error{ErrorCode::not_found, path, ""};
  return bytes;
}

Timetable timetable_of(const std::string& expression, std::shared_ptr<const Zone> zone,
                       TimetableRules rules = {}) {
  const Schedule::Parsed parsed = Schedule::parse(expression, {});
  INFO(expression);
  REQUIRE(parsed.schedule.has_value());
  return Timetable({*parsed.schedule}, std::move(zone), rules);
}

// A time near one of the zone's clock changes, or anywhere.
std::int64_t random_instant(RandomCron& random, const Zone& zone) {
  const std::int64_t any =
      kFrom + std::int64_t{random.number(0, static_cast<int>((kTo - kFrom) / 3600))} * 3600;
  const Zone::Interval& next = zone.intervals()[zone.interval_at(any) + 1];
  if (next.start_s >= kTo || random.one_in(4)) return any;
  return next.start_s - random.number(0, 40) * 3600 - random.number(0, 3599);
}

std::vector<std::int64_t> forward(const Timetable& timetable, std::int64_t after,
                                  std::int64_t not_after) {
  std::vector<std::int64_t> firings;
  for (auto at = timetable.next(second(after)); at && *at <= second(not_after);
       at = timetable.next(*at)) {
    firings.push_back(at->time_since_epoch().count());
  }
  return firings;
}

std::vector<std::int64_t> backward(const Timetable& timetable, std::int64_t after,
                                   std::int64_t not_after) {
  std::vector<std::int64_t> firings;
  for (auto at = timetable.previous(second(not_after)); at && *at > second(after);
       at = timetable.previous(*at - std::chrono::seconds{1})) {
    firings.push_back(at->time_since_epoch().count());
  }
  std::reverse(firings.begin(), firings.end());
  return firings;
}

}  // namespace

TEST_CASE("random expressions fire exactly when a walk over all minutes says so") {
  ZoneDatabase zones({"/usr/share/zoneinfo"}, read_file);
  const std::vector<std::string> names = zones.names();
  REQUIRE(!names.empty());
  const std::vector<std::string> favourites{
      "Europe/Berlin",     "America/New_York", "Australia/Lord_Howe",
      "America/Sao_Paulo", "Asia/Beirut",      "Africa/Cairo",
      "Antarctica/Troll",  "Antarctica/Casey", "Europe/Dublin",
      "Africa/Casablanca", "Pacific/Apia",     "Pacific/Kiritimati",
      "America/Nuuk",      "Asia/Gaza",        "UTC"};
  RandomCron random(20261120);
  for (int round = 0; round < kRounds; ++round) {
    const auto& list = random.one_in(2) ? names : favourites;
    const std::string name =
        list[static_cast<std::size_t>(random.number(0, static_cast<int>(list.size()) - 1))];
    const auto zone = zones.find(name);
    REQUIRE(zone.has_value());
    ::setenv("TZ", (":" + name).c_str(), 1);
    ::tzset();
    const std::string expression = random.expression();
    const naive::Rules rules{!random.one_in(3), random.one_in(3), random.one_in(3)};
    TimetableRules our_rules;
    our_rules.dst_gap = rules.gap_after ? DstGap::after : DstGap::skip;
    our_rules.dst_gap_set = rules.gap_set;
    our_rules.dst_repeat = rules.repeat_both ? DstRepeat::both : DstRepeat::once;
    const Timetable timetable = timetable_of(expression, *zone, our_rules);
    const std::int64_t after = random_instant(random, **zone);
    const std::int64_t not_after = after + random.number(1, 60) * 3600 + random.number(0, 3599);

    const auto expected = naive::Cron(expression).firings(after, not_after, rules);
    const auto found = forward(timetable, after, not_after);
    INFO(expression << " in " << name << " from " << after << " to " << not_after << ", gap_after "
                    << rules.gap_after << " set " << rules.gap_set << " both "
                    << rules.repeat_both);
    REQUIRE(found == expected);
    REQUIRE(backward(timetable, after, not_after) == expected);
    REQUIRE(timetable.count(second(after), second(not_after), 1'000'000) == expected.size());
  }
}

TEST_CASE("random day fields match exactly the days that a walk over all days says") {
  RandomCron random(42);
  for (int round = 0; round < kRounds; ++round) {
    const std::string expression = "0 12 " + random.day_fields();
    const naive::Cron cron(expression);
    const Timetable timetable = timetable_of(expression, Zone::utc());
    const std::int64_t first_day = random.number(-100 * 365, 400 * 365);
    const std::int64_t last_day = first_day + (random.one_in(20) ? 41 * 366 : 1000);
    std::vector<std::int64_t> expected;
    for (std::int64_t day = first_day; day <= last_day; ++day) {
      const std::time_t noon = day * kDay + kDay / 2;
      std::tm local{};
      gmtime_r(&noon, &local);
      if (cron.day_matches(local)) expected.push_back(noon);
    }
    INFO(expression << " from day " << first_day);
    REQUIRE(forward(timetable, first_day * kDay, (last_day + 1) * kDay) == expected);
    REQUIRE(backward(timetable, first_day * kDay, (last_day + 1) * kDay) == expected);
  }
}

TEST_CASE("next is later, previous is the last one, and both stop at the same firings") {
  ZoneDatabase zones({"/usr/share/zoneinfo"}, read_file);
  const std::vector<std::string> names = zones.names();
  RandomCron random(7);
  for (int round = 0; round < kRounds; ++round) {
    const std::string& name =
        names[static_cast<std::size_t>(random.number(0, static_cast<int>(names.size()) - 1))];
    const auto zone = zones.find(name);
    REQUIRE(zone.has_value());
    const std::string expression = std::to_string(random.number(0, 59)) + " " +
                                   std::to_string(random.number(0, 4)) + " " + random.day_fields();
    const Timetable timetable = timetable_of(expression, *zone);
    const Second at = second(random_instant(random, **zone));
    INFO(expression << " in " << name << " at " << at.time_since_epoch().count());
    const auto next = timetable.next(at);
    const auto previous = timetable.previous(at);
    if (previous) {
      REQUIRE(*previous <= at);
      REQUIRE(timetable.fires_at(*previous));
      REQUIRE(timetable.next(*previous) == next);
    }
    if (next) {
      REQUIRE(*next > at);
      REQUIRE(timetable.fires_at(*next));
      REQUIRE(timetable.previous(*next) == next);
      REQUIRE(timetable.previous(*next - std::chrono::seconds{1}) == previous);
    }
  }
}

// Five fields are read in one pass where that can be done, six never: with second 0 in front they
// must mean the same, or be wrong both.
TEST_CASE("the quick reader of plain expressions agrees with the one that knows everything") {
  RandomCron random(11);
  const std::string characters = " \t*/-,?0123456789LW#H~+jan";
  for (int round = 0; round < 10 * kRounds; ++round) {
    std::string text = std::to_string(random.number(0, 70)) + " " +
                       std::to_string(random.number(0, 30)) + " " + random.day_fields();
    if (random.one_in(4)) text.replace(0, text.find(' '), "*/" + std::to_string(round % 70));
    for (int changes = random.number(0, 3); changes > 0; --changes) {
      const auto place =
          static_cast<std::size_t>(random.number(0, static_cast<int>(text.size()) - 1));
      const auto character =
          static_cast<std::size_t>(random.number(0, static_cast<int>(characters.size()) - 1));
      text[place] = characters[character];
    }
    if (split_words(text).size() != 5) continue;
    INFO(text);
    const auto quick = Schedule::parse(text, {}).schedule;
    const auto thorough = Schedule::parse("0 " + text, {}).schedule;
    REQUIRE(quick.has_value() == thorough.has_value());
    if (!quick) continue;
    const TimePattern& time = quick->pattern().time();
    const TimePattern& expected = thorough->pattern().time();
    REQUIRE(time.minutes() == expected.minutes());
    REQUIRE(time.hours() == expected.hours());
    REQUIRE(time.wildcard() == expected.wildcard());
    REQUIRE(quick->pattern().days().fields() == thorough->pattern().days().fields());
    REQUIRE(quick->pattern().days().special() == thorough->pattern().days().special());
  }
}

}  // namespace dsched
