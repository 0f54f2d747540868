#include "history/values.h"

#include <optional>
#include <utility>

namespace dsched {

namespace {

void append_escaped(std::string& text, std::string_view part, bool is_name) {
  for (const char c : part) {
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\\' || (is_name && c == '=')) {
      text += {'\\', c};
    } else {
      text += c;
    }
  }
}

// Takes the front of the text up to the end mark, and the mark; nothing when there is no mark.
std::optional<std::string> take_until(std::string_view& text, char end) {
  std::string part;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == end) {
      text.remove_prefix(i + 1);
      return part;
    }
    if (text[i] != '\\') {
      part += text[i];
    } else if (++i < text.size()) {
      part += text[i] == 'n' ? '\n' : text[i];
    }
  }
  return std::nullopt;
}

}  // namespace

std::string values_to_text(const Values& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    append_escaped(text, name, true);
    text += '=';
    append_escaped(text, value, false);
    text += '\n';
  }
  return text;
}

Result<Values> values_from_text(std::string_view text) {
  Values values;
  while (!text.empty()) {
    std::optional<std::string> name = take_until(text, '=');
    std::optional<std::string> value = take_until(text, '\n');
    if (!name || !value)
      return Error{ErrorCode::corrupt, "history: values are not as dsched writes them", ""};
    values.emplace_back(std::move(*name), std::move(*value));
  }
  return values;
}

}  // namespace dsched
