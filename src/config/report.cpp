#include "config/report.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace dsched {

namespace {

constexpr int kLongestLine = 240;  // code points shown of a line
constexpr int kShownBefore = 60;   // of them, in front of the place
constexpr std::string_view kCut = "...";

// The first byte of each code point would be wasteful to keep; lines are short or cut once.
std::string_view code_points(std::string_view text, int first, int count) {
  const auto skip = [](std::string_view& rest, int n) {
    for (; n > 0 && !rest.empty(); --n) rest.remove_prefix(front_code_point(rest).size);
  };
  skip(text, first);
  std::string_view rest = text;
  skip(rest, count);
  return text.substr(0, text.size() - rest.size());
}

// Very long lines are shown in part, around the place.
void set_source_line(Diagnostic& diagnostic, std::string_view line) {
  if (line.size() <= kLongestLine) {
    diagnostic.source_line = line;
    return;
  }
  const int first = diagnostic.column <= kLongestLine / 2 ? 0 : diagnostic.column - kShownBefore;
  const std::string_view part = code_points(line, first, kLongestLine);
  diagnostic.source_line = part;
  diagnostic.source_column = first + 1;
  const std::size_t part_end = static_cast<std::size_t>(part.data() - line.data()) + part.size();
  if (first > 0) diagnostic.source_line.replace(0, code_points(part, 0, 3).size(), kCut);
  if (part_end < line.size()) diagnostic.source_line += kCut;
  diagnostic.end_column = std::min(diagnostic.end_column, first + kLongestLine + 1);
}

}  // namespace

Diagnostic& FaultReport::error(std::string_view code, Span span, std::string message) {
  return add(Severity::error, code, span, std::move(message));
}

Diagnostic& FaultReport::warning(std::string_view code, Span span, std::string message) {
  return add(Severity::warning, code, span, std::move(message));
}

Diagnostic& FaultReport::add(Severity severity, std::string_view code, Span span,
                             std::string message) {
  if (severity == Severity::error) ++errors_;
  Diagnostic& diagnostic =
      diagnostics_->emplace_back(about_file(severity, code, source_->name(), std::move(message)));
  const Position begin = source_->position(span.begin);
  const std::size_t line_end = source_->line_span(begin.line).end;
  const Position end =
      source_->position(std::clamp(span.end, span.begin, std::max(span.begin, line_end)));
  diagnostic.line = begin.line;
  diagnostic.column = begin.column;
  diagnostic.end_column = std::max(end.column, begin.column + 1);
  set_source_line(diagnostic, source_->line(begin.line));
  return diagnostic;
}

Diagnostic about_file(Severity severity, std::string_view code, const std::string& file,
                      std::string message) {
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.code = code;
  diagnostic.message = std::move(message);
  diagnostic.file = file;
  return diagnostic;
}

}  // namespace dsched
