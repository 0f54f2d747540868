#include "time/schedule_lint.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "time/civil.h"
#include "time/word_lists.h"
#include "time/zone.h"

namespace dsched {
namespace {

class Linter {
 public:
  Linter(const CronExpression& expression, std::vector<ScheduleIssue>& warnings)
      : text_(expression.text), cron_(expression), warnings_(warnings) {}

  void day_rule();
  void never();
  void every_minute();
  void clock_changes(const Zone& zone);

 private:
  Word place(Unit unit) const { return cron_.words[static_cast<std::size_t>(unit)]; }
  std::string_view written(Unit unit) const {
    return text_.substr(place(unit).begin, place(unit).end - place(unit).begin);
  }
  bool star(Unit unit) const { return cron_.fields.star(unit); }
  // Nothing but a star.
  bool whole(Unit unit) const { return star(unit) && written(unit).size() == 1; }
  ScheduleIssue& warn(std::string_view code, std::size_t begin, std::size_t end,
                      std::string message, std::string label) {
    warnings_.push_back({Severity::warning,
                         std::string(code),
                         std::move(message),
                         begin,
                         end,
                         std::move(label),
                         {},
                         ""});
    return warnings_.back();
  }
  std::size_t begin() const { return text_.find_first_not_of(" \t"); }
  std::size_t end() const { return text_.find_last_not_of(" \t") + 1; }
  const TimePattern& time() const { return cron_.pattern.time(); }

  std::string_view text_;
  const CronExpression& cron_;
  std::vector<ScheduleIssue>& warnings_;
};

// The rule about two restricted day fields surprises everybody; so does its star.
void Linter::day_rule() {
  if (whole(Unit::day_of_month) || whole(Unit::day_of_week) || cron_.fields.plus()) return;
  const Word days_place = place(Unit::day_of_month);
  const Word weekdays_place = place(Unit::day_of_week);
  if (!star(Unit::day_of_month) && !star(Unit::day_of_week)) {
    ScheduleIssue& issue =
        warn("W304", days_place.begin, weekdays_place.end,
             "both day fields are set: cron runs when EITHER matches", "either of these is enough");
    const std::string before(text_.substr(begin(), days_place.begin - begin()));
    const std::string after(text_.substr(days_place.end, weekdays_place.begin - days_place.end));
    const std::uint64_t weekdays = cron_.fields[Unit::day_of_week];
    if (cron_.fields[Unit::day_of_month] == 2 && std::has_single_bit(weekdays)) {
      issue.help.push_back(fmt::format("for the first {} of a month write  {}*{}{}#1",
                                       weekday_name(std::countr_zero(weekdays)), before, after,
                                       written(Unit::day_of_week)));
    }
    issue.help.push_back(fmt::format("to run only when both match write  {}{}{}+{}", before,
                                     written(Unit::day_of_month), after,
                                     written(Unit::day_of_week)));
    return;
  }
  const Unit starred = star(Unit::day_of_month) ? Unit::day_of_month : Unit::day_of_week;
  warn("W308", days_place.begin, weekdays_place.end,
       fmt::format("'{}' starts with '*': cron runs only when BOTH day fields match",
                   written(starred)),
       "both of these must match");
}

void Linter::never() {
  if (!cron_.pattern.days().never()) return;
  const DayFields& fields = cron_.pattern.days().fields();
  std::string label = "no year has such a day";
  if (fields.days != 0 && fields.weekdays == kAllWeekdays && std::has_single_bit(fields.months)) {
    label = fmt::format("{} has no day {}", month_name(std::countr_zero(fields.months)),
                        std::countr_zero(fields.days));
  } else if (!cron_.pattern.days().special().every_year) {
    label = "none of these years has such a day";
  }
  warn("W311", begin(), end(), "this schedule never fires", std::move(label));
}

void Linter::every_minute() {
  if (time().minutes() != kAllMinutes || star(Unit::hour) || time().hours() == kAllHours) return;
  const Word minutes = place(Unit::minute);
  ScheduleIssue& issue = warn("W312", minutes.begin, minutes.end,
                              "this runs every minute of the hour", "60 times, not once");
  issue.help.push_back(fmt::format("did you mean  {}0{}?",
                                   text_.substr(begin(), minutes.begin - begin()),
                                   text_.substr(minutes.end, end() - minutes.end)));
  issue.replacement = "0";
}

std::string clock(LocalSecond local) {
  return clock_text(second_of_day(local));
}

// Looks at years for which only the rule of the zone is in force; 28 of them hold every weekday of
// every date.
void Linter::clock_changes(const Zone& zone) {
  constexpr std::int64_t kFrom = std::int64_t{days_from_civil(2101, 1, 1)} * kSecondsPerDay;
  constexpr std::int64_t kTo = std::int64_t{days_from_civil(2129, 1, 1)} * kSecondsPerDay;
  constexpr std::int32_t kLongestGap = 180 * 60;
  if (time().wildcard() && (star(Unit::hour) || time().hours() == kAllHours)) return;
  for (std::size_t i = zone.interval_at(kFrom) + 1; zone.intervals()[i].start_s < kTo; ++i) {
    const Zone::Interval& interval = zone.intervals()[i];
    if (interval.change_s <= 0 || interval.change_s > kLongestGap) continue;
    const LocalSecond gap_end = interval.start_s + interval.offset_s;
    const LocalSecond lost = cron_.pattern.next(gap_end - interval.change_s);
    if (lost >= gap_end) continue;
    std::string message = fmt::format("{} does not exist on the day the clocks go forward in {}",
                                      clock(lost), zone.name());
    std::string label =
        fmt::format("they jump from {} to {}", clock(gap_end - interval.change_s), clock(gap_end));
    const Word hours = place(Unit::hour);
    const Word minutes = place(Unit::minute);
    if (time().wildcard()) {
      warn("W310", minutes.begin, hours.end, std::move(message), std::move(label))
          .help.push_back(
              "a schedule with '*' in minute or hour follows the clock: it loses these times "
              "unless "
              "dst_gap = \"after\" is set");
    } else {
      warn("W309", minutes.begin, hours.end, std::move(message), std::move(label))
          .help.push_back(fmt::format(
              "it then runs at {} (dst_gap = \"after\") or not at all (\"skip\")", clock(gap_end)));
    }
    return;
  }
}

}  // namespace

void lint_cron(const CronExpression& expression, const Zone* zone,
               std::vector<ScheduleIssue>& warnings) {
  Linter linter(expression, warnings);
  linter.day_rule();
  linter.never();
  linter.every_minute();
  if (zone != nullptr) linter.clock_changes(*zone);
}

}  // namespace dsched
