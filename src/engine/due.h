#pragma once
// Which firings of a timetable are due, and which of them are too late to be run as if on time.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/instant.h"
#include "time/timetable.h"

namespace dsched {

// Lateness up to which a firing runs as if it were on time.
inline constexpr Duration kOnTime = std::chrono::minutes{5};

struct MissedSpan {
  Second first{};
  Second last{};
  std::uint64_t firings = 0;  // counting stops at kMissedCountLimit
};
inline constexpr std::uint64_t kMissedCountLimit = 1'000'000;

struct Due {
  std::optional<MissedSpan> missed;
  std::vector<Second> on_time;  // oldest first
};

// Of the firings in (cursor, now].
Due due_firings(const Timetable& timetable, Instant cursor, Instant now);

}  // namespace dsched
