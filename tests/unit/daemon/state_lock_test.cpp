#include "daemon/state_lock.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "support/temp_dir.h"

using namespace dsched;

TEST_CASE("a state directory has one daemon at a time, and the second is told who it is") {
  TempDir dir;
  {
    auto first = StateLock::take(dir.path());
    REQUIRE(first);
    auto second = StateLock::take(dir.path());
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::unavailable);
    CHECK(second.error().message.find("pid " + std::to_string(getpid())) != std::string::npos);
  }
  CHECK(StateLock::take(dir.path()));
}

TEST_CASE("a directory that is not there is an error that names it") {
  TempDir dir;
  const auto lock = StateLock::take(dir.file("none"));
  REQUIRE_FALSE(lock);
  CHECK(lock.error().message.find(dir.file("none")) != std::string::npos);
}
