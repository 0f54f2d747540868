#pragma once
// A job while its files are read: the job, and what is settled only when all its keys are known.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/report.h"
#include "config/zones.h"
#include "env/files.h"
#include "model/job.h"

namespace dsched {

struct ConfigSources;
struct Settings;

// What reading needs besides the text.
struct ReadContext {
  const ConfigSources& sources;
  Files& files;
  Zones& zones;
  const Settings& settings;  // complete when job files are read
};

// A schedule as written. `at` is where its string starts; text without quotes stands for itself.
struct ScheduleText {
  std::string text;
  const SourceText* source = nullptr;  // null: its issues have been told
  std::size_t at = 0;
};

struct Place {
  const SourceText* source = nullptr;
  Span span;
};

struct JobDraft {
  Job job;
  Place place;                      // what a message about the job as a whole points at
  std::vector<Place> after_places;  // of each name in job.after
  std::vector<ScheduleText> schedules;
  Dialect dialect = Dialect::dsched;
  std::shared_ptr<const Zone> zone;  // null: the scope's
  TimetableRules rules;
  std::uint64_t except_hash = 0;
  bool on_boot = false;
  bool has_command = false;
};

// The timetable from the schedules, and the hashes. Issues of schedules go to the report when they
// are in its file.
void finish_job(JobDraft& draft, FaultReport& report, const ReadContext& context);

}  // namespace dsched
