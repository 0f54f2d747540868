#pragma once
// Bugs that the checkers must catch: wrong versions of what the engine is told and of what it says.

#include <functional>
#include <string>
#include <vector>

#include "sim/world.h"

namespace sim {

struct PlantedBug {
  std::string name;
  std::function<Flaws()> flaws;
};

const std::vector<PlantedBug>& planted_bugs();
// Ends the program when there is none of that name.
const PlantedBug& planted_bug(const std::string& name);

}  // namespace sim
