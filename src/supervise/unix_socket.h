#pragma once
// Unix stream sockets of any path length, non-blocking.

#include <string>

#include <sys/types.h>

#include "base/result.h"
#include "supervise/descriptor.h"

namespace dsched {

// Mode 0600. Replaces what is at path.
Result<Descriptor> listen_at(const std::string& path);
// Error unavailable: nobody listens there now.
Result<Descriptor> connect_to(const std::string& path);

struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
};
Result<Peer> peer_of(int socket);

}  // namespace dsched
