#pragma once
// Every reason that a firing did not start, or started, as words: for `dsched explain REASON` and
// `dsched why`.

#include <string_view>
#include <vector>

#include "cli/explain_codes.h"
#include "model/run.h"

namespace dsched {

// What every reason means and what to do about it; the remedy is never empty but for `started`.
CodeText reason_text(Reason reason);

// The key of a job file that such a decision follows from; "" when there is none.
std::string_view key_of(Reason reason);

// In the order of the enumeration.
const std::vector<Reason>& all_reasons();

}  // namespace dsched
