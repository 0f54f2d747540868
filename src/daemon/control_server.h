#pragma once
// The daemon's end of the control socket.

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
  using Handler = std::function<void(ControlRequest, Reply)>;

  virtual ~ControlServer() = default;
};

Result<std::unique_ptr<ControlServer>> serve_control(const std::string& run_directory, Loop& loop,
                                                     Clock& clock, ControlServer::Handler handler);

}  // namespace dsched
