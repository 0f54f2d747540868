#pragma once
// A table of amounts, as a job needs them and a host offers them: { slots = 2, memory = "4G" }.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/value_reader.h"

namespace dsched {

// In the order of the file; memory in bytes. Faults go to the report; entries without fault count.
std::vector<std::pair<std::string, std::uint64_t>> read_amounts(const TableField& field);

// "2", or of memory "4G".
std::string amount_text(std::string_view resource, std::uint64_t amount);

}  // namespace dsched
