#include "config/source_text.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace dsched {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kEndOfBareWord = ",]}# \t\r\n";

std::size_t end_of_line(std::string_view text, std::size_t begin) {
  const std::size_t end = std::min(text.find('\n', begin), text.size());
  return end > begin && text[end - 1] == '\r' ? end - 1 : end;
}

// "\"", "'", or three of them; empty when no string starts here.
std::string_view opening_quote(std::string_view text, std::size_t at) {
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return {};
  const bool triple = at + 2 < text.size() && text[at + 1] == text[at] && text[at + 2] == text[at];
  return text.substr(at, triple ? 3 : 1);
}

std::size_t string_end(std::string_view text, std::size_t begin, std::string_view quote) {
  const bool multi_line = quote.size() == 3;
  for (std::size_t at = begin + quote.size(); at < text.size(); ++at) {
    if (text[at] == '\n' && !multi_line) break;
    if (text[at] == '\\' && quote.front() == '"') {
      ++at;
    } else if (text.compare(at, quote.size(), quote) == 0) {
      at += quote.size();
      // Up to two quotes may stand in front of the closing three.
      while (multi_line && at < text.size() && text[at] == quote.front()) ++at;
      return at;
    }
  }
  return end_of_line(text, begin);
}

std::size_t bracket_end(std::string_view text, std::size_t begin) {
  int depth = 0;
  for (std::size_t at = begin; at < text.size();) {
    const char c = text[at];
    if (const std::string_view quote = opening_quote(text, at); !quote.empty()) {
      at = string_end(text, at, quote);
      continue;
    }
    if (c == '#') {
      at = end_of_line(text, at);
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) return at + 1;
    ++at;
  }
  return end_of_line(text, begin);
}

// One step through the inside of a string: what is written, and how many bytes it stands for.
struct StringStep {
  std::size_t written = 1;
  std::size_t decoded = 1;
};

std::size_t utf8_size(unsigned long value) {
  return value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
}

StringStep escape_step(std::string_view text, std::size_t at) {
  const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
  if (kind == 'u' || kind == 'U') {
    const std::size_t digits = kind == 'u' ? 4 : 8;
    unsigned long value = 0;
    for (const char c : text.substr(std::min(at + 2, text.size()), digits)) {
      const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
      value = value * 16 + static_cast<unsigned long>(digit & 15);
    }
    return {2 + digits, utf8_size(value)};
  }
  // A backslash at the end of a line swallows the blanks and line ends that follow.
  const std::size_t next = text.find_first_not_of(" \t\r\n", at + 1);
  const std::size_t stop = std::min(next, text.size());
  if (text.substr(at + 1, stop - at - 1).find('\n') != std::string_view::npos)
    return {stop - at, 0};
  return {2, 1};
}

}  // namespace

SourceText::SourceText(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  if (text_.compare(0, kByteOrderMark.size(), kByteOrderMark) == 0)
    text_.erase(0, kByteOrderMark.size());
}

const std::vector<std::size_t>& SourceText::line_starts() const {
  if (line_starts_.empty()) {
    line_starts_.push_back(0);
    for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1))
      line_starts_.push_back(at + 1);
  }
  return line_starts_;
}

int SourceText::line_count() const {
  return static_cast<int>(line_starts().size());
}

Span SourceText::line_span(int number) const {
  const auto& starts = line_starts();
  const auto index = static_cast<std::size_t>(number - 1);
  if (number < 1 || index >= starts.size()) return {text_.size(), text_.size()};
  return {starts[index], end_of_line(text_, starts[index])};
}

std::string_view SourceText::line(int number) const {
  const Span span = line_span(number);
  return text().substr(span.begin, span.end - span.begin);
}

std::size_t SourceText::offset(Position position) const {
  const Span span = line_span(position.line);
  std::size_t at = span.begin;
  for (int column = 1; column < position.column && at < span.end; ++column)
    at += front_code_point(text().substr(at, span.end - at)).size;
  return at;
}

Position SourceText::position(std::size_t offset) const {
  const auto& starts = line_starts();
  const auto after = std::upper_bound(starts.begin(), starts.end(), offset);
  Position position{static_cast<int>(after - starts.begin()), 1};
  for (std::size_t at = *(after - 1); at < offset && at < text_.size(); ++position.column)
    at += front_code_point(text().substr(at)).size;
  return position;
}

std::size_t literal_end(std::string_view text, std::size_t begin) {
  if (begin >= text.size()) return text.size();
  if (const std::string_view quote = opening_quote(text, begin); !quote.empty())
    return string_end(text, begin, quote);
  if (text[begin] == '[' || text[begin] == '{') return bracket_end(text, begin);
  return std::min(text.find_first_of(kEndOfBareWord, begin), text.size());
}

Span inside_string(std::string_view text, std::size_t literal, std::size_t begin, std::size_t end) {
  const std::string_view quote = opening_quote(text, literal);
  if (quote.empty()) return {literal + begin, literal + end};
  std::size_t at = literal + quote.size();
  // The line end right behind three opening quotes does not belong to the string.
  if (quote.size() == 3 && text.substr(at, 2) == "\r\n") at += 2;
  if (quote.size() == 3 && text.substr(at, 1) == "\n") at += 1;
  Span span{at, at};
  for (std::size_t decoded = 0; decoded < end && at < text.size();) {
    const bool escaped = text[at] == '\\' && quote.front() == '"';
    const StringStep step = escaped ? escape_step(text, at) : StringStep{};
    if (decoded <= begin && step.decoded > 0) span.begin = at;
    at = std::min(at + step.written, text.size());
    decoded += step.decoded;
    span.end = at;
    if (decoded <= begin) span.begin = at;
  }
  return span;
}

}  // namespace dsched
