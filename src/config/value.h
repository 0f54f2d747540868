#pragma once
// A TOML document as a plain tree with the places of its parts, in the order of the file. The rest
// of this folder reads this tree, so that toml++ stays in the files that make it.

#include <cstdint>
#include <string>
#include <vector>

#include "config/source_text.h"

namespace dsched {

struct Entry;

struct Value {
  enum class Kind { boolean, integer, real, string, array, table, date };

  Kind kind = Kind::table;
  // A word of a crontab comment, which has no types: it stands for any of them. Its kind is string.
  bool untyped = false;
  bool boolean = false;
  Position begin;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;            // string
  std::vector<Value> items;    // array
  std::vector<Entry> entries;  // table
};

struct Entry {
  std::string key;
  Position key_begin;
  Value value;
};

inline Span span_of(const SourceText& source, Position begin) {
  const std::size_t at = source.offset(begin);
  return {at, literal_end(source.text(), at)};
}
inline Span span_of(const SourceText& source, const Value& value) {
  return span_of(source, value.begin);
}

// The key alone, without what may follow it in a dotted key or a table header.
Span key_span(const SourceText& source, const Entry& entry);

const Entry* find_entry(const std::vector<Entry>& entries, std::string_view key);

}  // namespace dsched
