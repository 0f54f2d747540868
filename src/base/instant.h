#pragma once
// Points and spans of time. Wall-clock instants are UTC as POSIX counts them (no leap seconds), in
// microseconds; schedules compute in whole seconds. BootInstant is CLOCK_BOOTTIME: it never jumps
// and counts suspend; it is the only clock that durations and deadlines are measured with.

#include <chrono>
#include <cstdint>

namespace dsched {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::time_point<std::chrono::system_clock, Duration>;
using Second = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;

struct BootClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock, duration>;
  static constexpr bool is_steady = true;
};
using BootInstant = BootClock::time_point;

constexpr Second floor_second(Instant instant) {
  return std::chrono::floor<std::chrono::seconds>(instant);
}
constexpr std::int64_t to_unix_us(Instant instant) {
  return instant.time_since_epoch().count();
}
constexpr Instant from_unix_us(std::int64_t us) {
  return Instant{Duration{us}};
}
constexpr double to_seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

}  // namespace dsched
