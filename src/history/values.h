#pragma once
// NAME=value pairs as one text column (schema.md).

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/run.h"

namespace dsched {

std::string values_to_text(const Values& values);
// ErrorCode::corrupt for a text that values_to_text() does not write.
Result<Values> values_from_text(std::string_view text);

}  // namespace dsched
