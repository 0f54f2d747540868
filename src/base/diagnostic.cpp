#include "base/diagnostic.h"

#include <algorithm>
#include <tuple>

#include <fmt/core.h>

#include "base/text.h"
#include "base/utf8.h"

namespace dsched {
namespace {

constexpr std::string_view kBoldRed = "\x1b[1;31m";
constexpr std::string_view kBoldYellow = "\x1b[1;33m";
constexpr std::string_view kBlue = "\x1b[34m";
constexpr std::string_view kReset = "\x1b[0m";

// Paints text, or leaves it as it is.
class Painter {
 public:
  Painter(Severity severity, bool colour)
      : severity_colour_(severity == Severity::error ? kBoldRed : kBoldYellow), colour_(colour) {}

  std::string frame(std::string_view text) const { return paint(kBlue, text); }
  std::string severity(std::string_view text) const { return paint(severity_colour_, text); }

 private:
  std::string paint(std::string_view colour, std::string_view text) const {
    return colour_ ? fmt::format("{}{}{}", colour, text, kReset) : std::string(text);
  }

  std::string_view severity_colour_;
  bool colour_;
};

// The source line as shown, and where the marked part is in it, in terminal cells.
struct ShownLine {
  std::string text;
  std::size_t caret_start = 0;
  std::size_t caret_width = 0;
};

ShownLine show_line(const Diagnostic& diagnostic) {
  ShownLine line;
  const int end_column = std::max(diagnostic.end_column, diagnostic.column + 1);
  int column = diagnostic.source_column;
  const auto add = [&](std::string_view shown) {
    line.text += shown;
    if (column < diagnostic.column) {
      line.caret_start += display_width(shown);
    } else if (column < end_column) {
      line.caret_width += display_width(shown);
    }
    ++column;
  };
  for (std::string_view rest = diagnostic.source_line; !rest.empty();) {
    const CodePoint next = front_code_point(rest);
    add(rest.front() == '\t' ? " " : visible_code_point(next, rest));
    rest.remove_prefix(next.size);
  }
  // A position past the end of the line, such as where a missing quote should be.
  if (column < diagnostic.column)
    line.caret_start += static_cast<std::size_t>(diagnostic.column - column);
  line.caret_width = std::max<std::size_t>(line.caret_width, 1);
  return line;
}

std::string header(const Diagnostic& diagnostic, const Painter& painter) {
  const std::string_view word = diagnostic.severity == Severity::error ? "error" : "warning";
  const std::string title =
      diagnostic.code.empty() ? std::string(word) : fmt::format("{}[{}]", word, diagnostic.code);
  return fmt::format("{}: {}\n", painter.severity(title), visible(diagnostic.message));
}

std::string position(const Diagnostic& diagnostic, const std::string& gutter,
                     const Painter& painter) {
  if (diagnostic.file.empty()) return "";
  std::string place = visible(diagnostic.file);
  if (diagnostic.line > 0) place += fmt::format(":{}", diagnostic.line);
  if (diagnostic.line > 0 && diagnostic.column > 0) place += fmt::format(":{}", diagnostic.column);
  return fmt::format("{}{} {}\n", gutter, painter.frame("-->"), place);
}

std::string source(const Diagnostic& diagnostic, const std::string& gutter,
                   const Painter& painter) {
  const ShownLine line = show_line(diagnostic);
  const std::string bar = painter.frame(gutter + " |");
  const std::string numbered = painter.frame(fmt::format("{} |", diagnostic.line));
  std::string text =
      fmt::format("{}\n{}{}{}\n", bar, numbered, line.text.empty() ? "" : " ", line.text);
  if (diagnostic.column > 0) {
    std::string mark(line.caret_width, '^');
    if (!diagnostic.label.empty()) mark += " " + visible(diagnostic.label);
    text +=
        fmt::format("{} {}{}\n", bar, std::string(line.caret_start, ' '), painter.severity(mark));
  }
  return text;
}

}  // namespace

std::string render(const Diagnostic& diagnostic, bool colour) {
  const Painter painter(diagnostic.severity, colour);
  const std::string gutter(std::to_string(diagnostic.line).size(), ' ');
  std::string text = header(diagnostic, painter) + position(diagnostic, gutter, painter);
  if (diagnostic.line > 0) text += source(diagnostic, gutter, painter);
  for (const std::string& line : diagnostic.help) {
    text += fmt::format("{} {} {}\n", gutter, painter.frame("="), visible(line));
  }
  return text;
}

void sort_diagnostics(std::vector<Diagnostic>& diagnostics) {
  const auto key = [](const Diagnostic& d) { return std::tie(d.file, d.line, d.column, d.code); };
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::error; });
}

}  // namespace dsched
