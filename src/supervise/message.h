#pragma once
// The messages between daemon and supervisor (protocol.md).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/run.h"
#include "supervise/start_request.h"

namespace dsched {

inline constexpr std::uint32_t kProtocolVersion = 1;
inline constexpr std::size_t kLargestMessage = 64 << 20;

enum class MessageType : std::uint8_t {
  hello = 1,
  start,
  stop,
  kill,
  acknowledge,
  retire,
  ping,
  started,
  ended,
  pong
};

struct KnownAttempt {
  AttemptKey key;
  std::optional<Instant> started_at;
  std::optional<AttemptOutcome> outcome;
};

// What the supervisor adds to its hello.
struct SupervisorHello {
  std::string uuid;
  bool same_boot = true;
  std::vector<KnownAttempt> known;
};

// Only the members of its type count.
struct Message {
  MessageType type = MessageType::ping;
  std::uint32_t version = kProtocolVersion;        // hello
  std::optional<SupervisorHello> supervisor = {};  // hello of a supervisor
  AttemptKey key = {};
  StartRequest request = {};    // start
  int signal = 0;               // stop
  std::uint64_t number = 0;     // ping, pong
  Instant started_at{};         // started
  AttemptOutcome outcome = {};  // ended
};

// A whole frame.
std::string encode_message(const Message& message);
// The body of a frame. Of a hello in another version only the version is read.
Result<Message> decode_message(std::string_view body);

}  // namespace dsched
