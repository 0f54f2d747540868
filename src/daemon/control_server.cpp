#include "daemon/control_server.h"

#include <cerrno>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wire.h"
#include "daemon/control.h"
#include "supervise/unix_socket.h"

namespace dsched {

namespace {

// A client that says nothing, or does not read its answer, is not waited for longer.
constexpr Duration kAnswerPatience = std::chrono::seconds{10};
constexpr std::size_t kMaxClients = 64;
constexpr std::uint32_t kNobody = 65534;
constexpr std::size_t kMaxStrangersRequest = 4096;

struct Client {
  Descriptor socket;  // outlives its watch
  std::optional<uid_t> peer_uid;
  std::string in;
  std::string out;
  Loop::Handle watch;
  Loop::Handle deadline;
};

bool is_owner_or_root(const std::optional<uid_t>& uid) {
  return uid && (*uid == 0 || *uid == ::geteuid());
}

class SocketServer final : public ControlServer {
 public:
  SocketServer(Descriptor socket, Loop& loop, Clock& clock, Handler handler)
      : socket_(std::move(socket)), loop_(loop), clock_(clock), handler_(std::move(handler)) {
    watch_ = loop_.on_ready(socket_.get(), Loop::Interest::read, [this] { accept_all(); });
  }

 private:
  void accept_all() {
    for (;;) {
      Descriptor socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!socket) return;
      if (clients_.size() >= kMaxClients) continue;
      const std::uint64_t id = next_id_++;
      Client& client = clients_[id];
      client.socket = std::move(socket);
      if (const auto peer = peer_of(client.socket.get())) client.peer_uid = peer->uid;
      client.watch = loop_.on_ready(client.socket.get(), Loop::Interest::read,
                                    [this, id] { read_request(id); });
      client.deadline =
          loop_.at(clock_.boot_now() + kAnswerPatience, [this, id] { clients_.erase(id); });
    }
  }

  void read_request(std::uint64_t id) {
    Client& client = clients_.at(id);
    char buffer[4096];
    const ssize_t got = ::recv(client.socket.get(), buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      clients_.erase(id);
      return;
    }
    client.in.append(buffer, static_cast<std::size_t>(got));
    const bool trusted = is_owner_or_root(client.peer_uid);
    const FrameView view =
        read_frame(client.in, trusted ? kMaxControlRequest : kMaxStrangersRequest);
    if (view.state == FrameState::partial) return;
    client.watch.reset();
    auto request =
        view.state == FrameState::complete
            ? decode_request(view.body)
            : Result<ControlRequest>(Error{ErrorCode::invalid, "the request is damaged", ""});
    if (request && !std::holds_alternative<StatusRequest>(*request) && !trusted)
      request = Error{ErrorCode::denied, "only root and the user of the daemon may do this", ""};
    if (!request) return reply(id, encode_reply(request.error()));
    // The answer may take a while (a reload): the deadline is for the client's part only.
    client.deadline.reset();
    handler_(*request, client.peer_uid.value_or(kNobody),
             [this, id](const std::string& body) { reply(id, body); });
  }

  void reply(std::uint64_t id, const std::string& body) {
    auto where = clients_.find(id);
    if (where == clients_.end()) return;
    Client& client = where->second;
    client.out = frame(body);
    client.deadline =
        loop_.at(clock_.boot_now() + kAnswerPatience, [this, id] { clients_.erase(id); });
    client.watch =
        loop_.on_ready(client.socket.get(), Loop::Interest::write, [this, id] { write_reply(id); });
  }

  void write_reply(std::uint64_t id) {
    Client& client = clients_.at(id);
    const ssize_t sent =
        ::send(client.socket.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent > 0) client.out.erase(0, static_cast<std::size_t>(sent));
    if (sent <= 0 || client.out.empty()) clients_.erase(id);
  }

  Descriptor socket_;
  Loop& loop_;
  Clock& clock_;
  Handler handler_;
  Loop::Handle watch_;
  std::uint64_t next_id_ = 0;
  std::map<std::uint64_t, Client> clients_;
};

}  // namespace

Result<std::unique_ptr<ControlServer>> serve_control(const std::string& run_directory, Loop& loop,
                                                     Clock& clock, ControlServer::Handler handler) {
  const std::string path = control_socket_path(run_directory);
  DSCHED_TRY_ASSIGN(Descriptor socket, listen_at(path));
  // Everybody may ask for the status; what changes something is checked by who asks.
  if (::chmod(path.c_str(), 0666) != 0)
    return system_error("cannot open " + path + " to others", errno);
  return std::unique_ptr<ControlServer>(
      std::make_unique<SocketServer>(std::move(socket), loop, clock, std::move(handler)));
}

}  // namespace dsched
