#include "config/job_lint.h"

#include <algorithm>

#include <fmt/core.h>

namespace dsched {

namespace {

constexpr std::string_view kNull = "/dev/null";

// What stands in front of the file name of a redirection: "2>", "&>>", ">".
std::string_view redirection_before(std::string_view text) {
  const std::size_t last = text.find_last_not_of(kBlanks);
  if (last == std::string_view::npos || (text[last] != '>' && text[last] != '&')) return {};
  const std::size_t before = text.find_last_not_of(">&12", last);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return text.substr(begin, last + 1 - begin);
}

void lint_words(const Value& array, FaultReport& report) {
  for (const Value& word : array.items) {
    const bool tilde = word.text == "~" || word.text.compare(0, 2, "~/") == 0;
    const bool home = word.text.find("$HOME") != std::string::npos ||
                      word.text.find("${HOME}") != std::string::npos;
    if (!tilde && !home) continue;
    report
        .warning("W406", span_of(report.source(), word),
                 fmt::format("'{}' is not expanded here", tilde ? "~" : "$HOME"))
        .label = "no shell reads an array: write the path, or the command as one string";
  }
}

}  // namespace

std::optional<Span> find_discarded_errors(std::string_view text) {
  for (std::size_t at = text.find(kNull); at != std::string_view::npos;
       at = text.find(kNull, at + 1)) {
    const std::string_view sign = redirection_before(text.substr(0, at));
    if (sign.empty()) continue;
    const auto begin = static_cast<std::size_t>(sign.data() - text.data());
    const std::size_t end = at + kNull.size();
    const bool errors = sign.front() == '2' || sign.front() == '&' || sign.back() == '&';
    if (errors) return Span{begin, end};
    const std::size_t next = std::min(text.find_first_not_of(kBlanks, end), text.size());
    if (text.substr(next, 4) == "2>&1") return Span{begin, next + 4};
  }
  return std::nullopt;
}

void warn_discarded_errors(Span place, FaultReport& report) {
  report.warning("W407", place, "error messages of this command are thrown away").label =
      "dsched keeps the output of every run: no need to discard it";
}

void lint_command(const Value& command, FaultReport& report) {
  if (command.kind == Value::Kind::array) return lint_words(command, report);
  const SourceText& source = report.source();
  const std::size_t literal = source.offset(command.begin);
  if (const auto found = find_discarded_errors(command.text))
    warn_discarded_errors(inside_string(source.text(), literal, found->begin, found->end), report);
  const std::size_t percent = command.text.find("\\%");
  if (percent == std::string::npos) return;
  report
      .warning("W410", inside_string(source.text(), literal, percent, percent + 2),
               "'%' has no special meaning in TOML files")
      .label = "write % alone";
}

}  // namespace dsched
