#pragma once
// Which firings of a timetable are due, which of them are too late to be run as if on time, and
// which of those are made up all the same.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/instant.h"
#include "model/job.h"
#include "model/run.h"
#include "time/timetable.h"

namespace dsched {

// Lateness up to which a firing runs as if it were on time.
inline constexpr Duration kOnTime = std::chrono::minutes{5};
// A wall clock set back by more than this had been wrong before.
inline constexpr Duration kClockWasWrong = std::chrono::hours{3};
// The newest of the missed ones that catch_up = "all" makes up.
inline constexpr std::size_t kMostMadeUp = 100;

struct MissedSpan {
  Second first{};
  Second last{};
  std::uint64_t firings = 0;  // counting stops at kMissedCountLimit
};
inline constexpr std::uint64_t kMissedCountLimit = 1'000'000;

// In the order of time: every firing is in exactly one of these.
struct Due {
  std::optional<MissedSpan> missed;
  std::vector<Second> made_up;
  std::optional<MissedSpan>
      past_deadline;  // late by less than kOnTime, and by too much for the job
  std::vector<Second> on_time;
};

// Of the firings in (cursor, now]. The work does not grow with the length of the span.
Due due_firings(const Timetable& timetable, const LatePolicy& policy, Instant cursor, Instant now);

inline bool on_schedule(Trigger trigger) {
  return trigger == Trigger::schedule || trigger == Trigger::catch_up;
}

// Changes when the job's firings do, and when it is switched on or off: it then counts from that
// moment.
std::uint64_t times_of(const Job& job);

}  // namespace dsched
