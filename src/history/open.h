#pragma once
// How a history file becomes a connection: what is refused, what is repaired, what is set
// (schema.md, "Opening").

#include <string>

#include "base/result.h"
#include "history/sqlite.h"

namespace dsched {

Result<Connection> open_for_writing(const std::string& path);
Result<Connection> open_for_reading(const std::string& path);

}  // namespace dsched
