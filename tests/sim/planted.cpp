#include "sim/planted.h"

#include <cstdio>
#include <cstdlib>

namespace sim {

const std::vector<PlantedBug>& planted_bugs() {
  static const std::vector<PlantedBug> bugs = {};
  return bugs;
}

const PlantedBug& planted_bug(const std::string& name) {
  for (const PlantedBug& bug : planted_bugs()) {
    if (bug.name == name) return bug;
  }
  std::fprintf(stderr, "no planted bug '%s'\n", name.c_str());
  std::exit(2);
}

}  // namespace sim
