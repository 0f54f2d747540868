#include "config/toml_file.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <toml++/toml.h>

#include "base/text.h"
#include "base/utf8.h"
#include "config/toml_syntax.h"

namespace dsched {

namespace {

Position to_position(const toml::source_position& position) {
  return {static_cast<int>(position.line), static_cast<int>(position.column)};
}

bool before(Position a, Position b) {
  return a.line != b.line ? a.line < b.line : a.column < b.column;
}

Value to_value(const toml::node& node);

// toml++ sorts keys; people expect the order of the file.
std::vector<Entry> to_entries(const toml::table& table) {
  std::vector<Entry> entries;
  entries.reserve(table.size());
  for (const auto& [key, node] : table)
    entries.push_back({std::string(key.str()), to_position(key.source().begin), to_value(node)});
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return before(a.key_begin, b.key_begin); });
  return entries;
}

Value::Kind kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return Value::Kind::table;
    case toml::node_type::array:
      return Value::Kind::array;
    case toml::node_type::string:
      return Value::Kind::string;
    case toml::node_type::integer:
      return Value::Kind::integer;
    case toml::node_type::floating_point:
      return Value::Kind::real;
    case toml::node_type::boolean:
      return Value::Kind::boolean;
    default:
      return Value::Kind::date;
  }
}

// The depth is bounded: toml++ refuses values nested deeper than 256, check_depth() long dotted
// keys.
Value to_value(const toml::node& node) {
  Value value;
  value.kind = kind_of(node);
  value.begin = to_position(node.source().begin);
  if (const auto* text = node.as_string()) value.text = text->get();
  if (const auto* integer = node.as_integer()) value.integer = integer->get();
  if (const auto* real = node.as_floating_point()) value.real = real->get();
  if (const auto* boolean = node.as_boolean()) value.boolean = boolean->get();
  if (const auto* table = node.as_table()) value.entries = to_entries(*table);
  if (const auto* array = node.as_array()) {
    value.items.reserve(array->size());
    for (const toml::node& item : *array) value.items.push_back(to_value(item));
  }
  return value;
}

// Dotted keys and headers nest without limit in toml++, whose trees are freed by recursion. No key
// of ours has more than a few parts.
bool check_depth(const SourceText& source, FaultReport& report) {
  constexpr int kMostDots = 200;
  const std::string_view text = source.text();
  int dots = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') dots = 0;
    if (c == '"' || c == '\'') at = literal_end(text, at) - 1;
    if (c == '#') at = std::min(text.find('\n', at), text.size()) - 1;
    if (c == '.' && ++dots > kMostDots) {
      report.error("E100", {at, at + 1}, "too many dots in one line");
      return false;
    }
  }
  return true;
}

bool check_encoding(const SourceText& source, FaultReport& report) {
  const std::string_view text = source.text();
  if (is_utf8(text)) return true;
  std::size_t at = 0;
  for (CodePoint next; (next = front_code_point(text.substr(at))).valid;) at += next.size;
  report.error("E104", {at, at + 1}, "this byte is not UTF-8").label =
      "save the file with the encoding UTF-8";
  return false;
}

}  // namespace

std::optional<Value> parse_toml(const SourceText& source, FaultReport& report) {
  if (!check_encoding(source, report) || !check_depth(source, report)) return std::nullopt;
  try {
    return to_value(toml::parse(source.text()));
  } catch (const toml::parse_error& error) {
    report_syntax_error(report, to_position(error.source().begin), error.description());
  } catch (const std::exception& error) {
    report.error("E100", {0, 0}, std::string("the file cannot be read as TOML: ") + error.what());
  }
  return std::nullopt;
}

}  // namespace dsched
