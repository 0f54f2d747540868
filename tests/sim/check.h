#pragma once
// What must hold, judged from the evidence alone.

#include <string>
#include <vector>

#include "sim/evidence.h"

namespace sim {

struct Finding {
  std::string invariant;  // a short name, as in README.md
  std::string what;
};
using Findings = std::vector<Finding>;

Findings check(const Evidence& evidence);

}  // namespace sim
