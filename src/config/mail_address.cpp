#include "config/mail_address.h"

#include <algorithm>
#include <cstddef>

namespace dsched {

bool is_mail_address(std::string_view text) {
  constexpr std::size_t kLongest = 254;  // RFC 5321, 4.5.3.1.3 without the angle brackets
  constexpr std::string_view kNever = "()<>[]:;,\\\"'`|";
  if (text.empty() || text.size() > kLongest || text.front() == '-') return false;
  const bool plain = std::none_of(text.begin(), text.end(), [&](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' ||
           kNever.find(c) != std::string_view::npos;
  });
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return plain;
  return plain && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos;
}

}  // namespace dsched
