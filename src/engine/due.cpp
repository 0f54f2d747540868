#include "engine/due.h"

namespace dsched {

Due due_firings(const Timetable& timetable, Instant cursor, Instant now) {
  Due due;
  const Second end = floor_second(now);
  // The oldest second that is still on time; everything before it is missed.
  const Second edge = std::chrono::ceil<std::chrono::seconds>(now - kOnTime);
  Second after = floor_second(cursor);
  if (after + std::chrono::seconds{1} < edge) {
    const Second last_late = edge - std::chrono::seconds{1};
    if (auto first = timetable.next(after); first && *first <= last_late) {
      due.missed = MissedSpan{*first, timetable.previous(last_late).value_or(*first),
                              timetable.count(after, last_late, kMissedCountLimit)};
    }
    after = last_late;
  }
  for (auto next = timetable.next(after); next && *next <= end; next = timetable.next(*next))
    due.on_time.push_back(*next);
  return due;
}

}  // namespace dsched
