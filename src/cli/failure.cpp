#include "cli/failure.h"

#include <fmt/format.h>

#include "base/suggest.h"

namespace dsched {
namespace {

struct Meaning {
  int exit_code;
  const char* kind;
};

Meaning meaning_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return {kExitUsage, "invalid"};
    case ErrorCode::not_found:
      return {kExitNotFound, "not_found"};
    case ErrorCode::exists:
      return {kExitExists, "exists"};
    case ErrorCode::denied:
      return {kExitDenied, "denied"};
    case ErrorCode::unavailable:
      return {kExitTemporary, "unavailable"};
    case ErrorCode::timeout:
      return {kExitTemporary, "timeout"};
    case ErrorCode::no_space:
      return {kExitTemporary, "no_space"};
    case ErrorCode::io:
      return {kExitTemporary, "io"};
    case ErrorCode::corrupt:
      return {kExitTemporary, "corrupt"};
    case ErrorCode::unsupported:
      return {kExitTemporary, "unsupported"};
    case ErrorCode::internal:
      break;
  }
  return {kExitInternal, "internal"};
}

}  // namespace

Failure::Failure(Error error)
    : exit_code(meaning_of(error.code).exit_code),
      kind(meaning_of(error.code).kind),
      message(std::move(error.message)),
      hint(std::move(error.hint)) {}

Failure usage_failure(std::string message) {
  return {kExitUsage, "usage", std::move(message)};
}

Failure unknown_name(std::string_view what, std::string_view name,
                     const std::vector<std::string>& candidates) {
  Failure failure(kExitNotFound, "not_found", fmt::format("no {} '{}'", what, name));
  failure.suggestions = suggestions(name, candidates);
  return failure;
}

std::string suggestion_text(const std::vector<std::string>& suggestions) {
  if (suggestions.empty()) return "";
  std::string text = "; did you mean ";
  for (std::size_t i = 0; i < suggestions.size(); ++i) {
    if (i > 0) text += i + 1 == suggestions.size() ? " or " : ", ";
    text += fmt::format("'{}'", suggestions[i]);
  }
  return text + "?";
}

}  // namespace dsched
