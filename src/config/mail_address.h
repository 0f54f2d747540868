#pragma once

#include <string_view>

namespace dsched {

// What a mailer can take as one recipient: "ana@example.org", or "root" for a mailbox of the host.
// Nothing that could be read as an option, as a second address or as a header.
bool is_mail_address(std::string_view text);

}  // namespace dsched
