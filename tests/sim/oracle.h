#pragma once
// When jobs are due, by a walk over every minute on the clock of the C library
// (property/naive_cron): slow, and it shares no code with src/time.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario.h"

namespace sim {

class Oracle {
 public:
  // The firings in (after, not_after], by their Unix seconds. Of long spans only the days at both
  // ends are looked at.
  std::vector<std::int64_t> due(const JobSpec& spec, std::int64_t after, std::int64_t not_after);
  bool is_due(const JobSpec& spec, std::int64_t at);

 private:
  using Firings = std::vector<std::int64_t>;
  struct Walked {
    std::map<std::int64_t, Firings> days;  // by day since 1970
  };
  const Firings& day(const JobSpec& spec, std::int64_t number);
  void walk(const JobSpec& spec, std::int64_t first_day, std::int64_t last_day, Walked& walked);

  std::map<std::string, Walked> walked_;  // by schedules, zone and rules
};

}  // namespace sim
