#pragma once
// The text of one file, and the way between byte offsets and the lines and columns that people see.
// Lines are indexed at the first question, so a file without faults costs nothing.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dsched {

inline constexpr std::string_view kBlanks = " \t";

struct Position {
  int line = 0;    // from 1
  int column = 0;  // from 1, in code points
};

// A stretch of bytes of a text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class SourceText {
 public:
  // A byte order mark at the front is dropped.
  SourceText(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }

  int line_count() const;
  // The line without its end; empty when there is no such line.
  std::string_view line(int number) const;
  // Positions behind the end of a line or of the text are taken as that end.
  std::size_t offset(Position position) const;
  Position position(std::size_t offset) const;
  Span line_span(int number) const;

 private:
  const std::vector<std::size_t>& line_starts() const;

  std::string name_;
  std::string text_;
  mutable std::vector<std::size_t> line_starts_;
};

// Where the TOML value (or bare word) that starts at `begin` ends. Never behind the end of the
// text; a value without its closing quote or bracket ends with its line.
std::size_t literal_end(std::string_view text, std::size_t begin);

// The bytes of the text that stand for bytes [begin, end) of the TOML string that starts at
// `literal`.
Span inside_string(std::string_view text, std::size_t literal, std::size_t begin, std::size_t end);

}  // namespace dsched
