#pragma once
// Randomness from the system.

#include <cstdint>

namespace dsched {

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual std::uint64_t next_u64() = 0;
};

}  // namespace dsched
