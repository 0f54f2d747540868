#include "config/job_draft.h"

#include <utility>

#include <fmt/core.h>

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

}  // namespace

void finish_job(JobDraft& draft, FaultReport& report, const ReadContext& context) {
  const std::shared_ptr<const Zone> zone = draft.zone ? draft.zone : context.zones.local();
  const ScheduleContext parse_context{draft.job.name, context.sources.host, draft.dialect, zone};
  std::vector<Schedule> schedules;
  for (const ScheduleText& text : draft.schedules) {
    Schedule::Parsed parsed = Schedule::parse(text.text, parse_context);
    if (text.source == &report.source()) {
      for (const ScheduleIssue& issue : parsed.issues) report_issue(issue, text, report);
    }
    if (parsed.schedule) schedules.push_back(std::move(*parsed.schedule));
  }
  draft.job.timetable = Timetable(std::move(schedules), zone, draft.rules);
  draft.job.definition_hash = hash_definition(draft.job);
  draft.job.schedule_hash = hash_schedule(draft.job, draft.except_hash);
}

}  // namespace dsched
