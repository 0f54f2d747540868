#include "history/conditions.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "history/sqlite.h"

namespace dsched {

void Conditions::add(std::string condition) {
  conditions_.push_back(std::move(condition));
}

void Conditions::add_value(std::string value) {
  texts_.push_back(std::move(value));
}

void Conditions::add_any_of(std::string_view column, const std::vector<std::string>& values) {
  if (values.empty()) return;
  const std::vector<std::string> marks(values.size(), "?");
  add(fmt::format("{} IN ({})", column, join(marks, ",")));
  texts_.insert(texts_.end(), values.begin(), values.end());
}

void Conditions::add_span(std::string_view column, std::optional<Instant> since,
                          std::optional<Instant> until) {
  if (since) add(fmt::format("{} >= {}", column, to_unix_us(*since)));
  if (until) add(fmt::format("{} < {}", column, to_unix_us(*until)));
}

std::string Conditions::sql() const {
  return conditions_.empty() ? "" : " WHERE " + join(conditions_, " AND ");
}

void Conditions::bind_to(Statement& statement) const {
  for (const std::string& text : texts_) statement.bind(text);
}

std::string limit_sql(std::size_t limit, std::size_t skip) {
  if (limit == 0 && skip == 0) return "";
  return fmt::format(" LIMIT {} OFFSET {}", limit == 0 ? "-1" : std::to_string(limit), skip);
}

}  // namespace dsched
