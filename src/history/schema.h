#pragma once
// The schema of the history file (schema.md) and how files come to it.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace dsched {

class Connection;

inline constexpr std::int64_t kHistoryApplicationId = 0x64736869;  // "dshi"

// Statements that lead from schema version N to N + 1, N being the position of the step in its
// list.
using SchemaStep = std::vector<std::string>;
const std::vector<SchemaStep>& history_schema();

// ErrorCode::corrupt when the file is no history, ErrorCode::unsupported when its schema is newer
// than this program's. Looks at the first bytes only and writes nothing. A missing or empty file is
// fine.
Result<void> check_file_header(const std::string& path);

// The same through SQLite, which also sees what is only in the WAL. Answers the schema version; 0
// for an empty file.
Result<std::int64_t> check_schema(Connection& connection);

// Applies the steps that the file lacks, all of them or none. Two processes may do this at the same
// time.
Result<void> migrate(Connection& connection, const std::vector<SchemaStep>& steps);

}  // namespace dsched
