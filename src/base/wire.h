#pragma once
// Binary encoding for sockets and journals between dsched's own processes on one host: little
// endian fixed-width integers, strings and lists with a 32-bit count in front. The reader is safe
// on hostile bytes: every count is checked against what is left, and the first fault makes all
// later reads return zero values (look at ok() once, at the end).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace dsched {

class WireWriter {
 public:
  void u8(std::uint8_t value);
  void u32(std::uint32_t value);
  void u64(std::uint64_t value);
  void i64(std::int64_t value) { u64(static_cast<std::uint64_t>(value)); }
  void boolean(bool value) { u8(value ? 1 : 0); }
  void string(std::string_view value);
  template <class List, class Put>
  void list(const List& items, Put put) {
    u32(static_cast<std::uint32_t>(items.size()));
    for (const auto& item : items) put(item);
  }
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  std::uint8_t u8();
  std::uint32_t u32();
  std::uint64_t u64();
  std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  bool boolean() { return u8() != 0; }
  std::string string();
  template <class Get>
  void list(Get get) {
    for (std::uint32_t n = u32(); n > 0 && ok_; --n) get();
  }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t count);
  std::string_view rest_;
  bool ok_ = true;
};

// A frame is u32 length, u32 crc32c of the body, body. The length counts the body only.
inline constexpr std::size_t kFrameHeader = 8;
std::string frame(std::string_view body);

enum class FrameState { complete, partial, damaged };
struct FrameView {
  FrameState state = FrameState::partial;
  std::string_view body;     // when complete
  std::size_t consumed = 0;  // bytes of the frame, when complete
};
// Looks at the front of bytes. Longer bodies than max_body are damaged.
FrameView read_frame(std::string_view bytes, std::size_t max_body);

}  // namespace dsched
