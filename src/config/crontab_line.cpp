#include "config/crontab_line.h"

#include <algorithm>

#include "base/text.h"

namespace dsched {

namespace {

constexpr std::size_t kFields = 5;
constexpr std::size_t kLongestSlug = 40;

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  return std::min(line.find_first_not_of(kBlanks, at), line.size());
}

bool is_quote(std::string_view line, std::size_t at) {
  return at < line.size() && (line[at] == '"' || line[at] == '\'');
}

Span without_blanks_behind(std::string_view line, std::size_t begin) {
  const std::size_t last = line.find_last_not_of(kBlanks);
  return {begin, last == std::string_view::npos ? begin : std::max(begin, last + 1)};
}

std::string text_of(std::string_view line, Span span) {
  return std::string(line.substr(span.begin, span.end - span.begin));
}

}  // namespace

std::optional<CrontabAssignment> parse_assignment(std::string_view line) {
  CrontabAssignment found;
  std::size_t at = skip_blanks(line, 0);
  if (is_quote(line, at)) {
    const std::size_t close = line.find(line[at], at + 1);
    if (close == std::string_view::npos) return std::nullopt;
    found.name_span = {at + 1, close};
    at = close + 1;
  } else {
    const std::size_t end = std::min(line.find_first_of("= \t", at), line.size());
    found.name_span = {at, end};
    at = end;
  }
  at = skip_blanks(line, at);
  if (at == line.size() || line[at] != '=') return std::nullopt;
  at = skip_blanks(line, at + 1);
  found.value_span = without_blanks_behind(line, at);
  if (is_quote(line, at)) {
    const std::size_t close = line.find(line[at], at + 1);
    const Span whole = found.value_span;
    found.value_span = {at + 1, close == std::string_view::npos ? whole.end : close};
    const std::size_t next = skip_blanks(line, found.value_span.end + 1);
    if (close == std::string_view::npos) {
      found.after_quote = whole;
    } else if (next < line.size()) {
      found.after_quote = Span{next, whole.end};
    }
  }
  found.name = text_of(line, found.name_span);
  found.value = text_of(line, found.value_span);
  return found;
}

CrontabEntry split_entry(std::string_view line) {
  const std::size_t begin = skip_blanks(line, 0);
  const std::size_t fields = begin < line.size() && line[begin] == '@' ? 1 : kFields;
  std::size_t at = begin;
  std::size_t end = begin;
  for (std::size_t field = 0; field < fields && at < line.size(); ++field) {
    end = std::min(line.find_first_of(kBlanks, at), line.size());
    at = skip_blanks(line, end);
  }
  return {{begin, end}, {at, line.size()}};
}

CrontabCommand split_percent(std::string_view raw) {
  CrontabCommand command;
  std::string* part = &command.text;
  for (std::size_t at = 0; at < raw.size(); ++at) {
    const bool escaped = raw[at] == '\\' && at + 1 < raw.size() && raw[at + 1] == '%';
    if (escaped) {
      *part += raw[++at];
    } else if (raw[at] != '%') {
      *part += raw[at];
    } else if (part == &command.text) {
      part = &command.input;
    } else {
      *part += '\n';
    }
  }
  if (!command.input.empty() && command.input.back() != '\n') command.input += '\n';
  return command;
}

std::string command_slug(std::string_view command) {
  for (std::string_view word : split_words(command)) {
    const std::size_t slash = word.rfind('/');
    if (slash == std::string_view::npos && word.find('=') != std::string_view::npos) continue;
    word.remove_prefix(slash == std::string_view::npos ? 0 : slash + 1);
    const std::size_t dot = word.find('.');
    if (dot != std::string_view::npos && dot > 0) word = word.substr(0, dot);
    std::string slug = name_slug(word);
    if (!slug.empty()) return slug;
  }
  return "job";
}

std::string name_slug(std::string_view text) {
  std::string slug;
  for (const char c : to_lower_ascii(text)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    const bool joins = !slug.empty() && slug.back() != '-' && slug.back() != '.';
    if (plain && (c != '_' || !slug.empty())) {
      slug += c;
    } else if (joins && !plain) {
      slug += c == '.' ? '.' : '-';
    }
    if (slug.size() == kLongestSlug) break;
  }
  while (!slug.empty() && (slug.back() == '-' || slug.back() == '.')) slug.pop_back();
  return slug;
}

}  // namespace dsched
