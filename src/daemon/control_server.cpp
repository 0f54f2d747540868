#include "daemon/control_server.h"

#include <cerrno>
#include <map>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "base/wire.h"
#include "daemon/control_socket.h"

namespace dsched {

namespace {

// A client that says nothing, or does not read its answer, is not waited for longer.
constexpr Duration kPatience = std::chrono::seconds{10};
constexpr std::size_t kMaxConnections = 64;
constexpr std::size_t kMaxRequestBody = 4096;

struct Connection {
  int fd;
  std::string in;
  std::string out;
  Loop::Handle watch;
  Loop::Handle deadline;

  explicit Connection(int connected) : fd(connected) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    watch.reset();
    ::close(fd);
  }
};

bool is_owner_or_root(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

class SocketServer final : public ControlServer {
 public:
  SocketServer(int fd, Loop& loop, Clock& clock, Handler handler)
      : fd_(fd), loop_(loop), clock_(clock), handler_(std::move(handler)) {
    watch_ = loop_.on_ready(fd_, Loop::Interest::read, [this] { accept_all(); });
  }
  ~SocketServer() override {
    connections_.clear();
    watch_.reset();
    ::close(fd_);
  }
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

 private:
  void accept_all() {
    for (;;) {
      const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) return;
      if (connections_.size() >= kMaxConnections) {
        ::close(fd);
        continue;
      }
      const std::uint64_t id = next_id_++;
      Connection& connection = connections_.try_emplace(id, fd).first->second;
      connection.watch = loop_.on_ready(fd, Loop::Interest::read, [this, id] { read_request(id); });
      connection.deadline =
          loop_.at(clock_.boot_now() + kPatience, [this, id] { connections_.erase(id); });
    }
  }

  void read_request(std::uint64_t id) {
    Connection& connection = connections_.at(id);
    char buffer[4096];
    const ssize_t got = ::recv(connection.fd, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      connections_.erase(id);
      return;
    }
    connection.in.append(buffer, static_cast<std::size_t>(got));
    const FrameView view = read_frame(connection.in, kMaxRequestBody);
    if (view.state == FrameState::partial) return;
    connection.watch.reset();
    auto request =
        view.state == FrameState::complete
            ? decode_request(view.body)
            : Result<ControlRequest>(Error{ErrorCode::invalid, "the request is damaged", ""});
    if (request && *request != ControlRequest::status && !is_owner_or_root(connection.fd)) {
      request = Error{ErrorCode::denied, "only root and the user of the daemon may do this", ""};
    }
    if (!request) return reply(id, encode_reply(request.error()));
    // The answer may take a while (a reload): the deadline is for the client's part only.
    connection.deadline.reset();
    handler_(*request, [this, id](const std::string& body) { reply(id, body); });
  }

  void reply(std::uint64_t id, const std::string& body) {
    auto where = connections_.find(id);
    if (where == connections_.end()) return;
    Connection& connection = where->second;
    connection.out = frame(body);
    connection.deadline =
        loop_.at(clock_.boot_now() + kPatience, [this, id] { connections_.erase(id); });
    connection.watch =
        loop_.on_ready(connection.fd, Loop::Interest::write, [this, id] { write_reply(id); });
  }

  void write_reply(std::uint64_t id) {
    Connection& connection = connections_.at(id);
    const ssize_t sent =
        ::send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent > 0) connection.out.erase(0, static_cast<std::size_t>(sent));
    if (sent <= 0 || connection.out.empty()) connections_.erase(id);
  }

  int fd_;
  Loop& loop_;
  Clock& clock_;
  Handler handler_;
  Loop::Handle watch_;
  std::uint64_t next_id_ = 0;
  std::map<std::uint64_t, Connection> connections_;
};

}  // namespace

Result<std::unique_ptr<ControlServer>> serve_control(const std::string& run_directory, Loop& loop,
                                                     Clock& clock, ControlServer::Handler handler) {
  DSCHED_TRY_ASSIGN(const int fd, listen_on(control_socket_path(run_directory), 0666));
  return std::unique_ptr<ControlServer>(
      std::make_unique<SocketServer>(fd, loop, clock, std::move(handler)));
}

}  // namespace dsched
