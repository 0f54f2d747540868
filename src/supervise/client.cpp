#include "supervise/client.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>
#include <signal.h>

#include "supervise/channel.h"
#include "supervise/launch.h"
#include "supervise/unix_socket.h"

namespace dsched {

namespace {

using namespace std::chrono_literals;

constexpr Duration kPingEvery = 5s;
// Counted in pings, not read off the clock: a host that slept, or a daemon that stood still, does
// not condemn its supervisor.
constexpr int kPingsUntilStuck = 3;
constexpr Duration kFirstRetry = 5ms;
constexpr Duration kLongestRetry = 100ms;
constexpr Duration kLaunchEvery = 2s;
constexpr Duration kPatience =
    10s;  // without a supervisor before on_trouble, and between two of these

class SocketClient final : public SupervisorClient {
 public:
  SocketClient(Loop& loop, Clock& clock, std::string program, std::string state_directory,
               std::string run_directory, Listener listener)
      : loop_(loop),
        clock_(clock),
        argv_{std::move(program), "__supervisor", "--state",
              state_directory,    "--run",        run_directory},
        paths_(supervisor_paths(state_directory, run_directory)),
        listener_(std::move(listener)) {}

  void connect() override {
    retired_ = false;
    trying_since_ = clock_.boot_now();
    retry_ = kFirstRetry;
    try_soon(Duration{0});
  }

  void start(const StartRequest& request) override {
    Message message{.type = MessageType::start};
    message.request = request;
    send(message);
  }
  void stop(const AttemptKey& key, int signal) override {
    Message message{.type = MessageType::stop, .key = key};
    message.signal = signal;
    send(message);
  }
  void kill(const AttemptKey& key) override { send({.type = MessageType::kill, .key = key}); }
  void acknowledge(const AttemptKey& key) override {
    send({.type = MessageType::acknowledge, .key = key});
  }
  void retire() override {
    retired_ = true;
    send({.type = MessageType::retire});
  }
  bool connected() const override { return ready_; }

 private:
  void send(const Message& message) {
    if (ready_) channel_->send(message);
  }

  void try_soon(Duration after) {
    retry_timer_ = loop_.at(clock_.boot_now() + after, [this] { try_now(); });
  }

  void try_now() {
    Result<Descriptor> socket = connect_to(paths_.socket);
    if (!socket) return on_absent(std::move(socket).error());
    const Result<Peer> peer = peer_of(socket->get());
    if (!peer) return on_absent(peer.error());
    supervisor_pid_ = peer->pid;
    channel_ = std::make_unique<Channel>(
        loop_, clock_, std::move(*socket),
        Channel::Listener{[this](Message message) { on_message(std::move(message)); },
                          [this] { on_closed(); }});
    channel_->send({.type = MessageType::hello});
    unanswered_ = 0;
    ping_later();
  }

  void on_absent(Error error) {
    const BootInstant now = clock_.boot_now();
    if (error.code == ErrorCode::unavailable && now >= launch_not_before_) {
      launch_not_before_ = now + kLaunchEvery;
      if (Result<void> launched = launch_detached(argv_); !launched) error = launched.error();
    }
    const bool hopeless = error.code != ErrorCode::unavailable || now - trying_since_ >= kPatience;
    if (hopeless && now >= trouble_not_before_) {
      trouble_not_before_ = now + kPatience;
      listener_.on_trouble(with_context(std::move(error), "no supervisor"));
    }
    try_soon(retry_);
    retry_ = std::min(2 * retry_, kLongestRetry);
  }

  void on_message(Message message) {
    unanswered_ = 0;
    if (message.type == MessageType::hello) return on_hello(std::move(message));
    if (message.type == MessageType::started)
      return listener_.on_started(message.key, message.started_at);
    if (message.type == MessageType::ended) listener_.on_ended(message.key, message.outcome);
  }

  void on_hello(Message message) {
    if (message.version != kProtocolVersion || !message.supervisor)
      return on_other_version(message.version);
    retry_ = kFirstRetry;
    ready_ = true;
    std::vector<Known> known;
    for (KnownAttempt& attempt : message.supervisor->known)
      known.push_back({std::move(attempt.key), attempt.started_at, std::move(attempt.outcome)});
    listener_.on_ready(message.supervisor->uuid, message.supervisor->same_boot, std::move(known));
  }

  void on_other_version(std::uint32_t version) {
    drop_channel();
    listener_.on_trouble(
        {ErrorCode::unsupported,
         fmt::format("the supervisor (pid {}) speaks version {} of the protocol, this dsched {}",
                     supervisor_pid_, version, kProtocolVersion),
         "it ends ten seconds after its last job; until then start the dsched that it belongs to"});
    // Long enough without a daemon for it to end.
    try_soon(15s);
  }

  void ping_later() {
    ping_timer_ = loop_.at(clock_.boot_now() + kPingEvery, [this] { ping(); });
  }

  void ping() {
    if (unanswered_ >= kPingsUntilStuck) {
      // The pid of a peer in another pid namespace reads as 0.
      if (supervisor_pid_ > 0) ::kill(supervisor_pid_, SIGKILL);
      return on_closed();
    }
    ++unanswered_;
    Message message{.type = MessageType::ping};
    message.number = ++pings_;
    channel_->send(message);
    ping_later();
  }

  void drop_channel() {
    ping_timer_.reset();
    channel_.reset();
    ready_ = false;
  }

  // The next one must start at once: it ends what this one left running.
  void on_closed() {
    const bool was_ready = ready_;
    drop_channel();
    if (retired_) return;
    trying_since_ = clock_.boot_now();
    try_soon(was_ready ? Duration{0} : retry_);
    retry_ = std::min(2 * retry_, kLongestRetry);
    if (was_ready) listener_.on_gone();
  }

  Loop& loop_;
  Clock& clock_;
  std::vector<std::string> argv_;
  SupervisorPaths paths_;
  Listener listener_;
  std::unique_ptr<Channel> channel_;
  bool ready_ = false;
  pid_t supervisor_pid_ = 0;
  int unanswered_ = 0;
  std::uint64_t pings_ = 0;
  BootInstant trying_since_{};
  BootInstant launch_not_before_{};
  BootInstant trouble_not_before_{};
  bool retired_ = false;
  Duration retry_ = kFirstRetry;
  Loop::Handle retry_timer_;
  Loop::Handle ping_timer_;
};

}  // namespace

std::unique_ptr<SupervisorClient> make_supervisor_client(Loop& loop, Clock& clock,
                                                         const std::string& program,
                                                         const std::string& state_directory,
                                                         const std::string& run_directory,
                                                         SupervisorClient::Listener listener) {
  return std::make_unique<SocketClient>(loop, clock, program, state_directory, run_directory,
                                        std::move(listener));
}

}  // namespace dsched
