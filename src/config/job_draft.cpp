#include "config/job_draft.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "config/config.h"
#include "config/hash.h"

namespace dsched {

namespace {

void report_issue(const ScheduleIssue& issue, const ScheduleText& schedule, FaultReport& report) {
  const Span place = inside_string(report.source().text(), schedule.at, issue.begin, issue.end);
  Diagnostic& diagnostic = report.add(issue.severity, issue.code, place, issue.message);
  diagnostic.label = issue.label;
  diagnostic.help = issue.help;
  diagnostic.replacement = issue.replacement;
  if (issue.severity == Severity::error)
    diagnostic.help.push_back(fmt::format("help: dsched explain {}", issue.code));
}

bool fires_on_boot(const Schedule& schedule) {
  return schedule.on_boot();
}

}  // namespace

void finish_job(JobDraft& draft, FaultReport& report, const ReadContext& context) {
  const std::shared_ptr<const Zone> zone = draft.zone ? draft.zone : context.zones.local();
  const ScheduleContext parse_context{draft.job.name, context.sources.host, draft.dialect};
  std::vector<Schedule> schedules;
  for (const ScheduleText& text : draft.schedules) {
    Schedule::Parsed parsed = Schedule::parse(text.text, parse_context);
    if (text.source == &report.source()) {
      for (const ScheduleIssue& error : parsed.errors) report_issue(error, text, report);
      for (const ScheduleIssue& warning : schedule_warnings(text.text, parse_context, zone.get()))
        report_issue(warning, text, report);
    }
    if (!parsed.schedule) continue;
    schedules.push_back(std::move(*parsed.schedule));
    draft.job.schedules.emplace_back(trim(text.text));
  }
  if (draft.on_boot && std::none_of(schedules.begin(), schedules.end(), fires_on_boot)) {
    schedules.emplace_back(Schedule::Boot{});
    draft.job.schedules.emplace_back("@reboot");
  }
  draft.job.timetable = Timetable(std::move(schedules), zone, draft.rules);
  draft.job.definition_hash = hash_definition(draft.job);
  draft.job.schedule_hash = hash_schedule(draft.job, draft.dialect, draft.except_hash);
}

}  // namespace dsched
