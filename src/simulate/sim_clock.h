#pragma once
// The two clocks of a virtual host. Boot time is the true time: it only goes forward. The wall
// clock runs along with it, a little too fast or too slow, and can be set.

#include <cstdint>

#include "base/instant.h"
#include "engine/engine.h"

namespace dsched {

class SimClock {
 public:
  explicit SimClock(Moment start) : now_(start), set_at_(start) {}

  const Moment& now() const { return now_; }
  void advance_to(BootInstant boot);  // Requires: not in the past
  void set_wall(Instant wall);
  // Microseconds that the wall clock gains in a second.
  void set_drift(std::int64_t gain_ppm);

  // When the wall clock will show that time, if nobody sets it; now when it has been reached.
  BootInstant when(Instant wall) const;

 private:
  Instant wall_at(BootInstant boot) const;

  Moment now_;
  Moment set_at_;  // since then it has run evenly
  std::int64_t gain_ppm_ = 0;
};

}  // namespace dsched
