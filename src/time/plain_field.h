#pragma once
// The fields that nearly every crontab consists of, read in one pass.

#include <cstdint>
#include <string_view>

namespace dsched {

// The values of a list of "*", "a" and "a-b", each with or without "/n", as bits, when every number
// is in [low, high] and there is nothing to warn of; otherwise 0, and FieldParser has the word.
std::uint64_t plain_field_bits(std::string_view field, int low, int high);

}  // namespace dsched
