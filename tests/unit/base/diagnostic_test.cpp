#include "base/diagnostic.h"

#include <doctest/doctest.h>

namespace dsched {
namespace {

Diagnostic hour_25() {
  Diagnostic diagnostic;
  diagnostic.code = "E304";
  diagnostic.message = "hour 25 does not exist";
  diagnostic.file = "report.toml";
  diagnostic.line = 2;
  diagnostic.column = 15;
  diagnostic.end_column = 17;
  diagnostic.source_line = R"(schedule = "0 25 * * 1")";
  diagnostic.label = "hours are 0 to 23";
  diagnostic.help = {"help: dsched explain E304"};
  return diagnostic;
}

// The source line and the caret line of a diagnostic at the given place of a line.
std::string marked(std::string source_line, int column, int end_column) {
  Diagnostic diagnostic;
  diagnostic.file = "f";
  diagnostic.line = 1;
  diagnostic.column = column;
  diagnostic.end_column = end_column;
  diagnostic.source_line = std::move(source_line);
  const std::string text = render(diagnostic, false);
  return text.substr(text.find("\n1 |") + 1);
}

}  // namespace

TEST_CASE("an error shows its place, its line and what to do") {
  CHECK(render(hour_25(), false) ==
        "error[E304]: hour 25 does not exist\n"
        " --> report.toml:2:15\n"
        "  |\n"
        "2 | schedule = \"0 25 * * 1\"\n"
        "  |               ^^ hours are 0 to 23\n"
        "  = help: dsched explain E304\n");
}

TEST_CASE("a warning says so, and the frame is as wide as the line number") {
  Diagnostic diagnostic;
  diagnostic.severity = Severity::warning;
  diagnostic.code = "W311";
  diagnostic.message = "this schedule never fires";
  diagnostic.file = "/etc/cron.d/yearly";
  diagnostic.line = 1234;
  diagnostic.column = 1;
  diagnostic.end_column = 11;
  diagnostic.source_line = "0 0 31 2 *  root  /opt/yearly.sh";
  diagnostic.label = "February has no day 31";
  diagnostic.help = {"one", "two"};
  CHECK(render(diagnostic, false) ==
        "warning[W311]: this schedule never fires\n"
        "    --> /etc/cron.d/yearly:1234:1\n"
        "     |\n"
        "1234 | 0 0 31 2 *  root  /opt/yearly.sh\n"
        "     | ^^^^^^^^^^ February has no day 31\n"
        "     = one\n"
        "     = two\n");
}

TEST_CASE("a fault of the whole file shows no line") {
  Diagnostic diagnostic = hour_25();
  diagnostic.line = 0;
  diagnostic.column = 0;
  CHECK(render(diagnostic, false) ==
        "error[E304]: hour 25 does not exist\n"
        " --> report.toml\n"
        "  = help: dsched explain E304\n");
}

TEST_CASE("a line without a column has no caret") {
  Diagnostic diagnostic = hour_25();
  diagnostic.column = 0;
  diagnostic.help.clear();
  CHECK(render(diagnostic, false) ==
        "error[E304]: hour 25 does not exist\n"
        " --> report.toml:2\n"
        "  |\n"
        "2 | schedule = \"0 25 * * 1\"\n");
}

TEST_CASE("text that is in no file is shown without a place") {
  Diagnostic diagnostic = hour_25();
  diagnostic.file.clear();
  diagnostic.line = 1;
  diagnostic.column = 3;
  diagnostic.end_column = 5;
  diagnostic.source_line = "0 25 * * 1";
  diagnostic.help.clear();
  CHECK(render(diagnostic, false) ==
        "error[E304]: hour 25 does not exist\n"
        "  |\n"
        "1 | 0 25 * * 1\n"
        "  |   ^^ hours are 0 to 23\n");
}

TEST_CASE("the caret stands below the marked characters, whatever their width") {
  struct Row {
    std::string source_line;
    int column;
    int end_column;
    std::string_view shown;
  };
  const Row rows[] = {
      {"abc", 2, 0, "1 | abc\n  |  ^\n"},
      {"abc", 2, 2, "1 | abc\n  |  ^\n"},
      {"abc", 4, 0, "1 | abc\n  |    ^\n"},
      {"abc", 7, 9, "1 | abc\n  |       ^\n"},
      {"abc", 2, 9, "1 | abc\n  |  ^^\n"},
      {"", 1, 0, "1 |\n  | ^\n"},
      {"é = x", 5, 6, "1 | é = x\n  |     ^\n"},
      {"日本 = x", 6, 7, "1 | 日本 = x\n  |        ^\n"},
      {"x = 日本", 5, 7, "1 | x = 日本\n  |     ^^^^\n"},
      {"e\u0301x", 3, 4, "1 | e\u0301x\n  |  ^\n"},
      {"\tx", 2, 3, "1 |  x\n  |  ^\n"},
      {"\x1b[m x", 5, 6, "1 | \\x1b[m x\n  |        ^\n"},
      {"a\x1b", 2, 3, "1 | a\\x1b\n  |  ^^^^\n"},
      {"\xFFx", 2, 3, "1 | \\xffx\n  |     ^\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.shown);
    CHECK(marked(row.source_line, row.column, row.end_column) == row.shown);
  }
}

TEST_CASE("control characters of the input never reach the terminal") {
  Diagnostic diagnostic = hour_25();
  diagnostic.message = "bad \x1b]0;title\x07";
  diagnostic.file = "a\nb";
  diagnostic.label = "\x1b[2J";
  diagnostic.help = {"\r"};
  const std::string text = render(diagnostic, false);
  CHECK(text.find_first_of("\x1b\x07\r") == std::string::npos);
  CHECK(text.find(" --> a\\nb:2:15\n") != std::string::npos);
}

TEST_CASE("colours: the severity bold, the frame blue") {
  Diagnostic diagnostic = hour_25();
  CHECK(render(diagnostic, true) ==
        "\x1b[1;31merror[E304]\x1b[0m: hour 25 does not exist\n"
        " \x1b[34m-->\x1b[0m report.toml:2:15\n"
        "\x1b[34m  |\x1b[0m\n"
        "\x1b[34m2 |\x1b[0m schedule = \"0 25 * * 1\"\n"
        "\x1b[34m  |\x1b[0m               \x1b[1;31m^^ hours are 0 to 23\x1b[0m\n"
        "  \x1b[34m=\x1b[0m help: dsched explain E304\n");
  diagnostic.severity = Severity::warning;
  CHECK(render(diagnostic, true).rfind("\x1b[1;33mwarning[E304]\x1b[0m: ", 0) == 0);
}

TEST_CASE("diagnostics are ordered by file, line, column and code") {
  const auto at = [](std::string file, int line, int column, std::string code) {
    Diagnostic diagnostic;
    diagnostic.file = std::move(file);
    diagnostic.line = line;
    diagnostic.column = column;
    diagnostic.code = std::move(code);
    return diagnostic;
  };
  std::vector<Diagnostic> diagnostics = {at("b", 1, 1, "5"), at("a", 10, 1, "4"),
                                         at("a", 9, 2, "3"), at("a", 9, 1, "2"),
                                         at("a", 9, 1, "1"), at("a", 0, 0, "0")};
  sort_diagnostics(diagnostics);
  std::string order;
  for (const Diagnostic& diagnostic : diagnostics) order += diagnostic.code;
  CHECK(order == "012345");
}

TEST_CASE("warnings alone are not errors") {
  Diagnostic warning;
  warning.severity = Severity::warning;
  CHECK(!has_errors({}));
  CHECK(!has_errors({warning}));
  CHECK(has_errors({warning, Diagnostic{}}));
}

}  // namespace dsched
