#pragma once
// The error value of the whole program. An Error says what went wrong in a sentence a user can read
// aloud; context is added in front of the message on the way up ("in job 'backup': dir: ..."). It
// owns its strings.

#include <string>
#include <string_view>
#include <utility>

namespace dsched {

enum class ErrorCode {
  invalid,      // the input is wrong
  not_found,    // no such job, run, file
  exists,       // already there, or changed meanwhile
  denied,       // permission
  unavailable,  // busy, not reachable, try again
  timeout,
  no_space,
  io,           // the system refused for another reason
  corrupt,      // stored data is damaged
  unsupported,  // newer format, missing feature
  internal,     // a defect of dsched
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::string hint;  // what to do about it; may be empty
};

// The error with "context: " in front of its message.
[[nodiscard]] inline Error with_context(Error error, std::string_view context) {
  error.message = std::string(context) + ": " + error.message;
  return error;
}

// The error of a failed system call: "what: strerror(errnum)", with the code that errnum stands
// for.
[[nodiscard]] Error system_error(std::string_view what, int errnum);

}  // namespace dsched
