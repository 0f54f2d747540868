#pragma once
// Times as people write and read them on the command line.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"
#include "time/zone.h"

namespace dsched {

// 2026-11-20, 2026-11-20T02:15[:30] (or with a blank), 02:15, now, today, yesterday, tomorrow, -2h,
// +30m, @1795191120 and RFC 3339 with offset. A local time that happens twice is the first; one
// that does not happen is as far behind the change as it would have been.
Result<Instant> parse_time(std::string_view text, const Zone& zone, Instant now);

// Shows instants to a person at a time and place.
class TimeView {
 public:
  TimeView(std::shared_ptr<const Zone> zone, Instant now) : zone_(std::move(zone)), now_(now) {}
  const Zone& zone() const { return *zone_; }
  Instant now() const { return now_; }

  std::string rfc3339(Instant instant) const;  // "2026-11-20T17:12:00+01:00", UTC with Z
  std::string full(Instant instant) const;     // "Fri 2026-11-20 17:15", seconds when there are any
  std::string date_time(Instant instant) const;  // "2026-11-20 17:10:00"
  std::string upcoming(Instant instant) const;   // "17:15", "Sat 02:15", "Tue 1 Dec", "2027-03-01"
  std::string past(Instant instant)
      const;  // "17:10", "today 02:15" is for more than 12 hours ago, "Mon 09:00", ...
  std::string abbreviation(Instant instant) const;  // "CET"
  std::string relative(Instant instant) const;      // "in 9h 3m", "2m ago"

 private:
  std::shared_ptr<const Zone> zone_;
  Instant now_;
};

}  // namespace dsched
