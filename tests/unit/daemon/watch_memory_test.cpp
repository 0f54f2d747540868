#include "daemon/watch_memory.h"

#include <doctest/doctest.h>

#include "base/wire.h"

using namespace dsched;

namespace {

FileMemory some_memory() {
  FileMemory memory;
  memory.globs = {"/in/*.csv", "/in/*.txt"};
  memory.files["/in/a.csv"] = {{5, 1'795'191'120'000'000'001, 42}, 7};
  memory.files["/in/b.csv"] = {{0, -1, 0}, 0};
  memory.left_out_until_ns = -5;
  memory.remote = false;
  return memory;
}

}  // namespace

TEST_CASE("what is remembered of watched files is read back as it was") {
  for (const FileMemory& memory : {FileMemory{}, some_memory()}) {
    const auto decoded = decode_watch_memory(encode_watch_memory(memory));
    REQUIRE(decoded);
    CHECK(*decoded == memory);
  }
}

TEST_CASE("damage anywhere in it is noticed") {
  const std::string bytes = encode_watch_memory(some_memory());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CAPTURE(i);
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    CHECK_FALSE(decode_watch_memory(damaged));
    CHECK_FALSE(decode_watch_memory(bytes.substr(0, i)));
  }
  CHECK(decode_watch_memory(bytes + "x").error().code == ErrorCode::corrupt);
}

TEST_CASE("what a newer version wrote is told apart from damage") {
  CHECK(decode_watch_memory(frame("\x02")).error().code == ErrorCode::unsupported);
}

TEST_CASE("the memory of a job has a file of its own") {
  CHECK(watch_memory_path("/state", "backup") == "/state/watch/backup");
  CHECK(watch_memory_path("/state", "backup/db") == "/state/watch/backup%db");
}
