#pragma once
// Signals as people write them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsched {

// "TERM", "SIGTERM" or "15", in any case. Real-time signals by number only.
std::optional<int> signal_number(std::string_view text);

// "HUP", "INT", ... those that a job can be stopped with.
const std::vector<std::string>& signal_names();

}  // namespace dsched
