#pragma once
// Doubtful things in commands.

#include <optional>
#include <string_view>

#include "config/report.h"
#include "config/value.h"

namespace dsched {

// The redirection of standard error to /dev/null, in bytes of the text.
std::optional<Span> find_discarded_errors(std::string_view shell_text);

// W406, W407, W410 about the value of `command` or `script`.
void lint_command(const Value& command, FaultReport& report);

// W407 at that place.
void warn_discarded_errors(Span place, FaultReport& report);

}  // namespace dsched
