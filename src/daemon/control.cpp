#include "daemon/control.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/wire.h"
#include "daemon/control_codec.h"
#include "supervise/unix_socket.h"

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

Result<std::string> ask(const std::string& run_directory, const ControlRequest& request) {
  const auto socket = connect_to(control_socket_path(run_directory));
  if (!socket && (socket.error().code == ErrorCode::unavailable ||
                  socket.error().code == ErrorCode::not_found)) {
    return Error{ErrorCode::unavailable, "no daemon is running", ""};
  }
  if (!socket) return with_context(socket.error(), "cannot reach the daemon");
  ::fcntl(socket->get(), F_SETFL, 0);  // blocking, with the time-outs of converse()
  return converse(socket->get(), encode_request(request));
}

}  // namespace

std::string control_socket_path(const std::string& run_directory) {
  return run_directory + "/control.sock";
}

Result<DaemonStatus> ask_status(const std::string& run_directory) {
  DSCHED_TRY_ASSIGN(const std::string reply, ask(run_directory, StatusRequest{}));
  return decode_status(reply);
}

Result<ReloadReport> ask_reload(const std::string& run_directory) {
  DSCHED_TRY_ASSIGN(const std::string reply, ask(run_directory, ReloadRequest{}));
  return decode_reload(reply);
}

Result<std::vector<TriggeredFiring>> ask_trigger(const std::string& run_directory,
                                                 TriggerRequest request) {
  DSCHED_TRY_ASSIGN(const std::string reply, ask(run_directory, std::move(request)));
  return decode_trigger(reply);
}

Result<StopReport> ask_stop(const std::string& run_directory, StopRequest request) {
  DSCHED_TRY_ASSIGN(const std::string reply, ask(run_directory, std::move(request)));
  return decode_stop(reply);
}

Result<PauseReport> ask_pause(const std::string& run_directory, PauseRequest request) {
  DSCHED_TRY_ASSIGN(const std::string reply, ask(run_directory, std::move(request)));
  return decode_pause(reply);
}

Result<ResumeReport> ask_resume(const std::string& run_directory, ResumeRequest request) {
  DSCHED_TRY_ASSIGN(const std::string reply, ask(run_directory, std::move(request)));
  return decode_resume(reply);
}

Result<ResumeReport> ask_resolve(const std::string& run_directory, ResolveRequest request) {
  DSCHED_TRY_ASSIGN(const std::string reply, ask(run_directory, std::move(request)));
  return decode_resume(reply);
}

Result<SubmitReport> ask_submit(const std::string& run_directory, SubmitRequest request) {
  DSCHED_TRY_ASSIGN(const std::string reply, ask(run_directory, std::move(request)));
  return decode_submit(reply);
}

}  // namespace dsched
