#include "daemon/control.h"

#include <cerrno>

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/wire.h"
#include "daemon/control_codec.h"
#include "daemon/control_socket.h"

namespace dsched {

namespace {

constexpr timeval kPatience{10, 0};

Result<std::string> converse(int fd, const std::string& request) {
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  const std::string out = frame(request);
  if (::send(fd, out.data(), out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out.size())) {
    return system_error("cannot talk to the daemon", errno);
  }
  std::string in;
  for (;;) {
    const FrameView view = read_frame(in, kMaxControlBody);
    if (view.state == FrameState::complete) return std::string(view.body);
    if (view.state == FrameState::damaged)
      return Error{ErrorCode::invalid, "the daemon's answer is damaged", ""};
    char buffer[16 << 10];
    const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN)
      return Error{ErrorCode::unavailable, "the daemon does not answer", ""};
    if (got <= 0) return Error{ErrorCode::unavailable, "the daemon closed the connection", ""};
    in.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<std::string> ask(const std::string& run_directory, ControlRequest request) {
  DSCHED_TRY_ASSIGN(const int fd, connect_to(control_socket_path(run_directory)));
  auto reply = converse(fd, encode_request(request));
  ::close(fd);
  return reply;
}

}  // namespace

Result<DaemonStatus> ask_status(const std::string& run_directory) {
  DSCHED_TRY_ASSIGN(const std::string reply, ask(run_directory, ControlRequest::status));
  return decode_status(reply);
}

Result<ReloadReport> ask_reload(const std::string& run_directory) {
  DSCHED_TRY_ASSIGN(const std::string reply, ask(run_directory, ControlRequest::reload));
  return decode_reload(reply);
}

}  // namespace dsched
