#pragma once
// TOML text -> tree.

#include <optional>

#include "config/report.h"
#include "config/value.h"

namespace dsched {

// The document as a table. Nothing when the syntax is wrong: the first fault is then in the report
// (E100 to E104).
std::optional<Value> parse_toml(const SourceText& source, FaultReport& report);

}  // namespace dsched
