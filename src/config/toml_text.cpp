#include "config/toml_text.h"

#include <fmt/core.h>

#include "base/text.h"

namespace dsched {

std::string toml_string(std::string_view text) {
  bool needs_escapes = false;
  for (const char c : text)
    needs_escapes = needs_escapes || static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\'';
  const bool has_specials = text.find_first_of("\"\\") != std::string_view::npos;
  if (has_specials && !needs_escapes) return fmt::format("'{}'", text);
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      escaped += '\\';
      escaped += c;
    } else if (c == '\n' || c == '\t') {
      escaped += c == '\n' ? "\\n" : "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      escaped += fmt::format("\\u{:04X}", byte);
    } else {
      escaped += c;
    }
  }
  return "\"" + escaped + "\"";
}

std::string toml_array(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts) items.push_back(toml_string(text));
  return "[" + join(items, ", ") + "]";
}

std::string toml_strings(const std::vector<std::string>& texts) {
  return texts.size() == 1 ? toml_string(texts.front()) : toml_array(texts);
}

}  // namespace dsched
