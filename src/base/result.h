#pragma once
// Result<T>: a value or an Error. Outcomes that are not errors (an exit code, a skipped firing) are
// values, not Errors.

#include <utility>

#include <tl/expected.hpp>

#include "base/error.h"

namespace dsched {

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}
};

template <>
class [[nodiscard]] Result<void> : public tl::expected<void, Error> {
 public:
  using tl::expected<void, Error>::expected;
  Result() = default;
  Result(Error error) : tl::expected<void, Error>(tl::unexpect, std::move(error)) {}
};

}  // namespace dsched

#define DSCHED_JOIN_INNER(a, b) a##b
#define DSCHED_JOIN(a, b) DSCHED_JOIN_INNER(a, b)

// DSCHED_TRY(f());  returns the Error of a Result that has none of its value to give.
#define DSCHED_TRY(expression)                                       \
  do {                                                               \
    if (auto dsched_try_result = (expression); !dsched_try_result) { \
      return std::move(dsched_try_result).error();                   \
    }                                                                \
  } while (false)

// DSCHED_TRY_ASSIGN(auto x, f());  like DSCHED_TRY, and binds the value otherwise.
#define DSCHED_TRY_ASSIGN(declaration, expression) \
  DSCHED_TRY_ASSIGN_INNER(DSCHED_JOIN(dsched_result_, __LINE__), declaration, expression)
#define DSCHED_TRY_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                                    \
  if (!result) return std::move(result).error();                 \
  declaration = std::move(*result)
