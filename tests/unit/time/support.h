#pragma once
// Zones from the installed database, and firings as text.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/rfc3339.h"
#include "time/timetable.h"
#include "time/zone_database.h"

namespace dsched::testing {

inline Result<std::string> read_file(const std::string& path) {
  if (!std::filesystem::is_regular_file(path))
    return Error{ErrorCode::not_found, "no file " + path, ""};
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  return bytes;
}

inline std::shared_ptr<const Zone> zone(const std::string& name) {
  static ZoneDatabase database({"/usr/share/zoneinfo"}, read_file);
  const auto found = database.find(name);
  INFO(name);
  REQUIRE(found.has_value());
  return *found;
}

inline Second instant(const std::string& rfc3339) {
  const auto parsed = parse_rfc3339(rfc3339);
  INFO(rfc3339);
  REQUIRE(parsed.has_value());
  return floor_second(*parsed);
}

inline Schedule schedule(const std::string& text, const ScheduleContext& context = {}) {
  const Schedule::Parsed parsed = Schedule::parse(text, context);
  INFO(text);
  REQUIRE(parsed.schedule.has_value());
  return *parsed.schedule;
}

inline Timetable timetable(const std::string& text, const std::string& zone_name,
                           TimetableRules rules = {}) {
  return Timetable({schedule(text)}, zone(zone_name), std::move(rules));
}

// "2026-03-29T03:00:00+02:00", or "never"
inline std::string local_text(const Timetable& timetable, std::optional<Second> at) {
  return at ? format_rfc3339(*at, timetable.zone().at(*at).utc_offset) : "never";
}

// The next count firings after that instant.
inline std::vector<std::string> firings(const Timetable& timetable, const std::string& after,
                                        int count) {
  std::vector<std::string> result;
  auto at = std::optional(instant(after));
  for (int i = 0; i < count && at; ++i) {
    at = timetable.next(*at);
    result.push_back(local_text(timetable, at));
  }
  return result;
}

}  // namespace dsched::testing
