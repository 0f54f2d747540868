#include "base/wire.h"

#include <vector>

#include <doctest/doctest.h>

namespace dsched {
namespace {

std::string sample() {
  WireWriter writer;
  writer.u8(7);
  writer.u32(0x01020304);
  writer.u64(UINT64_MAX);
  writer.i64(-2);
  writer.boolean(true);
  writer.string("hello");
  writer.list(std::vector<std::string>{"a", "", "c"},
              [&](const std::string& item) { writer.string(item); });
  return writer.take();
}

struct Sample {
  std::vector<std::string> list;
  std::string text;
  bool complete = false;
};

Sample read_sample(std::string_view bytes) {
  WireReader reader(bytes);
  Sample sample;
  reader.u8();
  reader.u32();
  reader.u64();
  reader.i64();
  reader.boolean();
  sample.text = reader.string();
  reader.list([&] { sample.list.push_back(reader.string()); });
  sample.complete = reader.at_end();
  return sample;
}

}  // namespace

TEST_CASE("values come back as they were written") {
  const std::string bytes = sample();
  WireReader reader(bytes);
  CHECK(reader.u8() == 7);
  CHECK(reader.u32() == 0x01020304);
  CHECK(reader.u64() == UINT64_MAX);
  CHECK(reader.i64() == -2);
  CHECK(reader.boolean());
  CHECK(reader.string() == "hello");
  std::vector<std::string> list;
  reader.list([&] { list.push_back(reader.string()); });
  CHECK(list == std::vector<std::string>{"a", "", "c"});
  CHECK(reader.at_end());
}

TEST_CASE("integers are little endian") {
  WireWriter writer;
  writer.u32(0x01020304);
  CHECK(writer.bytes() == "\x04\x03\x02\x01");
}

TEST_CASE("every cut of a message is noticed") {
  const std::string bytes = sample();
  CHECK(read_sample(bytes).complete);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK(!read_sample(std::string_view(bytes).substr(0, size)).complete);
  }
}

TEST_CASE("after the first fault all reads give zero values") {
  WireReader reader("\x05");
  CHECK(reader.u32() == 0);
  CHECK(!reader.ok());
  CHECK(reader.u8() == 0);
  CHECK(reader.string().empty());
  CHECK(!reader.at_end());
}

TEST_CASE("a count beyond the message allocates nothing and ends at once") {
  WireWriter writer;
  writer.u32(UINT32_MAX);
  writer.u8(1);
  WireReader of_string(writer.bytes());
  CHECK(of_string.string().empty());
  CHECK(!of_string.ok());
  WireReader of_list(writer.bytes());
  int calls = 0;
  of_list.list([&] {
    of_list.u8();
    ++calls;
  });
  CHECK(calls == 2);
  CHECK(!of_list.ok());
}

TEST_CASE("a frame is read from the front of a stream") {
  const std::string stream = frame("first") + frame("") + frame("third");
  const FrameView first = read_frame(stream, 100);
  REQUIRE(first.state == FrameState::complete);
  CHECK(first.body == "first");
  CHECK(first.consumed == kFrameHeader + 5);
  const FrameView second = read_frame(std::string_view(stream).substr(first.consumed), 100);
  CHECK(second.state == FrameState::complete);
  CHECK(second.body.empty());
  CHECK(second.consumed == kFrameHeader);
}

TEST_CASE("a frame that has not arrived in full is partial") {
  const std::string bytes = frame("body");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK(read_frame(std::string_view(bytes).substr(0, size), 100).state == FrameState::partial);
  }
}

TEST_CASE("a changed bit anywhere spoils a frame") {
  const std::string bytes = frame("body");
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    CAPTURE(bit);
    std::string spoilt = bytes;
    spoilt[bit / 8] = static_cast<char>(spoilt[bit / 8] ^ (1 << (bit % 8)));
    CHECK(read_frame(spoilt, 100).state != FrameState::complete);
  }
}

TEST_CASE("a body longer than allowed is damage, however little of it has arrived") {
  CHECK(read_frame(frame("12345"), 5).state == FrameState::complete);
  CHECK(read_frame(frame("123456"), 5).state == FrameState::damaged);
  CHECK(read_frame(frame("123456").substr(0, kFrameHeader), 5).state == FrameState::damaged);
}

}  // namespace dsched
