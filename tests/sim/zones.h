#pragma once
// Zones by name, read from the system's files once.

#include <memory>
#include <string>

#include "time/zone.h"

namespace sim {

// Ends the program when there is no such zone.
std::shared_ptr<const dsched::Zone> zone(const std::string& name);

}  // namespace sim
