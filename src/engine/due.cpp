#include "engine/due.h"

#include <algorithm>

namespace dsched {

namespace {

using std::chrono::seconds;

constexpr seconds kOneSecond{1};

// The first second that is at most so late.
Second edge_of(Instant now, Duration lateness) {
  return std::chrono::ceil<seconds>(now - lateness);
}

// The firings in (after, before).
std::optional<MissedSpan> span_of(const Timetable& timetable, Second after, Second before) {
  const Second last = before - kOneSecond;
  const auto first = timetable.next(after);
  if (!first || *first > last) return std::nullopt;
  return MissedSpan{*first, timetable.previous(last).value_or(*first),
                    timetable.count(after, last, kMissedCountLimit)};
}

// The firings in (after, before) that are made up, oldest first.
std::vector<Second> made_up(const Timetable& timetable, const LatePolicy& policy, Second after,
                            Second before, Instant now) {
  std::vector<Second> firings;
  if (policy.catch_up == CatchUp::none) return firings;
  const Duration latest = std::min(policy.window, policy.start_deadline.value_or(Duration::max()));
  const Second first = std::max(after + kOneSecond, edge_of(now, latest));
  const std::size_t most = policy.catch_up == CatchUp::last ? 1 : kMostMadeUp;
  auto at = timetable.previous(before - kOneSecond);
  for (; at && *at >= first && firings.size() < most; at = timetable.previous(*at - kOneSecond))
    firings.push_back(*at);
  std::reverse(firings.begin(), firings.end());
  return firings;
}

}  // namespace

Due due_firings(const Timetable& timetable, const LatePolicy& policy, Instant cursor, Instant now) {
  Due due;
  const Second end = floor_second(now);
  Second after = floor_second(cursor);
  const Second late_before = edge_of(now, kOnTime);
  if (after + kOneSecond < late_before) {
    due.made_up = made_up(timetable, policy, after, late_before, now);
    due.missed = span_of(timetable, after, due.made_up.empty() ? late_before : due.made_up.front());
    after = late_before - kOneSecond;
  }
  const Second deadline =
      std::min(edge_of(now, policy.start_deadline.value_or(kOnTime)), end + kOneSecond);
  if (after + kOneSecond < deadline) {
    due.past_deadline = span_of(timetable, after, deadline);
    after = deadline - kOneSecond;
  }
  for (auto next = timetable.next(after); next && *next <= end; next = timetable.next(*next))
    due.on_time.push_back(*next);
  return due;
}

std::uint64_t times_of(const Job& job) {
  return job.enabled ? job.schedule_hash : ~job.schedule_hash;
}

}  // namespace dsched
