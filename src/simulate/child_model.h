#pragma once
// How long jobs take and how they end, when nothing is really run.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/instant.h"
#include "engine/engine.h"

namespace dsched {

struct AttemptPlan {
  Duration takes{0};
  int exit_code = 0;
  int signal = 0;                                    // that ends it by itself
  StartFailure failure;                              // step != none: it is not executed at all
  Duration stops_in = std::chrono::milliseconds{1};  // after it was asked to
  Values outputs;
};

struct CheckPlan {
  Duration takes{0};
  bool holds = true;
};

class ChildModel {
 public:
  virtual ~ChildModel() = default;
  virtual AttemptPlan plan(const StartAttempt& start) = 0;
  virtual CheckPlan check(const StartCheck&) { return {}; }
};

// Every attempt takes as long, and is ok.
std::unique_ptr<ChildModel> fixed_children(Duration takes);

// Attempts take as long as one that was recorded for their job, drawn from `seed`; those of a job
// without any take `otherwise`. All of them are ok.
std::unique_ptr<ChildModel> recorded_children(
    std::map<std::string, std::vector<Duration>, std::less<>> durations, Duration otherwise,
    std::uint64_t seed);

// SplitMix64 (Steele, Lea, Flood 2014).
class SimRandom {
 public:
  explicit SimRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  // Evenly in [low, high]. Requires: low <= high.
  std::int64_t number(std::int64_t low, std::int64_t high);
  bool one_in(std::int64_t n) { return number(1, n) == 1; }

 private:
  std::uint64_t state_;
};

}  // namespace dsched
