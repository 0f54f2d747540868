#pragma once
// Why a command could not do what it was asked, and the exit code that says so.

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dsched {

// The exit codes of every command but those that pass on a job's own.
inline constexpr int kExitOk = 0;
inline constexpr int kExitNo = 1;          // the answer is "no"
inline constexpr int kExitUsage = 2;       // unknown command or option, bad value
inline constexpr int kExitNotFound = 3;    // no such job, run, code
inline constexpr int kExitNoDaemon = 4;    // needed and not reachable
inline constexpr int kExitDenied = 5;      // permission
inline constexpr int kExitExists = 6;      // already there, or changed meanwhile
inline constexpr int kExitInternal = 70;   // a defect of dsched
inline constexpr int kExitTemporary = 75;  // not possible now
inline constexpr int kExitTimeout = 124;
inline constexpr int kExitFailed = 125;  // of run and logs -f: dsched itself failed
inline constexpr int kExitPipe = 141;    // nobody reads what we write

struct Failure {
  Failure(int code, std::string its_kind, std::string its_message)
      : exit_code(code), kind(std::move(its_kind)), message(std::move(its_message)) {}
  Failure(Error error);  // NOLINT(google-explicit-constructor): errors of lower floors end as this

  int exit_code;
  std::string kind;     // "error" of dsched.error/1: usage, not_found, denied, ...
  std::string message;  // one sentence, without the suggestions
  std::string hint;     // may be empty
  std::string command;  // that was called wrongly; empty otherwise
  std::vector<std::string> suggestions;
};

// A wrong command line: exit code 2.
Failure usage_failure(std::string message);

// "no job 'bakcup/db'", with the candidates that are near it.
Failure unknown_name(std::string_view what, std::string_view name,
                     const std::vector<std::string>& candidates);

// "; did you mean 'a' or 'b'?" for the failure's suggestions; empty when there are none.
std::string suggestion_text(const std::vector<std::string>& suggestions);

// A value or a Failure: what the parts of a command return.
template <class T>
class [[nodiscard]] Outcome : public tl::expected<T, Failure> {
 public:
  using tl::expected<T, Failure>::expected;
  Outcome(Failure failure) : tl::expected<T, Failure>(tl::unexpect, std::move(failure)) {}
  Outcome(Error error) : tl::expected<T, Failure>(tl::unexpect, Failure(std::move(error))) {}
};

template <>
class [[nodiscard]] Outcome<void> : public tl::expected<void, Failure> {
 public:
  Outcome() = default;
  Outcome(Failure failure) : tl::expected<void, Failure>(tl::unexpect, std::move(failure)) {}
  Outcome(Error error) : tl::expected<void, Failure>(tl::unexpect, Failure(std::move(error))) {}
};

}  // namespace dsched
