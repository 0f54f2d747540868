#include "config/value.h"

#include <algorithm>

namespace dsched {

Span key_span(const SourceText& source, const Entry& entry) {
  const std::size_t at = source.offset(entry.key_begin);
  const std::string_view text = source.text();
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) return {at, literal_end(text, at)};
  return {at, std::min(text.find_first_of(".=] \t\r\n", at), text.size())};
}

const Entry* find_entry(const std::vector<Entry>& entries, std::string_view key) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace dsched
