#include "sim/zones.h"

#include <fstream>
#include <iterator>

#include "base/check.h"
#include "time/zone_database.h"

namespace sim {

namespace {

dsched::Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (bytes.empty()) return dsched::Error{dsched::ErrorCode::not_found, path, ""};
  return bytes;
}

}  // namespace

std::shared_ptr<const dsched::Zone> zone(const std::string& name) {
  static dsched::ZoneDatabase zones({"/usr/share/zoneinfo"}, read_file);
  auto found = zones.find(name);
  DSCHED_CHECK(found.has_value());
  return *found;
}

}  // namespace sim
