#include "time/timetable.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "time/stable_hash.h"
#include "time/word_lists.h"

namespace dsched {
namespace {

constexpr std::int64_t kFirst_s = kFirstSecond.time_since_epoch().count();
constexpr std::int64_t kEnd_s = kEndSecond.time_since_epoch().count();

std::int64_t unix_s(Second instant) {
  return instant.time_since_epoch().count();
}
Second from_unix_s(std::int64_t seconds) {
  return Second{std::chrono::seconds{seconds}};
}

// The local day of an instant, as days since 1970-01-01.
std::int64_t local_day(const Zone::Interval& interval, std::int64_t instant_s) {
  const LocalSecond local = instant_s + interval.offset_s;
  return (local - second_of_day(local)) / kSecondsPerDay;
}

}  // namespace

Timetable::Timetable() : zone_(Zone::utc()) {}

Timetable::Timetable(std::vector<Schedule> schedules, std::shared_ptr<const Zone> zone,
                     TimetableRules rules)
    : schedules_(std::move(schedules)), zone_(std::move(zone)), rules_(std::move(rules)) {
  DSCHED_CHECK(zone_ != nullptr);
  if (schedules_.size() != 1 || rules_.except != nullptr) return;
  const Schedule& schedule = schedules_.front();
  const bool pattern = schedule.kind() == Schedule::Kind::pattern;
  if (pattern && schedule.pattern().time().whole_minutes()) alone_ = rules_for(schedule);
}

std::int64_t Timetable::next_of_all(std::int64_t after_s) const {
  for (after_s = std::max(after_s, kFirst_s - 1); after_s < kEnd_s;) {
    std::int64_t next_s = kNever;
    for (const Schedule& schedule : schedules_) {
      next_s = std::min(next_s, next_firing(schedule, *zone_, rules_for(schedule), after_s));
    }
    if (next_s >= kEnd_s || !excepted(next_s)) return next_s;
    after_s = end_of_local_day(next_s) - 1;
  }
  return kNever;
}

std::optional<Second> Timetable::previous(Second not_after) const {
  for (std::int64_t not_after_s = std::min(unix_s(not_after), kEnd_s - 1);
       not_after_s >= kFirst_s;) {
    std::int64_t previous_s = kNeverBefore;
    for (const Schedule& schedule : schedules_) {
      previous_s =
          std::max(previous_s, previous_firing(schedule, *zone_, rules_for(schedule), not_after_s));
    }
    if (previous_s < kFirst_s) break;
    if (!excepted(previous_s)) return from_unix_s(previous_s);
    not_after_s = start_of_local_day(previous_s) - 1;
  }
  return std::nullopt;
}

bool Timetable::fires_at(Second instant) const {
  return next(instant - std::chrono::seconds{1}) == instant;
}

std::uint64_t Timetable::count(Second after, Second not_after, std::uint64_t limit) const {
  std::uint64_t firings = 0;
  for (auto at = next(after); firings < limit && at && *at <= not_after; at = next(*at)) ++firings;
  return firings;
}

bool Timetable::on_boot() const {
  return std::any_of(schedules_.begin(), schedules_.end(),
                     [](const Schedule& s) { return s.on_boot(); });
}

bool Timetable::excepted(std::int64_t instant_s) const {
  if (rules_.except == nullptr) return false;
  const std::int64_t day = local_day(zone_->intervals()[zone_->interval_at(instant_s)], instant_s);
  return rules_.except->contains(std::chrono::local_days{std::chrono::days{day}});
}

// The first later instant on another local day.
std::int64_t Timetable::end_of_local_day(std::int64_t instant_s) const {
  std::size_t i = zone_->interval_at(instant_s);
  const auto& list = zone_->intervals();
  const std::int64_t midnight = (local_day(list[i], instant_s) + 1) * kSecondsPerDay;
  while (midnight - list[i].offset_s >= list[i + 1].start_s) ++i;
  return std::max(midnight - list[i].offset_s, list[i].start_s);  // midnight itself may be in a gap
}

// The first instant of the local day, as far as the clock did not change to it from a later one.
std::int64_t Timetable::start_of_local_day(std::int64_t instant_s) const {
  std::size_t i = zone_->interval_at(instant_s);
  const auto& list = zone_->intervals();
  const std::int64_t midnight = local_day(list[i], instant_s) * kSecondsPerDay;
  while (i > 0 && midnight - list[i].offset_s < list[i].start_s &&
         midnight - list[i - 1].offset_s < list[i].start_s) {
    --i;
  }
  return std::max(midnight - list[i].offset_s, list[i].start_s);
}

std::string Timetable::dst_note(Second firing) const {
  const std::int64_t firing_s = unix_s(firing);
  const std::size_t i = zone_->interval_at(firing_s);
  const Zone::Interval& interval = zone_->intervals()[i];
  for (const Schedule& schedule : schedules_) {
    if (schedule.kind() == Schedule::Kind::every || schedule.on_boot()) continue;
    const ClockRules rules = rules_for(schedule);
    if (next_firing(schedule, *zone_, rules, firing_s - 1) != firing_s) continue;
    std::string note = gap_note(schedule, interval, firing_s);
    if (note.empty()) note = fold_note(schedule, i, firing_s);
    if (!note.empty()) return note;
  }
  return "";
}

// The firing comes right after a gap. Which time of the schedule did the gap swallow?
std::string Timetable::gap_note(const Schedule& schedule, const Zone::Interval& interval,
                                std::int64_t firing_s) const {
  const bool gap = firing_s == interval.start_s && interval.change_s > 0 &&
                   interval.change_s <= kLongestDstChange_s;
  if (!gap || !rules_for(schedule).catch_up) return "";
  const LocalSecond end = firing_s + interval.offset_s;
  const LocalSecond lost = schedule.kind() == Schedule::Kind::once
                               ? schedule.once().instant
                               : schedule.pattern().next(end - interval.change_s);
  if (lost < end - interval.change_s || lost >= end) return "";
  return fmt::format(
      "{} does not exist that day; runs right after the change (dst_gap = \"after\")",
      clock_text(second_of_day(lost)));
}

// The firing is at a fixed time that the clock shows twice.
std::string Timetable::fold_note(const Schedule& schedule, std::size_t i,
                                 std::int64_t firing_s) const {
  if (schedule.kind() == Schedule::Kind::pattern && schedule.pattern().time().wildcard()) return "";
  const Zone::Interval& interval = zone_->intervals()[i];
  const Zone::Interval& after = zone_->intervals()[i + 1];
  const auto is_fold = [](std::int32_t change_s) {
    return change_s < 0 && -change_s <= kLongestDstChange_s;
  };
  const bool first = is_fold(after.change_s) && firing_s >= after.start_s + after.change_s;
  const bool second = is_fold(interval.change_s) && firing_s < interval.start_s - interval.change_s;
  if (!first && !second) return "";
  const std::string twice =
      clock_text(second_of_day(firing_s + interval.offset_s)) + " happens twice that day; ";
  if (second) return twice + "this is the second time (dst_repeat = \"both\")";
  if (rules_.dst_repeat == DstRepeat::both)
    return twice + "this is the first time (dst_repeat = \"both\")";
  return twice + "runs the first time only (dst_repeat = \"once\")";
}

Duration jitter_offset(std::string_view job_name, std::string_view host, Duration jitter) {
  if (jitter <= Duration{0}) return Duration{0};
  const Duration unit =
      jitter < std::chrono::seconds{1} ? Duration{1} : Duration{std::chrono::seconds{1}};
  const auto steps = static_cast<std::uint64_t>(jitter / unit);
  return unit * static_cast<std::int64_t>(stable_hash({"jitter", job_name, host}) % steps);
}

}  // namespace dsched
