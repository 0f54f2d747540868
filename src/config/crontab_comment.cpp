#include "config/crontab_comment.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/core.h>

namespace dsched {

namespace {

constexpr std::string_view kMark = "dsched:";

Entry make_entry(std::string_view key, Position key_begin, Value value) {
  return {std::string(key), key_begin, std::move(value)};
}

// "retry.max" goes into the table "retry", which several words may share.
void add_entry(std::vector<Entry>& entries, std::string_view key, Position key_begin, Value value) {
  const std::size_t dot = key.find('.');
  if (dot == std::string_view::npos) {
    entries.push_back(make_entry(key, key_begin, std::move(value)));
    return;
  }
  const std::string_view table = key.substr(0, dot);
  auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.key == table && entry.value.kind == Value::Kind::table;
  });
  if (found == entries.end()) {
    Value empty;
    empty.begin = key_begin;
    found = entries.insert(entries.end(), make_entry(table, key_begin, std::move(empty)));
  }
  Position inner = key_begin;
  inner.column += static_cast<int>(dot) + 1;
  found->value.entries.push_back(make_entry(key.substr(dot + 1), inner, std::move(value)));
}

// Where the word that starts at `begin` ends; quotes may hold blanks.
std::size_t end_of_word(std::string_view text, std::size_t begin, std::size_t stop) {
  std::size_t at = begin;
  while (at < stop && kBlanks.find(text[at]) == std::string_view::npos) {
    const bool quote = text[at] == '"' || text[at] == '\'';
    const std::size_t close = quote ? text.find(text[at], at + 1) : std::string_view::npos;
    at = quote && close < stop ? close + 1 : at + 1;
  }
  return at;
}

void add_word(Span word, std::vector<Entry>& entries, FaultReport& report) {
  const SourceText& source = report.source();
  const std::string_view text = source.text().substr(word.begin, word.end - word.begin);
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    report.error("E603", word, fmt::format("'{}' is not KEY=VALUE", text)).label =
        "such as timeout=2h";
    return;
  }
  const std::string_view key = text.substr(0, equals);
  std::string_view value_text = text.substr(equals + 1);
  Value value;
  value.kind = Value::Kind::string;
  value.untyped = true;
  value.begin = source.position(word.begin + equals + 1);
  const char quote = value_text.empty() ? '\0' : value_text.front();
  if ((quote == '"' || quote == '\'') && value_text.size() > 1 && value_text.back() == quote)
    value_text = value_text.substr(1, value_text.size() - 2);
  value.text = value_text;
  const Entry* known = find_entry(entries, key);
  if (known != nullptr) {
    report.error("E603", {word.begin, word.begin + equals},
                 fmt::format("'{}' is given twice", key));
    return;
  }
  add_entry(entries, key, source.position(word.begin), std::move(value));
}

}  // namespace

std::optional<Span> find_dsched_comment(std::string_view line) {
  std::size_t at = line.find_first_not_of(kBlanks);
  if (at == std::string_view::npos || line[at] != '#') return std::nullopt;
  at = line.find_first_not_of(kBlanks, at + 1);
  if (at == std::string_view::npos || line.compare(at, kMark.size(), kMark) != 0)
    return std::nullopt;
  return Span{at + kMark.size(), line.size()};
}

std::vector<Entry> parse_dsched_comment(Span words, FaultReport& report) {
  const std::string_view text = report.source().text();
  std::vector<Entry> entries;
  std::size_t at = words.begin;
  while ((at = std::min(text.find_first_not_of(kBlanks, at), words.end)) < words.end) {
    const std::size_t end = end_of_word(text, at, words.end);
    add_word({at, end}, entries, report);
    at = end;
  }
  return entries;
}

}  // namespace dsched
