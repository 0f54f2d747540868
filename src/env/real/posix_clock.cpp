#include "env/real/posix_clock.h"

#include <time.h>

#include "base/check.h"

namespace dsched {

namespace {

Duration read_clock(clockid_t id) {
  timespec time{};
  DSCHED_CHECK(clock_gettime(id, &time) == 0);
  return std::chrono::seconds{time.tv_sec} +
         std::chrono::duration_cast<Duration>(std::chrono::nanoseconds{time.tv_nsec});
}

class PosixClock final : public Clock {
 public:
  Instant now() override { return Instant{read_clock(CLOCK_REALTIME)}; }
  BootInstant boot_now() override { return BootInstant{read_clock(CLOCK_BOOTTIME)}; }
};

}  // namespace

std::unique_ptr<Clock> make_posix_clock() {
  return std::make_unique<PosixClock>();
}

}  // namespace dsched
