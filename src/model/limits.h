#pragma once
// What there is of things that runs share on one host. Plain data, owned by value.

#include <cstdint>
#include <map>
#include <string>

namespace dsched {

struct PoolLimits {
  int size = 1;            // attempts at a time, at least 1
  int max_waiting = 1000;  // further firings are skipped: queue_full
};

struct Limits {
  int max_running = 0;  // attempts at a time, 0 = without limit
  int max_waiting = 10'000;
  std::map<std::string, PoolLimits> pools;
  std::map<std::string, std::uint64_t> resources;  // what the host offers; memory in bytes
};

}  // namespace dsched
