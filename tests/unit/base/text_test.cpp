#include "base/text.h"

#include <doctest/doctest.h>

namespace dsched {
namespace {

using Views = std::vector<std::string_view>;

}  // namespace

TEST_CASE("trim takes blanks off both ends only") {
  CHECK(trim(" \t a b \r\n") == "a b");
  CHECK(trim("ab") == "ab");
  CHECK(trim(" \t").empty());
  CHECK(trim("").empty());
}

TEST_CASE("split keeps empty parts") {
  CHECK(split("a,b", ',') == Views{"a", "b"});
  CHECK(split(",a,,", ',') == Views{"", "a", "", ""});
  CHECK(split("", ',') == Views{""});
}

TEST_CASE("split_words skips runs of blanks and tabs") {
  CHECK(split_words("  0 5\t*  * 1 ") == Views{"0", "5", "*", "*", "1"});
  CHECK(split_words("one") == Views{"one"});
  CHECK(split_words(" \t ").empty());
  CHECK(split_words("").empty());
}

TEST_CASE("join puts the separator between parts") {
  CHECK(join({"a", "b", "c"}, ", ") == "a, b, c");
  CHECK(join({"a"}, ", ") == "a");
  CHECK(join({}, ", ").empty());
}

TEST_CASE("lower case touches ASCII letters only") {
  CHECK(to_lower_ascii("AZ az [@ Ä") == "az az [@ Ä");
}

TEST_CASE("UTF-8 is checked to the letter of RFC 3629") {
  for (std::string_view text :
       {"", "abc", "\x7F", "é", "日本", "😀", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
  }
  const std::string_view bad[] = {
      "\x80",              // continuation without a start
      "a\xC3",             // cut off
      "\xE6\x97",          //
      "\xC3(",             // wrong continuation
      "\xC0\x80",          // overlong
      "\xC1\xBF",          //
      "\xE0\x9F\xBF",      //
      "\xF0\x8F\xBF\xBF",  //
      "\xED\xA0\x80",      // surrogate
      "\xF4\x90\x80\x80",  // past U+10FFFF
      "\xF8\x88\x80\x80\x80",
      "\xFF",
  };
  for (std::string_view text : bad) {
    CAPTURE(visible(text));
    CHECK(!is_utf8(text));
  }
}

TEST_CASE("display width counts terminal cells") {
  struct Row {
    std::string_view text;
    std::size_t width;
  };
  const Row rows[] = {
      {"", 0},
      {"abc", 3},
      {"Zürich", 6},
      {"日本語", 6},
      {"한국", 4},
      {"ｆｕｌｌ", 8},
      {"e\u0301", 1},             // combining acute accent
      {"\u1112\u1161\u11ab", 2},  // a Hangul syllable in three parts
      {"a\u200bb", 2},            // zero-width space
      {"✓▶", 2},
      {"😀", 2},
      {"\u303f", 1},  // the narrow one among the CJK symbols
      {"\xFF", 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(display_width(row.text) == row.width);
  }
}

TEST_CASE("glob patterns match whole texts") {
  struct Row {
    std::string_view pattern;
    std::string_view text;
    bool matches;
  };
  const Row rows[] = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"*", "a/b", true},
      {"a", "a", true},
      {"a", "ab", false},
      {"ab", "a", false},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"backup/*", "backup/a/b", true},
      {"backup/*", "backup", false},
      {"*.log", "x.log.log", true},
      {"*ab*cd", "xabyabcd", true},
      {"*ab*cd", "xabycde", false},
      {"a**b", "ab", true},
      {"db[0-9]", "db7", true},
      {"db[0-9]", "dbx", false},
      {"db[!0-9]", "dbx", true},
      {"db[!0-9]", "db7", false},
      {"[abc]", "b", true},
      {"[]x]", "]", true},
      {"[!]]", "]", false},
      {"[!]]", "a", true},
      {"[a-]", "-", true},
      {"[-a]", "-", true},
      {"[", "[", true},
      {"a[b", "a[b", true},
      {"a[b", "ab", false},
      {"[!", "[!", true},
      {"*[0-9]x", "a1b2x", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.text);
    CHECK(glob_match(row.pattern, row.text) == row.matches);
  }
}

TEST_CASE("a hostile pattern does not take for ever") {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "a*";
  CHECK(!glob_match(pattern + "b", std::string(10'000, 'a')));
}

TEST_CASE("glob characters are told from plain names") {
  CHECK(has_glob_characters("backup/*"));
  CHECK(has_glob_characters("a?"));
  CHECK(has_glob_characters("[ab]"));
  CHECK(!has_glob_characters("backup/db.1-2_3"));
}

TEST_CASE("what a terminal would obey is made visible") {
  struct Row {
    std::string_view text;
    std::string_view shown;
  };
  const Row rows[] = {
      {"plain \\ text, Zürich 日本", "plain \\ text, Zürich 日本"},
      {"a\tb\r\n", "a\\tb\\r\\n"},
      {"\x1b[31mred", "\\x1b[31mred"},
      {std::string_view("\0\x7F", 2), "\\x00\\x7f"},
      {"a\xFF\xC3(", "a\\xff\\xc3("},
      {"\u009b1m", "\\u009b1m"},                 // CSI in one character
      {"abc\u202e\u2066", "abc\\u202e\\u2066"},  // text direction
  };
  for (const Row& row : rows) {
    CAPTURE(row.shown);
    CHECK(visible(row.text) == row.shown);
  }
}

TEST_CASE("big numbers are grouped by thousands") {
  CHECK(with_thousands(0) == "0");
  CHECK(with_thousands(999) == "999");
  CHECK(with_thousands(1'000) == "1,000");
  CHECK(with_thousands(1'234'567) == "1,234,567");
  CHECK(with_thousands(UINT64_MAX) == "18,446,744,073,709,551,615");
}

}  // namespace dsched
