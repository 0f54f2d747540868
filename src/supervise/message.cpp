#include "supervise/message.h"

#include "base/wire.h"

namespace dsched {

namespace {

void encode_known(WireWriter& writer, const KnownAttempt& known) {
  encode(writer, known.key);
  writer.boolean(known.started_at.has_value());
  if (known.started_at) writer.i64(to_unix_us(*known.started_at));
  writer.boolean(known.outcome.has_value());
  if (known.outcome) encode(writer, *known.outcome);
}

KnownAttempt decode_known(WireReader& reader) {
  KnownAttempt known;
  known.key = decode_attempt_key(reader);
  if (reader.boolean()) known.started_at = from_unix_us(reader.i64());
  if (reader.boolean()) known.outcome = decode_attempt_outcome(reader);
  return known;
}

void encode_hello(WireWriter& writer, const Message& message) {
  writer.u32(message.version);
  writer.boolean(message.supervisor.has_value());
  if (!message.supervisor) return;
  writer.string(message.supervisor->uuid);
  writer.boolean(message.supervisor->same_boot);
  writer.list(message.supervisor->known,
              [&](const KnownAttempt& known) { encode_known(writer, known); });
}

void decode_hello(WireReader& reader, Message& message) {
  message.version = reader.u32();
  if (message.version != kProtocolVersion || !reader.boolean()) return;
  SupervisorHello hello;
  hello.uuid = reader.string();
  hello.same_boot = reader.boolean();
  reader.list([&] { hello.known.push_back(decode_known(reader)); });
  message.supervisor = std::move(hello);
}

void decode_fields(WireReader& reader, Message& message) {
  switch (message.type) {
    case MessageType::hello:
      return decode_hello(reader, message);
    case MessageType::start:
      message.request = decode_start_request(reader);
      message.key = message.request.key;
      return;
    case MessageType::stop:
      message.key = decode_attempt_key(reader);
      message.signal = static_cast<int>(reader.u32());
      return;
    case MessageType::kill:
    case MessageType::acknowledge:
      message.key = decode_attempt_key(reader);
      return;
    case MessageType::ping:
    case MessageType::pong:
      message.number = reader.u64();
      return;
    case MessageType::started:
      message.key = decode_attempt_key(reader);
      message.started_at = from_unix_us(reader.i64());
      return;
    case MessageType::ended:
      message.key = decode_attempt_key(reader);
      message.outcome = decode_attempt_outcome(reader);
      return;
    case MessageType::retire:
      return;
  }
}

}  // namespace

std::string encode_message(const Message& message) {
  WireWriter writer;
  writer.u8(static_cast<std::uint8_t>(message.type));
  switch (message.type) {
    case MessageType::hello:
      encode_hello(writer, message);
      break;
    case MessageType::start:
      encode(writer, message.request);
      break;
    case MessageType::stop:
      encode(writer, message.key);
      writer.u32(static_cast<std::uint32_t>(message.signal));
      break;
    case MessageType::kill:
    case MessageType::acknowledge:
      encode(writer, message.key);
      break;
    case MessageType::ping:
    case MessageType::pong:
      writer.u64(message.number);
      break;
    case MessageType::started:
      encode(writer, message.key);
      writer.i64(to_unix_us(message.started_at));
      break;
    case MessageType::ended:
      encode(writer, message.key);
      encode(writer, message.outcome);
      break;
    case MessageType::retire:
      break;
  }
  return frame(writer.bytes());
}

Result<Message> decode_message(std::string_view body) {
  WireReader reader(body);
  Message message;
  message.type = static_cast<MessageType>(reader.u8());
  const bool known_type = message.type >= MessageType::hello && message.type <= MessageType::pong;
  if (known_type) decode_fields(reader, message);
  const bool other_version =
      message.type == MessageType::hello && message.version != kProtocolVersion && reader.ok();
  if (!known_type || !(reader.at_end() || other_version))
    return Error{ErrorCode::corrupt, "supervisor socket: a message that cannot be read", ""};
  return message;
}

}  // namespace dsched
