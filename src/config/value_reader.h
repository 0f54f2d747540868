#pragma once
// Values of the tree as what a key wants. Each function gives nothing when the value is wrong, and
// has then told the report what is wrong and how to write it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "config/report.h"
#include "config/value.h"

namespace dsched {

// A value, with the name of its key for messages.
struct TableField {
  std::string_view name;
  const Value& value;
  FaultReport& report;

  Span span() const { return span_of(report.source(), value); }
  Diagnostic& error(std::string_view code, std::string message) const {
    return report.error(code, span(), std::move(message));
  }
  Diagnostic& warning(std::string_view code, std::string message) const {
    return report.warning(code, span(), std::move(message));
  }
};

struct IntegerRange {
  std::int64_t lowest;
  std::int64_t highest;
};

std::optional<std::string> read_text(
    const TableField& field);  // may be empty, holds no NUL character
std::optional<std::string> read_filled_text(const TableField& field);
std::optional<bool> read_boolean(const TableField& field);
std::optional<std::int64_t> read_integer(const TableField& field, IntegerRange range);
std::optional<double> read_number(const TableField& field);  // with or without a fraction
std::optional<Duration> read_duration(const TableField& field);
std::optional<Duration> read_positive_duration(const TableField& field);
std::optional<std::uint64_t> read_size(const TableField& field);  // "10M": bytes in powers of 1024

// The index of the word in choices.
std::optional<std::size_t> read_choice(const TableField& field,
                                       std::span<const std::string_view> choices);

// The same of one word or an array of them.
std::optional<std::vector<std::size_t>> read_choices(const TableField& field,
                                                     std::span<const std::string_view> choices);

// One value or an array, as the fields of its values.
std::optional<std::vector<TableField>> read_list(const TableField& field, std::string_view wanted);
std::optional<std::vector<std::string>> read_texts(const TableField& field);
std::optional<std::vector<int>> read_integers(const TableField& field, IntegerRange range);

// A name that jobs share, of a "lock", "pool" or "resource": the rule for names of jobs. E208.
bool check_shared_name(const std::string& name, std::string_view what, const TableField& field);

// E202: 'max' takes a number, not a string.
void report_type(const TableField& field, std::string_view wanted);

}  // namespace dsched
