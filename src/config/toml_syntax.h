#pragma once
// What a syntax error of toml++ means to the person who wrote the file. toml++ names the place
// where it noticed; this finds the place where the mistake is.

#include <string_view>

#include "config/report.h"

namespace dsched {

void report_syntax_error(FaultReport& report, Position noticed_at, std::string_view description);

}  // namespace dsched
