#pragma once
// What `dsched simulate` plays, from its command line.

#include <map>
#include <string>
#include <vector>

#include "cli/jobs.h"
#include "simulate/forecast.h"

namespace dsched {

struct SimulatePlan {
  ForecastPlan forecast;
  std::map<std::string, std::vector<Duration>, std::less<>> durations;  // recorded, by job
  bool recorded = false;                                                // --durations recorded
  Duration otherwise{0};                                                // how long all others take
};

// The jobs, the pauses and the durations are those of now.
Outcome<SimulatePlan> simulate_plan(const Context& context, const Workspace& workspace);

// A firing of the span that a clock change moves or that happens twice.
struct ClockNote {
  const Job* job = nullptr;
  Second at{};
  std::string note;
};
std::vector<ClockNote> clock_notes(const std::vector<const Job*>& jobs, Instant from,
                                   Instant until);

}  // namespace dsched
