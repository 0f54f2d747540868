#pragma once
// RFC 3339 time stamps (the profile of ISO 8601 that machines exchange).

#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"

namespace dsched {

// "2026-11-20T17:12:00+01:00", "Z" for offset 0 when use_z. The fraction is left out when it is
// zero, otherwise milliseconds ("17:12:00.114+01:00"), rounded down. Offsets with seconds (local
// mean time) are rounded to minutes.
std::string format_rfc3339(Instant instant, std::chrono::seconds utc_offset, bool use_z = false);

// A full date-time with offset or Z; fractions up to nine digits are taken (cut to microseconds).
// Second 60 is refused.
Result<Instant> parse_rfc3339(std::string_view text);

}  // namespace dsched
