#pragma once
// What recorded durations tell about the next one.

#include <cstddef>
#include <optional>
#include <vector>

#include "base/instant.h"

namespace dsched {

inline constexpr std::size_t kRememberedDurations = 20;

// Zero of none.
Duration median(std::vector<Duration> durations);

// From when on a run is unusually long: twice the longest that is remembered, and a minute more.
// None before there are five to learn from.
std::optional<Duration> unusual_duration(const std::vector<Duration>& durations);

// Adds the newest, and forgets those beyond kRememberedDurations.
void remember(std::vector<Duration>& durations, Duration newest);

}  // namespace dsched
