#pragma once
// Mail as RFC 5322 and MIME write it.

#include <string>
#include <string_view>

#include "base/instant.h"

namespace dsched {

struct MailHead {
  std::string from;  // bare addresses
  std::string to;
  std::string subject;
  Instant date{};
  std::string message_id;  // without its brackets
};

// One text/plain part in UTF-8. Lines end in "\n" and are never longer than 998 bytes. Nothing in
// the head can add a header line: control characters in it become visible text.
// Requires: text is UTF-8.
std::string format_mail(const MailHead& head, std::string_view text);

}  // namespace dsched
