#pragma once
// What must hold for every text given to the schedule parser, right or wrong. Used by the fuzz
// target and by a plain test over its corpus.

#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "time/timetable.h"
#include "time/words.h"

namespace dsched::fuzz {

inline void check_issues(std::string_view text, const std::vector<ScheduleIssue>& issues,
                         Severity severity) {
  for (const ScheduleIssue& issue : issues) {
    DSCHED_CHECK(issue.severity == severity);
    DSCHED_CHECK(issue.begin <= issue.end && issue.end <= text.size());
    DSCHED_CHECK(text.empty() || issue.begin < issue.end);
    DSCHED_CHECK(!issue.code.empty() && !issue.message.empty());
  }
}

inline void check_firings(const Schedule& schedule) {
  const Timetable timetable({schedule}, Zone::utc());
  constexpr std::chrono::seconds kOne{1};
  auto at = timetable.next(Second{std::chrono::seconds{1'700'000'000}});
  for (int i = 0; i < 3 && at; ++i) {
    DSCHED_CHECK(timetable.fires_at(*at));
    DSCHED_CHECK(timetable.previous(*at) == at);
    const auto next = timetable.next(*at);
    DSCHED_CHECK(!next || (*next > *at && timetable.previous(*next - kOne) == at));
    at = next;
  }
}

inline void schedule(std::string_view text) {
  for (const Dialect dialect : {Dialect::dsched, Dialect::crontab, Dialect::quartz}) {
    const ScheduleContext context{"job", "host", dialect};
    const Schedule::Parsed parsed = Schedule::parse(text, context);
    const auto warnings = schedule_warnings(text, context, nullptr);
    check_issues(text, parsed.errors, Severity::error);
    check_issues(text, warnings, Severity::warning);
    DSCHED_CHECK(parsed.schedule.has_value() == parsed.errors.empty());
    DSCHED_CHECK(parsed.schedule || warnings.empty());
    if (!parsed.schedule) continue;
    check_firings(*parsed.schedule);
    DSCHED_CHECK(!schedule_words(*parsed.schedule, text).empty());
    DSCHED_CHECK(schedule_sentence(*parsed.schedule, text).back() == '.');
    schedule_breakdown(*parsed.schedule, text);
  }
}

}  // namespace dsched::fuzz
