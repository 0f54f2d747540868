#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
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

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The codes that stand right behind `before`: E304, W101.
std::set<std::string> codes_behind(const std::string& text, const std::string& before) {
  constexpr std::size_t kLength = 4;
  std::set<std::string> found;
  for (std::size_t at = text.find(before); at != std::string::npos;
       at = text.find(before, at + 1)) {
    const std::string code = text.substr(at + before.size(), kLength);
    const bool letter = code.size() == kLength && (code[0] == 'E' || code[0] == 'W');
    if (letter && std::all_of(code.begin() + 1, code.end(), is_digit)) found.insert(code);
  }
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
  const auto listed = codes_behind(read(kRoot / "src/config/codes.md"), "\n| ");
  const auto emitted = codes_behind(sources_of(kRoot / "src/config"), "\"");
  CHECK(emitted.size() > 40);
  CHECK(missing_in(emitted, listed) == "");
  CHECK(missing_in(listed, emitted) == "");
}

TEST_CASE("every code is tested") {
  const auto listed = codes_behind(read(kRoot / "src/config/codes.md"), "\n| ");
  const std::string tests = sources_of(kRoot / "tests/unit/config");
  std::set<std::string> tested = codes_behind(tests, "\"");
  tested.merge(codes_behind(tests, ", "));
  tested.merge(codes_behind(tests, "["));
  CHECK(missing_in(listed, tested) == "");
}

}  // namespace
}  // namespace dsched
