#pragma once
// Durations as people write and read them.

#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"

namespace dsched {

// "90s" "15m" "1h30m" "2d" "1w" "500ms": one or more number+unit parts, units w d h m s ms us in
// falling order, each at most once, no blanks, no sign, no fraction. A bare number is
// ErrorCode::invalid with a hint that names the units.
Result<Duration> parse_duration(std::string_view text);

// The exact form that parse_duration reads back, parts of zero left out: "1h30m", "500ms", "0s".
// Weeks are used for whole weeks only: "2w", "10d". Requires: duration >= 0.
std::string exact_duration(Duration duration);

// For people, two parts at most: "12.3s", "1m 32s", "12m 04s", "2h 5m", "9d 3h", "0.1s", rounded
// down. A second part of zero is left out ("2h"). Negative durations get a '-'.
std::string human_duration(Duration duration);

// How far away an instant is, rounded down: "in 9h 3m", "3m ago", "in 12s", "now" within a second.
std::string relative_duration(Duration from_now);

}  // namespace dsched
