#pragma once
// One line of text for people who read a trace.

#include <string>

#include "sim/scenario.h"
#include "simulate/sim_host.h"

namespace sim {

std::string describe(Instant instant);  // UTC
std::string describe(Duration duration);
std::string describe(const JobSpec& spec);
std::string describe(const dsched::Limits& limits);
std::string describe(const Action& action);
std::string describe(const dsched::AttemptKey& key);
std::string describe(const dsched::AttemptOutcome& outcome);
std::string describe(const dsched::Event& event);  // empty: not worth a line
std::string describe(const dsched::HistoryChange& change);
std::string describe(dsched::Boundary boundary);

}  // namespace sim
