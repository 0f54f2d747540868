#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "doctest/doctest.h"

namespace dsched {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> matches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
    found.insert((*match)[1]);
  return found;
}

std::string sources_of(const fs::path& folder) {
  std::string text;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".cpp" && entry.path().filename() != "codes_test.cpp")
      text += read(entry.path());
  }
  return text;
}

std::string missing_in(const std::set<std::string>& all, const std::set<std::string>& some) {
  std::string text;
  for (const std::string& code : all) text += some.contains(code) ? "" : code + " ";
  return text;
}

const fs::path kRoot = DSCHED_SOURCE_DIR;

TEST_CASE("the table of codes lists what the code emits") {
  const auto listed =
      matches(read(kRoot / "src/config/codes.md"), std::regex("\n\\| ([EW]\\d{3}) "));
  const auto emitted = matches(sources_of(kRoot / "src/config"), std::regex("\"([EW]\\d{3})\""));
  CHECK(emitted.size() > 40);
  CHECK(missing_in(emitted, listed) == "");
  CHECK(missing_in(listed, emitted) == "");
}

TEST_CASE("every code is tested") {
  const auto listed =
      matches(read(kRoot / "src/config/codes.md"), std::regex("\n\\| ([EW]\\d{3}) "));
  const auto tested =
      matches(sources_of(kRoot / "tests/unit/config"), std::regex("\\b([EW]\\d{3})\\b"));
  CHECK(missing_in(listed, tested) == "");
}

}  // namespace
}  // namespace dsched
