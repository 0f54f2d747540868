#pragma once
// A set of calendar days: what `except` takes out of a job's schedules.

#include <bitset>
#include <chrono>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dsched {

struct DayRange {
  std::chrono::local_days first, last;  // both belong to it
};

class Calendar {
 public:
  // "2026-12-25", "2026-12-24..2027-01-02", and without years for every year: "12-25",
  // "12-24..01-02" (02-29 counts in leap years). Both ends belong to a range.
  Result<void> add(std::string_view item);

  // The all-day events of an iCalendar file (RFC 5545), with their repetitions as far as Recurrence
  // knows them; others are ErrorCode::unsupported. Events with a time of day are no days off and
  // are passed over.
  Result<void> add_ics(std::string_view text);

  bool contains(std::chrono::local_days day) const;
  bool empty() const { return ranges_.empty() && yearly_.none(); }

 private:
  void add_ranges(const std::vector<DayRange>& ranges);

  std::vector<DayRange> ranges_;  // sorted, apart from each other
  std::bitset<12 * 32> yearly_;   // bit (month - 1) * 32 + day
};

}  // namespace dsched
