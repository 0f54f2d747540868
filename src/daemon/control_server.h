#pragma once
// The daemon's end of the control socket.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "daemon/control_codec.h"
#include "env/clock.h"
#include "env/loop.h"

namespace dsched {

class ControlServer {
 public:
  // Called with an encoded reply, once, now or later.
  using Reply = std::function<void(const std::string& body)>;
  // peer_uid: of who asks. Requests that change something come from root and our own user only.
  using Handler =
      std::function<void(const ControlRequest& request, std::uint32_t peer_uid, Reply reply)>;

  virtual ~ControlServer() = default;
};

Result<std::unique_ptr<ControlServer>> serve_control(const std::string& run_directory, Loop& loop,
                                                     Clock& clock, ControlServer::Handler handler);

}  // namespace dsched
