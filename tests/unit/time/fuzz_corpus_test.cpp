// The corpus of the fuzz target as a plain test, so that what was found once stays found.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "fuzz/fuzz_schedule.h"

namespace dsched {

TEST_CASE("the corpus of the schedule parser") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(DSCHED_FUZZ_CORPUS "/schedule")) {
    std::ifstream in(entry.path(), std::ios::binary);
    fuzz::schedule(std::string{std::istreambuf_iterator<char>(in), {}});
    ++files;
  }
  CHECK(files >= 30);
}

}  // namespace dsched
