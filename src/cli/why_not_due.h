#pragma once
// Why a job has no firing at an instant.

#include <string>

#include "base/instant.h"
#include "model/job.h"
#include "model/run.h"

namespace dsched {

struct NotDue {
  Reason reason =
      Reason::no_match;  // no_match, before_start, after_end, excepted, dst_gap, dst_repeat
  std::string text;      // "the day matches, the hour does not"
  std::string key;       // of the job file, that says so; "" when there is none
};

// Requires: the job's timetable has no firing at `at`.
NotDue why_not_due(const Job& job, Second at);

}  // namespace dsched
