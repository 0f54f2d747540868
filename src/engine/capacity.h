#pragma once
// What runs share on this host: places to run, pools, locks, resources. All of them are amounts
// with a limit.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/job.h"
#include "model/limits.h"
#include "model/run.h"

namespace dsched {

// "slot", "pool/heavy", "lock/db", "host/memory" and how much of it.
using Demand = std::vector<std::pair<std::string, std::uint64_t>>;

Demand attempt_demand(const Job& job);  // while an attempt goes on
Demand lock_demand(const Job& job);     // from the first attempt to the end of the run
Demand whole_demand(const Job& job);    // both: what a firing needs to start

// The reason of waiting for a name, and the name in words: "pool 'heavy' is full".
Reason reason_of_shortage(std::string_view name);
std::string shortage_in_words(std::string_view name);

class Capacity {
 public:
  explicit Capacity(Limits limits) : limits_(std::move(limits)) {}
  void set_limits(Limits limits) { limits_ = std::move(limits); }
  const Limits& limits() const { return limits_; }

  // A name of which there is too little left; none when all of it can be had.
  std::optional<std::string_view> shortage(const Demand& demand) const;
  // A name of which there never is enough; none when all of it could be had.
  std::optional<std::string_view> excess(const Demand& demand) const;
  // What is taken may be more than there is: runs go on when limits shrink.
  void take(const Demand& demand);
  void release(const Demand& demand);

 private:
  std::uint64_t limit_of(std::string_view name) const;

  Limits limits_;
  std::map<std::string, std::uint64_t, std::less<>> taken_;
};

}  // namespace dsched
