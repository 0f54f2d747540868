#pragma once
// Values as they are written into TOML files.

#include <string>
#include <string_view>
#include <vector>

namespace dsched {

// A literal string where that reads better, else a basic one with escapes.
std::string toml_string(std::string_view text);
std::string toml_array(const std::vector<std::string>& texts);
// One text as a string, several as an array.
std::string toml_strings(const std::vector<std::string>& texts);

}  // namespace dsched
