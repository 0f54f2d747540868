#pragma once
// Messages over a socket, in both directions, without ever waiting for the other end.

#include <functional>
#include <memory>
#include <string>

#include "env/clock.h"
#include "env/loop.h"
#include "supervise/descriptor.h"
#include "supervise/message.h"

namespace dsched {

class Channel {
 public:
  struct Listener {
    std::function<void(Message)> on_message;
    // The other end is gone, or what it sent cannot be read, or it does not read (more than
    // kLargestMessage wait).
    std::function<void()> on_closed;
  };

  // The socket is non-blocking. The listener is called from the loop only and may destroy the
  // connection.
  Channel(Loop& loop, Clock& clock, Descriptor socket, Listener listener);

  void send(const Message& message);
  int fd() const { return socket_.get(); }

 private:
  void on_readable();
  bool deliver_messages();
  void write_some();
  void close_soon();

  Loop& loop_;
  Clock& clock_;
  Descriptor socket_;
  Listener listener_;
  std::string incoming_;
  std::string outgoing_;
  std::size_t sent_ = 0;  // of outgoing_
  bool closing_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
  Loop::Handle read_watch_;
  Loop::Handle write_watch_;
  Loop::Handle close_timer_;
};

}  // namespace dsched
