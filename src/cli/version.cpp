#include "cli/version.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dsched {

std::string version_text(const std::string& zone_data) {
  return fmt::format("dsched {}\nzone data {}\nlibraries fmt {}.{}.{}, nlohmann-json {}.{}.{}\n",
                     kVersion, zone_data.empty() ? "unknown" : zone_data, FMT_VERSION / 10000,
                     FMT_VERSION / 100 % 100, FMT_VERSION % 100, NLOHMANN_JSON_VERSION_MAJOR,
                     NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH);
}

}  // namespace dsched
