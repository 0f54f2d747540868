#pragma once
// The key `param`: an array of tables, one for each parameter of the job.

#include <optional>
#include <vector>

#include "config/value_reader.h"
#include "model/job.h"

namespace dsched {

// Nothing when one of them is wrong; the report knows why.
std::optional<std::vector<Parameter>> read_parameters(const TableField& field);

}  // namespace dsched
