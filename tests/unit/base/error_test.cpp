#include "base/error.h"

#include <cerrno>

#include <doctest/doctest.h>

#include "base/result.h"

namespace dsched {
namespace {

Result<int> half_of(int number) {
  if (number % 2 != 0) return Error{ErrorCode::invalid, "odd", ""};
  return number / 2;
}

Result<int> quarter_of(int number) {
  DSCHED_TRY_ASSIGN(const int half, half_of(number));
  return half_of(half);
}

Result<void> require_even(int number) {
  DSCHED_TRY(half_of(number));
  return {};
}

}  // namespace

TEST_CASE("a system error has the call in its message and the code of its number") {
  struct Row {
    int errnum;
    ErrorCode code;
  };
  const Row rows[] = {
      {ENOENT, ErrorCode::not_found},     {EEXIST, ErrorCode::exists},
      {EACCES, ErrorCode::denied},        {EROFS, ErrorCode::denied},
      {EAGAIN, ErrorCode::unavailable},   {ECONNREFUSED, ErrorCode::unavailable},
      {ETIMEDOUT, ErrorCode::timeout},    {ENOSPC, ErrorCode::no_space},
      {EDQUOT, ErrorCode::no_space},      {ENOSYS, ErrorCode::unsupported},
      {ENAMETOOLONG, ErrorCode::invalid}, {EIO, ErrorCode::io},
  };
  for (const Row& row : rows) {
    CAPTURE(row.errnum);
    CHECK(system_error("open x", row.errnum).code == row.code);
  }
  CHECK(system_error("open /x", ENOENT).message == "open /x: No such file or directory");
}

TEST_CASE("context goes in front and keeps code and hint") {
  const Error error = with_context({ErrorCode::corrupt, "bad page", "restore it"}, "history");
  CHECK(error.code == ErrorCode::corrupt);
  CHECK(error.message == "history: bad page");
  CHECK(error.hint == "restore it");
}

TEST_CASE("the TRY macros pass values on and errors up") {
  CHECK(quarter_of(12).value() == 3);
  CHECK(quarter_of(6).error().message == "odd");
  CHECK(quarter_of(5).error().message == "odd");
  CHECK(require_even(2).has_value());
  CHECK(require_even(3).error().code == ErrorCode::invalid);
}

}  // namespace dsched
