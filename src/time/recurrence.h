#pragma once
// The repetition of an all-day event: a recurrence rule of RFC 5545 (section 3.3.10).

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "time/civil.h"

namespace dsched {

class Recurrence {
 public:
  // text: what follows "RRULE:". FREQ is DAILY to YEARLY, with INTERVAL, COUNT, UNTIL, BYMONTH,
  // BYMONTHDAY, BYDAY and WKST; ErrorCode::unsupported for all else.
  static Result<Recurrence> parse(std::string_view text, CivilDay start);

  // The days on which it comes, from the start to the end of kLastYear, in order.
  std::vector<std::int32_t> days() const;

 private:
  enum class Frequency { daily, weekly, monthly, yearly };
  struct Weekday {
    int week;     // of the month; negative from its end, 0 every one
    int weekday;  // 0 is Sunday
  };

  bool read(std::string_view key, std::string_view value);
  bool read_weekdays(std::string_view value);
  bool complete();
  bool in_turn(CivilDay civil, std::int32_t day) const;
  bool matches(CivilDay civil, std::int32_t day) const;
  std::int32_t start_of_week(std::int32_t day) const;

  CivilDay start_{};
  Frequency frequency_ = Frequency::yearly;
  int interval_ = 1;
  int count_ = std::numeric_limits<int>::max();
  std::int32_t until_ = std::numeric_limits<std::int32_t>::max();
  int week_start_ = 1;
  unsigned months_ = 0;            // bits 1 to 12; 0 is all
  std::vector<int> month_days_;    // negative ones count from the end; empty is all
  std::vector<Weekday> weekdays_;  // empty is all
};

}  // namespace dsched
