#pragma once
// The two clocks. Everything that needs to know the time is handed one.

#include "base/instant.h"

namespace dsched {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() = 0;           // CLOCK_REALTIME: may jump
  virtual BootInstant boot_now() = 0;  // CLOCK_BOOTTIME: never jumps, counts suspend
};

}  // namespace dsched
