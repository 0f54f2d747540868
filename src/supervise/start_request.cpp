#include "supervise/start_request.h"

namespace dsched {

namespace {

void encode_optional(WireWriter& writer, const std::optional<Duration>& value) {
  writer.boolean(value.has_value());
  if (value) writer.i64(value->count());
}

void encode_optional(WireWriter& writer, const std::optional<Identity>& identity) {
  writer.boolean(identity.has_value());
  if (!identity) return;
  writer.u32(identity->uid);
  writer.u32(identity->gid);
  writer.list(identity->groups, [&](std::uint32_t group) { writer.u32(group); });
}

std::optional<Identity> decode_identity(WireReader& reader) {
  if (!reader.boolean()) return std::nullopt;
  Identity identity;
  identity.uid = reader.u32();
  identity.gid = reader.u32();
  reader.list([&] { identity.groups.push_back(reader.u32()); });
  return identity;
}

void encode_strings(WireWriter& writer, const std::vector<std::string>& strings) {
  writer.list(strings, [&](const std::string& text) { writer.string(text); });
}

std::vector<std::string> decode_strings(WireReader& reader) {
  std::vector<std::string> strings;
  reader.list([&] { strings.push_back(reader.string()); });
  return strings;
}

void encode_int(WireWriter& writer, int value) {
  writer.u32(static_cast<std::uint32_t>(value));
}
int decode_int(WireReader& reader) {
  return static_cast<int>(reader.u32());
}

Capture decode_capture(WireReader& reader) {
  switch (reader.u8()) {
    case 1:
      return Capture::separate;
    case 2:
      return Capture::none;
    default:
      return Capture::merged;
  }
}

}  // namespace

void encode(WireWriter& writer, const AttemptKey& key) {
  writer.string(key.run_id);
  encode_int(writer, key.attempt);
}

AttemptKey decode_attempt_key(WireReader& reader) {
  AttemptKey key;
  key.run_id = reader.string();
  key.attempt = decode_int(reader);
  return key;
}

void encode(WireWriter& writer, const StartRequest& request) {
  encode(writer, request.key);
  writer.string(request.job);
  encode_strings(writer, request.argv);
  writer.string(request.script);
  encode_strings(writer, request.env);
  writer.string(request.dir);
  encode_optional(writer, request.identity);
  writer.u32(request.umask);
  writer.string(request.input_text);
  writer.string(request.input_path);
  writer.u8(static_cast<std::uint8_t>(request.capture));
  writer.string(request.output_path);
  writer.string(request.error_path);
  writer.u64(request.max_output);
  encode_strings(writer, request.mask);
  writer.boolean(request.tee);
  encode_optional(writer, request.timeout);
  encode_int(writer, request.stop_signal);
  writer.i64(request.kill_after.count());
}

StartRequest decode_start_request(WireReader& reader) {
  StartRequest request;
  request.key = decode_attempt_key(reader);
  request.job = reader.string();
  request.argv = decode_strings(reader);
  request.script = reader.string();
  request.env = decode_strings(reader);
  request.dir = reader.string();
  request.identity = decode_identity(reader);
  request.umask = reader.u32();
  request.input_text = reader.string();
  request.input_path = reader.string();
  request.capture = decode_capture(reader);
  request.output_path = reader.string();
  request.error_path = reader.string();
  request.max_output = reader.u64();
  request.mask = decode_strings(reader);
  request.tee = reader.boolean();
  if (reader.boolean()) request.timeout = Duration{reader.i64()};
  request.stop_signal = decode_int(reader);
  request.kill_after = Duration{reader.i64()};
  return request;
}

void encode(WireWriter& writer, const AttemptOutcome& outcome) {
  writer.u8(static_cast<std::uint8_t>(outcome.failure.step));
  encode_int(writer, outcome.failure.error_number);
  writer.string(outcome.failure.detail);
  writer.boolean(outcome.lost);
  writer.boolean(outcome.timed_out);
  writer.boolean(outcome.stopped);
  encode_int(writer, outcome.exit_code);
  encode_int(writer, outcome.signal);
  writer.i64(to_unix_us(outcome.started_at));
  writer.i64(to_unix_us(outcome.ended_at));
  writer.i64(outcome.duration.count());
  writer.i64(outcome.cpu_user.count());
  writer.i64(outcome.cpu_system.count());
  writer.u64(outcome.max_rss_bytes);
  writer.u64(outcome.output_bytes);
  writer.u64(outcome.dropped_bytes);
  writer.boolean(outcome.left_processes);
}

AttemptOutcome decode_attempt_outcome(WireReader& reader) {
  AttemptOutcome outcome;
  const std::uint8_t step = reader.u8();
  outcome.failure.step = step <= static_cast<std::uint8_t>(StartStep::exec)
                             ? static_cast<StartStep>(step)
                             : StartStep::exec;
  outcome.failure.error_number = decode_int(reader);
  outcome.failure.detail = reader.string();
  outcome.lost = reader.boolean();
  outcome.timed_out = reader.boolean();
  outcome.stopped = reader.boolean();
  outcome.exit_code = decode_int(reader);
  outcome.signal = decode_int(reader);
  outcome.started_at = from_unix_us(reader.i64());
  outcome.ended_at = from_unix_us(reader.i64());
  outcome.duration = Duration{reader.i64()};
  outcome.cpu_user = Duration{reader.i64()};
  outcome.cpu_system = Duration{reader.i64()};
  outcome.max_rss_bytes = reader.u64();
  outcome.output_bytes = reader.u64();
  outcome.dropped_bytes = reader.u64();
  outcome.left_processes = reader.boolean();
  return outcome;
}

}  // namespace dsched
