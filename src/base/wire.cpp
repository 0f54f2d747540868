#include "base/wire.h"

#include "base/check.h"
#include "base/crc32c.h"

namespace dsched {
namespace {

template <class Integer>
void append_little_endian(std::string& bytes, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i)
    bytes += static_cast<char>((value >> (8 * i)) & 0xFF);
}

template <class Integer>
Integer little_endian(std::string_view bytes) {
  Integer value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<Integer>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return value;
}

}  // namespace

void WireWriter::u8(std::uint8_t value) {
  bytes_ += static_cast<char>(value);
}
void WireWriter::u32(std::uint32_t value) {
  append_little_endian(bytes_, value);
}
void WireWriter::u64(std::uint64_t value) {
  append_little_endian(bytes_, value);
}

void WireWriter::string(std::string_view value) {
  DSCHED_CHECK(value.size() <= UINT32_MAX);
  u32(static_cast<std::uint32_t>(value.size()));
  bytes_ += value;
}

std::string_view WireReader::take(std::size_t count) {
  if (!ok_ || count > rest_.size()) {
    ok_ = false;
    return {};
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint8_t WireReader::u8() {
  return little_endian<std::uint8_t>(take(1));
}
std::uint32_t WireReader::u32() {
  return little_endian<std::uint32_t>(take(4));
}
std::uint64_t WireReader::u64() {
  return little_endian<std::uint64_t>(take(8));
}
std::string WireReader::string() {
  return std::string(take(u32()));
}

std::string frame(std::string_view body) {
  WireWriter writer;
  DSCHED_CHECK(body.size() <= UINT32_MAX);
  writer.u32(static_cast<std::uint32_t>(body.size()));
  writer.u32(crc32c(body));
  return writer.take().append(body);
}

FrameView read_frame(std::string_view bytes, std::size_t max_body) {
  if (bytes.size() < kFrameHeader) return {};
  WireReader header(bytes.substr(0, kFrameHeader));
  const std::size_t size = header.u32();
  const std::uint32_t checksum = header.u32();
  if (size > max_body) return {FrameState::damaged, {}, 0};
  if (bytes.size() - kFrameHeader < size) return {};
  const std::string_view body = bytes.substr(kFrameHeader, size);
  if (crc32c(body) != checksum) return {FrameState::damaged, {}, 0};
  return {FrameState::complete, body, kFrameHeader + size};
}

}  // namespace dsched
