#include "base/run_id.h"

#include <algorithm>

#include "base/text.h"

namespace dsched {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kIdSize = 26;
constexpr std::size_t kShortStart = 4;
constexpr std::size_t kShortSize = 8;

}  // namespace

std::string make_run_id(Instant now, std::uint64_t random_high, std::uint64_t random_low) {
  const std::int64_t unix_ms =
      std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
  std::uint64_t high = (static_cast<std::uint64_t>(unix_ms) << 16) | (random_high & 0xFFFF);
  std::uint64_t low = random_low;
  std::string id(kIdSize, '0');
  // 130 bits of characters hold the 128-bit number: the first character is 0 to 7.
  for (auto c = id.rbegin(); c != id.rend(); ++c) {
    *c = kAlphabet[low & 31];
    low = (low >> 5) | (high << 59);
    high >>= 5;
  }
  return id;
}

std::string short_run_id(std::string_view run_id) {
  return to_lower_ascii(run_id.substr(std::min(kShortStart, run_id.size()), kShortSize));
}

bool looks_like_run_id(std::string_view text) {
  const auto is_digit = [](char c) {
    const char upper = 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return kAlphabet.find(upper) != std::string_view::npos;
  };
  return text.size() == kIdSize && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace dsched
