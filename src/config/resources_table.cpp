#include "config/resources_table.h"

#include <optional>

#include <fmt/core.h>

namespace dsched {

namespace {

constexpr std::string_view kMemory = "memory";
constexpr IntegerRange kAmounts{0, 1'000'000'000'000};

std::optional<std::uint64_t> read_amount(const TableField& field) {
  if (field.name == kMemory) return read_size(field);
  const auto amount = read_integer(field, kAmounts);
  if (!amount) return std::nullopt;
  return static_cast<std::uint64_t>(*amount);
}

}  // namespace

std::vector<std::pair<std::string, std::uint64_t>> read_amounts(const TableField& field) {
  std::vector<std::pair<std::string, std::uint64_t>> amounts;
  if (field.value.kind != Value::Kind::table) {
    report_type(field, fmt::format("a table: {} = {{ slots = 1, memory = \"2G\" }}", field.name));
    return amounts;
  }
  for (const Entry& entry : field.value.entries) {
    const TableField item{entry.key, entry.value, field.report};
    if (!check_shared_name(entry.key, "resource", item)) continue;
    if (const auto amount = read_amount(item)) amounts.emplace_back(entry.key, *amount);
  }
  return amounts;
}

std::string amount_text(std::string_view resource, std::uint64_t amount) {
  constexpr std::string_view kUnits = "KMGT";
  std::size_t unit = 0;
  if (resource != kMemory) return fmt::format("{}", amount);
  while (unit < kUnits.size() && amount > 0 && amount % 1024 == 0) {
    amount /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} bytes", amount)
                   : fmt::format("{}{}", amount, kUnits[unit - 1]);
}

}  // namespace dsched
