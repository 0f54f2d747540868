#pragma once
// Run ids: 26 characters of Crockford base 32 (the ULID layout: 48 bits of Unix milliseconds, 80
// random bits), so that ids sort by start. People see and may type the short form: characters 4 to
// 11 in lower case.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/instant.h"

namespace dsched {

// random_high: its low 16 bits count.
std::string make_run_id(Instant now, std::uint64_t random_high, std::uint64_t random_low);
std::string short_run_id(std::string_view run_id);
bool looks_like_run_id(std::string_view text);  // 26 characters of the alphabet, any case

}  // namespace dsched
