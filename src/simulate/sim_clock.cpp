#include "simulate/sim_clock.h"

#include <algorithm>

#include "base/check.h"

namespace dsched {

namespace {

constexpr std::int64_t kMillion = 1'000'000;

// Split, so that centuries do not overflow.
Duration scaled(Duration span, std::int64_t times, std::int64_t parts) {
  return span / parts * times + span % parts * times / parts;
}

}  // namespace

Instant SimClock::wall_at(BootInstant boot) const {
  const Duration gone = boot - set_at_.boot;
  return set_at_.wall + gone + (gain_ppm_ == 0 ? Duration{0} : scaled(gone, gain_ppm_, kMillion));
}

void SimClock::advance_to(BootInstant boot) {
  DSCHED_CHECK(boot >= now_.boot);
  now_ = {wall_at(boot), boot};
}

void SimClock::set_wall(Instant wall) {
  now_.wall = wall;
  set_at_ = now_;
}

void SimClock::set_drift(std::int64_t gain_ppm) {
  set_at_ = now_;
  gain_ppm_ = gain_ppm;
}

BootInstant SimClock::when(Instant wall) const {
  if (wall <= now_.wall) return now_.boot;
  const Duration shown = wall - set_at_.wall;
  BootInstant boot = set_at_.boot + shown;
  if (gain_ppm_ == 0) return boot;
  boot = set_at_.boot + scaled(shown, kMillion, kMillion + gain_ppm_);
  while (wall_at(boot) < wall) boot += Duration{1};
  return std::max(boot, now_.boot);
}

}  // namespace dsched
