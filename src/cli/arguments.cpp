#include "cli/arguments.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/duration_text.h"

namespace dsched {
namespace {

bool is_variable_name(std::string_view name) {
  const auto good = [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '_';
  };
  return !name.empty() && !('0' <= name.front() && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), good);
}

}  // namespace

Arguments::Arguments(Options options, std::vector<std::string> words,
                     std::optional<std::vector<std::string>> job_words)
    : options_(std::move(options)), words_(std::move(words)), job_words_(std::move(job_words)) {}

const std::vector<std::string>& Arguments::values(std::string_view option) const {
  const auto found = options_.find(option);
  DSCHED_CHECK(found != options_.end());
  return found->second;
}

std::optional<std::string> Arguments::value(std::string_view option) const {
  const std::vector<std::string>& given = values(option);
  if (given.empty()) return std::nullopt;
  return given.back();
}

bool Arguments::has_if_known(std::string_view option) const {
  return knows(option) && has(option);
}

Outcome<int> Arguments::number(std::string_view option, int otherwise, int least) const {
  const std::optional<std::string> text = value(option);
  if (!text) return otherwise;
  int number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, fault] = std::from_chars(text->data(), end, number);
  if (fault != std::errc{} || stop != end)
    return usage_failure(fmt::format("--{} must be a whole number, not '{}'", option, *text));
  if (number < least)
    return usage_failure(fmt::format("--{} must be at least {}, not {}", option, least, number));
  return number;
}

Outcome<std::optional<Duration>> Arguments::duration(std::string_view option) const {
  const std::optional<std::string> text = value(option);
  if (!text) return std::optional<Duration>{};
  Result<Duration> duration = parse_duration(*text);
  if (duration) return std::optional<Duration>{*duration};
  Failure failure = usage_failure(fmt::format("--{}: {}", option, duration.error().message));
  failure.hint = duration.error().hint;
  return failure;
}

Outcome<std::vector<std::pair<std::string, std::string>>> assignments(const Arguments& arguments,
                                                                      std::string_view option) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : arguments.values(option)) {
    const std::size_t sign = text.find('=');
    if (sign == std::string::npos || !is_variable_name(std::string_view(text).substr(0, sign)))
      return usage_failure(fmt::format("--{} must look like NAME=VALUE, not '{}'", option, text));
    pairs.emplace_back(text.substr(0, sign), text.substr(sign + 1));
  }
  return pairs;
}

}  // namespace dsched
