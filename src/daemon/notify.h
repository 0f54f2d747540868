#pragma once
// Telling the service manager: sd_notify(3) as one datagram.

#include <string>
#include <string_view>

namespace dsched {

// socket: $NOTIFY_SOCKET ("/path" or "@abstract"); empty = nobody listens. Never waits; failures
// are ignored, as sd_notify's callers do.
void notify_service_manager(const std::string& socket, std::string_view state);

}  // namespace dsched
