#pragma once
// What is wrong in a file, and where: the form of every message about users' files (E2xx, W3xx,
// ...).

#include <string>
#include <vector>

namespace dsched {

enum class Severity { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;         // "E304"
  std::string message;      // one sentence without a final dot
  std::string file;         // as the user knows it; empty for text that is in no file
  int line = 0;             // from 1; 0 = the file as a whole
  int column = 0;           // from 1, in code points
  int end_column = 0;       // one past the last; 0 = one character
  std::string source_line;  // the text of that line, without its end
  int source_column =
      1;              // the column that source_line starts at; more than 1 when a long line is cut
  std::string label;  // beside the caret: "hours are 0 to 23"; may be empty
  std::vector<std::string> help;  // further lines, shown as "= ..."
  std::string replacement;        // what to write instead of [column, end_column); may be empty
};

// The diagnostic as a terminal shows it, ending in a newline:
//   error[E304]: hour 25 does not exist
//    --> report.toml:2:15
//     |
//   2 | schedule = "0 25 * * 1"
//     |               ^^ hours are 0 to 23
//     = help: dsched explain E304
// Tabs in the source line become one blank; control characters are made visible.
std::string render(const Diagnostic& diagnostic, bool colour);

// Orders by file, line, column, code.
void sort_diagnostics(std::vector<Diagnostic>& diagnostics);

bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace dsched
