#include "supervise/channel.h"

#include <cerrno>
#include <utility>

#include <sys/socket.h>

#include "base/wire.h"

namespace dsched {

namespace {
constexpr std::size_t kReceiveBytes = 64 << 10;
constexpr std::size_t kSentWorthDropping = 1 << 20;
}  // namespace

Channel::Channel(Loop& loop, Clock& clock, Descriptor socket, Listener listener)
    : loop_(loop), clock_(clock), socket_(std::move(socket)), listener_(std::move(listener)) {
  read_watch_ = loop_.on_ready(socket_.get(), Loop::Interest::read, [this] { on_readable(); });
}

void Channel::send(const Message& message) {
  if (closing_) return;
  outgoing_ += encode_message(message);
  if (outgoing_.size() - sent_ > kLargestMessage) return close_soon();
  write_some();
}

void Channel::on_readable() {
  char buffer[kReceiveBytes];
  const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return close_soon();
  incoming_.append(buffer, static_cast<std::size_t>(got));
  if (!deliver_messages()) close_soon();
}

// False when what came cannot be read.
bool Channel::deliver_messages() {
  const std::weak_ptr<int> alive = alive_;
  std::size_t done = 0;
  for (;;) {
    const FrameView view = read_frame(std::string_view(incoming_).substr(done), kLargestMessage);
    if (view.state == FrameState::damaged) return false;
    if (view.state == FrameState::partial) break;
    done += view.consumed;
    Result<Message> message = decode_message(view.body);
    if (!message) return false;
    listener_.on_message(std::move(*message));
    if (alive.expired()) return true;
  }
  incoming_.erase(0, done);
  return true;
}

void Channel::write_some() {
  while (sent_ < outgoing_.size()) {
    const ssize_t sent = ::send(socket_.get(), outgoing_.data() + sent_, outgoing_.size() - sent_,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) break;
    if (sent < 0) return close_soon();
    sent_ += static_cast<std::size_t>(sent);
  }
  if (sent_ == outgoing_.size() || sent_ > kSentWorthDropping) {
    outgoing_.erase(0, sent_);
    sent_ = 0;
  }
  if (outgoing_.empty()) {
    write_watch_.reset();
  } else if (write_watch_ == nullptr) {
    write_watch_ = loop_.on_ready(socket_.get(), Loop::Interest::write, [this] { write_some(); });
  }
}

// Told from the loop, never from inside send().
void Channel::close_soon() {
  if (std::exchange(closing_, true)) return;
  read_watch_.reset();
  write_watch_.reset();
  close_timer_ = loop_.at(clock_.boot_now(), [this] {
    const auto on_closed = listener_.on_closed;
    on_closed();
  });
}

}  // namespace dsched
