#include "daemon/foreground_id.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env/real/posix_files.h"

using namespace dsched;

TEST_CASE("a living process is told from a dead one and from a re-used pid") {
  auto files = make_posix_files();
  const auto mine = foreground_id(getpid(), *files);
  REQUIRE(mine);
  CHECK(is_foreground(*mine));
  CHECK_FALSE(is_foreground("3f2a"));
  CHECK(foreground_is_alive(*mine, *files));
  CHECK_FALSE(foreground_is_alive("foreground:" + std::to_string(getpid()) + ":1", *files));
  CHECK_FALSE(foreground_is_alive("foreground:junk", *files));

  const pid_t child = fork();
  if (child == 0) _exit(0);
  int status = 0;
  const auto zombie = foreground_id(child, *files);
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK_FALSE(foreground_is_alive(*zombie, *files));
}
