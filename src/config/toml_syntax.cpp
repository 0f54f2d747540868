#include "config/toml_syntax.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <toml++/toml.h>

#include "base/text.h"

namespace dsched {

namespace {

// toml++ says these when a value is not quoted.
constexpr std::array<std::string_view, 8> kNotAValue = {
    "could not determine value type", "parsing boolean",
    "parsing floating-point",         "parsing decimal integer",
    "parsing binary integer",         "parsing octal integer",
    "parsing hexadecimal integer",    "parsing date"};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// What is found outside strings and comments of one line, up to a byte of it.
struct LineScan {
  std::size_t value = std::string_view::npos;       // behind the last '=', '[' or ','
  std::size_t open_quote = std::string_view::npos;  // of a string without end
  std::size_t equals = std::string_view::npos;      // the last '='
};

LineScan scan_line(std::string_view text, Span line, std::size_t stop) {
  LineScan scan;
  for (std::size_t at = line.begin; at < std::min(line.end, stop); ++at) {
    const char c = text[at];
    if (c == '#') break;
    if (c == '=') scan.equals = at;
    if (c == '=' || c == '[' || c == ',') scan.value = at + 1;
    if (c != '"' && c != '\'') continue;
    const std::size_t end = literal_end(text, at);
    if (end >= line.end && (end - at < 2 || text[end - 1] != c)) {
      scan.open_quote = at;
      break;
    }
    at = end - 1;
  }
  if (scan.value != std::string_view::npos)
    scan.value = std::min(text.find_first_not_of(kBlanks, scan.value), text.size());
  return scan;
}

// The last three quotes in a row: where a multi-line string without end starts.
std::size_t last_triple_quote(std::string_view text) {
  const std::size_t basic = text.rfind("\"\"\"");
  const std::size_t literal = text.rfind("'''");
  if (basic == std::string_view::npos) return literal;
  if (literal == std::string_view::npos) return basic;
  return std::max(basic, literal);
}

bool report_open_string(FaultReport& report, std::size_t at, std::string_view description) {
  const SourceText& source = report.source();
  const std::string_view text = source.text();
  if (!contains(description, "string")) return false;
  const bool at_line_end = at >= text.size() || text[at] == '\n' || text[at] == '\r';
  if (!at_line_end) return false;
  const Span line = source.line_span(source.position(at).line);
  std::size_t quote = scan_line(text, line, line.end).open_quote;
  if (quote == std::string_view::npos) quote = last_triple_quote(text);
  if (quote == std::string_view::npos) return false;
  const bool triple =
      text.size() - quote >= 3 && text[quote + 1] == text[quote] && text[quote + 2] == text[quote];
  const Span place{quote, source.line_span(source.position(quote).line).end};
  Diagnostic& fault = report.error("E101", place, "this string has no end");
  fault.label = fmt::format("the closing {} is missing", text.substr(quote, triple ? 3 : 1));
  if (!triple) fault.help.push_back("text of several lines stands between ''' and '''");
  return true;
}

// A chain of tables with one key each, as its keys: [job.a] \n x = 1 gives job, a, x.
std::vector<std::string> only_path(const toml::table& table) {
  std::vector<std::string> path;
  for (const toml::table* at = &table; at != nullptr && at->size() == 1;) {
    path.emplace_back(at->begin()->first.str());
    at = at->begin()->second.as_table();
  }
  return path;
}

std::optional<Position> place_of(const toml::table& table, const std::vector<std::string>& path) {
  std::optional<Position> place;
  const toml::table* at = &table;
  for (const std::string& key : path) {
    const auto found = at == nullptr ? toml::table::const_iterator{} : at->find(key);
    if (at == nullptr || found == at->end()) break;
    const auto& begin = found->first.source().begin;
    place = Position{static_cast<int>(begin.line), static_cast<int>(begin.column)};
    at = found->second.as_table();
  }
  return place;
}

// Where the key of this line was given before. The lines above are a document of their own; so is
// this line alone under its table header, and that tells the full key.
std::optional<Position> first_place(const SourceText& source, int line_number) {
  std::string alone;
  for (int above = line_number - 1; above > 0 && alone.empty(); --above) {
    const std::string_view line = trim(source.line(above));
    if (!line.empty() && line.front() == '[' && trim(source.line(line_number)).front() != '[')
      alone = std::string(line) + "\n";
  }
  alone += source.line(line_number);
  try {
    const std::string_view above = source.text().substr(0, source.line_span(line_number).begin);
    return place_of(toml::parse(above), only_path(toml::parse(alone)));
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

bool report_second_key(FaultReport& report, std::size_t at, std::string_view description) {
  if (!contains(description, "cannot redefine")) return false;
  const SourceText& source = report.source();
  const Position noticed = source.position(at);
  const Span line = source.line_span(noticed.line);
  const std::string_view text = source.text();
  const std::size_t equals = scan_line(text, line, at + 1).equals;
  Span key{text.find_first_not_of(kBlanks, line.begin), line.end};
  if (text[key.begin] != '[') {
    const std::size_t last = text.find_last_not_of(kBlanks, std::min(equals, line.end) - 1);
    key.end = std::max(key.begin, last) + 1;
    const std::size_t before = text.find_last_of("{,", last);
    if (before != std::string_view::npos && before >= key.begin)
      key.begin = text.find_first_not_of(kBlanks, before + 1);
  }
  const std::string name(text.substr(key.begin, key.end - key.begin));
  Diagnostic& fault = report.error("E102", key, fmt::format("'{}' is given twice", name));
  const std::optional<Position> first = first_place(source, noticed.line);
  if (first) {
    fault.label = fmt::format("first given in line {}", first->line);
    fault.help.push_back(fmt::format("first: {}:{}:{}", source.name(), first->line, first->column));
  }
  return true;
}

std::string_view boolean_meant(std::string_view word) {
  const std::string lower = to_lower_ascii(word);
  if (lower == "yes" || lower == "on" || lower == "true") return "true";
  if (lower == "no" || lower == "off" || lower == "false") return "false";
  return {};
}

bool report_bare_word(FaultReport& report, std::size_t at, std::string_view description) {
  if (std::none_of(kNotAValue.begin(), kNotAValue.end(),
                   [&](std::string_view sign) { return contains(description, sign); }))
    return false;
  if (contains(description, "representable")) return false;
  const SourceText& source = report.source();
  const std::string_view text = source.text();
  const Span line = source.line_span(source.position(at).line);
  const std::size_t begin = scan_line(text, line, at + 1).value;
  if (begin >= line.end) return false;
  std::size_t end = std::max(literal_end(text, begin), begin + 1);
  // A whole schedule or command without quotes: up to the end of the line or a comment.
  const std::size_t comment = std::min(text.find('#', begin), line.end);
  const std::string_view rest = trim(text.substr(begin, comment - begin));
  const bool alone = rest.find_first_of("]},") == std::string_view::npos;
  if (alone) end = begin + rest.size();
  const std::string word(text.substr(begin, end - begin));
  const std::string_view boolean = boolean_meant(word);
  Diagnostic& fault =
      report.error("E103", {begin, end}, fmt::format("'{}' is not a TOML value", word));
  fault.replacement = boolean.empty() ? "\"" + word + "\"" : std::string(boolean);
  fault.label = boolean.empty() ? "text stands in quotes: write " + fault.replacement
                                : "write " + fault.replacement;
  if (contains(word, "\"") || contains(word, "\\")) {
    fault.replacement.clear();
    fault.label = "text stands in quotes";
  }
  return true;
}

// Without the part of the grammar that toml++ was in.
std::string without_context(std::string_view description) {
  const std::size_t colon = description.find(": ");
  const bool has_context = description.substr(0, 14) == "Error while pa";
  if (!has_context || colon == std::string_view::npos) return std::string(description);
  return std::string(description.substr(colon + 2));
}

}  // namespace

void report_syntax_error(FaultReport& report, Position noticed_at, std::string_view description) {
  const std::size_t at = report.source().offset(noticed_at);
  if (report_open_string(report, at, description)) return;
  if (report_second_key(report, at, description)) return;
  if (report_bare_word(report, at, description)) return;
  const bool no_value = contains(description, "expected value, saw");
  report.error("E100", {at, at + 1},
               no_value ? "a value is missing here" : "not TOML: " + without_context(description));
}

}  // namespace dsched
