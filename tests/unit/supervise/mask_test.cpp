#include "supervise/mask.h"

#include <doctest/doctest.h>

using namespace dsched;

namespace {

std::string masked(const std::vector<std::string>& texts, std::string_view input,
                   std::size_t piece) {
  Mask mask(texts);
  std::string out;
  for (std::size_t at = 0; at < input.size(); at += piece)
    out += mask.feed(input.substr(at, piece));
  out += mask.finish();
  return out;
}

}  // namespace

TEST_CASE("masked texts become *** however the stream is cut") {
  struct Row {
    std::vector<std::string> texts;
    const char* input;
    const char* output;
  };
  const Row rows[] = {
      {{}, "as it is", "as it is"},
      {{""}, "as it is", "as it is"},
      {{"secret"}, "a secret, two secrets", "a ***, two ***s"},
      {{"secret"}, "secre", "secre"},
      {{"secret"}, "sesecret", "se***"},
      {{"aab"}, "aaab aab", "a*** ***"},
      {{"abc", "abcdef"}, "abcdef abcde abc", "*** ***de ***"},
      {{"abcd", "bc"}, "abcx abcd", "a***x ***"},
      {{"x"}, "xxx", "*********"},
  };
  for (const Row& row : rows) {
    for (std::size_t piece = 1; piece < 12; ++piece) {
      CAPTURE(row.input);
      CAPTURE(piece);
      CHECK(masked(row.texts, row.input, piece) == row.output);
    }
  }
}

TEST_CASE("no more is held back than may be the beginning of a masked text") {
  Mask mask({"secret"});
  CHECK(mask.feed("line\nsecr") == "line\n");
  CHECK(mask.feed("eX\n") == "secreX\n");
  CHECK(mask.feed("no beginning") == "no beginning");
}
