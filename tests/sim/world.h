#pragma once
// Plays a scenario on a virtual host and collects the evidence.

#include <cstdint>
#include <functional>
#include <string>

#include "sim/evidence.h"
#include "sim/scenario.h"
#include "simulate/sim_host.h"

namespace sim {

// Parts of the world that a planted bug may break.
struct Flaws {
  dsched::MakeMind make_mind = dsched::engine_mind;
  bool supervisor_forgets = false;  // what it has started, whenever a daemon starts
};

using Trace = std::function<void(const Moment&, const std::string&)>;

Evidence play(const Scenario& scenario, const Flaws& flaws = {}, const Trace& trace = nullptr);

}  // namespace sim
