#pragma once
// The comment that names a line of a crontab file and sets keys for it: "# dsched: name=backup
// timeout=2h".

#include <optional>
#include <string_view>
#include <vector>

#include "config/report.h"
#include "config/value.h"

namespace dsched {

// The text behind "dsched:" as bytes of the line; nothing when this is another comment.
std::optional<Span> find_dsched_comment(std::string_view line);

// KEY=VALUE words, values in quotes when they hold blanks, "retry.max=3" for keys in tables. The
// span is in the file. Faults are E603.
std::vector<Entry> parse_dsched_comment(Span words, FaultReport& report);

}  // namespace dsched
