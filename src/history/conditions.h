#pragma once
// The part of a query that depends on what the caller asks for.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"

namespace dsched {

class Statement;

// WHERE conditions and the values of their parameters, in order.
class Conditions {
 public:
  void add(std::string condition);
  void add_value(std::string value);
  // No values: no condition.
  void add_any_of(std::string_view column, const std::vector<std::string>& values);
  // until is exclusive.
  void add_span(std::string_view column, std::optional<Instant> since,
                std::optional<Instant> until);

  std::string sql() const;
  void bind_to(Statement& statement) const;

 private:
  std::vector<std::string> conditions_;
  std::vector<std::string> texts_;
};

// 0: no limit.
std::string limit_sql(std::size_t limit, std::size_t skip);

}  // namespace dsched
