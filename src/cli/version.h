#pragma once
// What `dsched --version` says.

#include <string>

namespace dsched {

inline constexpr const char* kVersion = DSCHED_VERSION;

// zone_data: release of the zone database; may be empty.
std::string version_text(const std::string& zone_data);

}  // namespace dsched
