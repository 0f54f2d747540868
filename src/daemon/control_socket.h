#pragma once
// The socket file under both ends of the control protocol. Paths longer than sockaddr_un allows are
// reached through /proc/self/fd.

#include <string>

#include "base/result.h"

namespace dsched {

std::string control_socket_path(const std::string& run_directory);

// A listening, non-blocking socket; a socket file left by a dead daemon is replaced. Requires: the
// caller holds the lock of the state directory.
Result<int> listen_on(const std::string& socket_path, std::uint32_t mode);

// A connected, blocking socket. ErrorCode::unavailable when nobody listens.
Result<int> connect_to(const std::string& socket_path);

}  // namespace dsched
