#pragma once
// Everything that decides when a job is due: its schedules (any of them fires it), its zone, and
// its rules for clock changes and days off. Pure and immutable; a firing is identified by its UTC
// instant.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "time/calendar.h"
#include "time/firing.h"
#include "time/schedule.h"
#include "time/zone.h"

namespace dsched {

// Clock changes of up to 180 minutes are about summer time; longer ones move the zone, and nothing
// is made up for them. Fixed-time schedules are those whose minute and hour fields do not start
// with '*'.
enum class DstGap {
  after,  // a fixed time that the clock jumps over fires right after the jump
  skip,
};
enum class DstRepeat {
  once,  // a fixed time that happens twice fires the first time
  both,
};

struct TimetableRules {
  DstGap dst_gap = DstGap::after;
  bool dst_gap_set =
      false;  // dst_gap stands in the file: "after" then counts for wildcard schedules as well
  DstRepeat dst_repeat = DstRepeat::once;
  Duration jitter{0};                      // see jitter_offset; firings themselves are not moved
  std::shared_ptr<const Calendar> except;  // local days without firings; may be null
};

class Timetable {
 public:
  Timetable();  // never fires
  // Requires: zone is not null.
  Timetable(std::vector<Schedule> schedules, std::shared_ptr<const Zone> zone,
            TimetableRules rules = {});

  // The first firing after that instant; nullopt: never again (before kEndSecond).
  std::optional<Second> next(Second after) const {
    // Inline, as GCC builds a returned optional in memory, which takes as long as finding the
    // firing.
    const std::int64_t next_s = next_s_after(after.time_since_epoch().count());
    if (next_s >= kEndSecond.time_since_epoch().count()) [[unlikely]]
      return std::nullopt;
    return Second{std::chrono::seconds{next_s}};
  }
  // The last firing at or before that instant, however long ago; nullopt: none (since
  // kFirstSecond).
  std::optional<Second> previous(Second not_after) const;
  bool fires_at(Second instant) const;
  // How many firings are in (after, not_after]; counting stops at limit.
  std::uint64_t count(Second after, Second not_after, std::uint64_t limit) const;

  bool empty() const { return schedules_.empty(); }
  bool on_boot() const;
  const std::vector<Schedule>& schedules() const { return schedules_; }
  const Zone& zone() const { return *zone_; }
  const TimetableRules& rules() const { return rules_; }

  // What a person should know about this firing, or "": 02:30 does not exist that day; runs right
  // after the change (dst_gap = "after").
  std::string dst_note(Second firing) const;

 private:
  // kNever or any instant beyond kEndSecond: none.
  std::int64_t next_s_after(std::int64_t after_s) const {
    const bool in_range = kFirstSecond.time_since_epoch().count() <= after_s &&
                          after_s < kEndSecond.time_since_epoch().count();
    if (!alone_ || !in_range) [[unlikely]]
      return next_of_all(after_s);
    return next_firing_of_minutes(schedules_.front().pattern(), *zone_, *alone_, after_s);
  }
  std::int64_t next_of_all(std::int64_t after_s) const;
  ClockRules rules_for(const Schedule& schedule) const {
    const bool wildcard =
        schedule.kind() == Schedule::Kind::pattern && schedule.pattern().time().wildcard();
    return {rules_.dst_gap == DstGap::after && (!wildcard || rules_.dst_gap_set),
            rules_.dst_repeat == DstRepeat::once && !wildcard};
  }
  bool excepted(std::int64_t instant_s) const;
  std::int64_t end_of_local_day(std::int64_t instant_s) const;
  std::int64_t start_of_local_day(std::int64_t instant_s) const;
  std::string gap_note(const Schedule& schedule, const Zone::Interval& interval,
                       std::int64_t firing_s) const;
  std::string fold_note(const Schedule& schedule, std::size_t interval,
                        std::int64_t firing_s) const;

  std::vector<Schedule> schedules_;
  std::shared_ptr<const Zone> zone_;
  TimetableRules rules_;
  // Of a single schedule with whole minutes, without days off, as most jobs have.
  std::optional<ClockRules> alone_;
};

// How much later than its firing a job starts on this host: in [0, jitter), the same at every
// firing and after every restart; whole seconds unless jitter is below a second.
Duration jitter_offset(std::string_view job_name, std::string_view host, Duration jitter);

}  // namespace dsched
