#include "config/value_reader.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/core.h>

#include "base/duration_text.h"
#include "base/suggest.h"
#include "base/text.h"
#include "model/job.h"

namespace dsched {

namespace {

std::string_view kind_in_words(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::boolean:
      return "a boolean";
    case Value::Kind::integer:
      return "a number";
    case Value::Kind::real:
      return "a fraction";
    case Value::Kind::string:
      return "a string";
    case Value::Kind::array:
      return "an array";
    case Value::Kind::table:
      return "a table";
    case Value::Kind::date:
      return "a date";
  }
  return "something else";
}

std::optional<std::int64_t> integer_of(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, number);
  if (fault != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return number;
}

std::optional<double> real_of(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, number);
  if (fault != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return number;
}

std::optional<bool> boolean_of(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

bool is_text(const TableField& field) {
  return field.value.kind == Value::Kind::string;
}

std::string as_written(const TableField& field) {
  const Span span = field.span();
  return std::string(field.report.source().text().substr(span.begin, span.end - span.begin));
}

// "1024" and the unit behind it, as a factor; nothing when it is not a size.
std::optional<std::uint64_t> size_of_text(std::string_view text) {
  constexpr std::string_view kUnits = "KMGT";
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = integer_of(text.substr(0, digits));
  std::string_view unit = text.substr(digits);
  if (!number || unit.size() > 3) return std::nullopt;
  int shift = 0;
  if (!unit.empty() && unit != "B") {
    const std::size_t power = kUnits.find(unit.front());
    if (power == std::string_view::npos) return std::nullopt;
    unit.remove_prefix(1);
    if (!unit.empty() && unit != "B" && unit != "iB") return std::nullopt;
    shift = static_cast<int>(power + 1) * 10;
  }
  const auto bytes = static_cast<std::uint64_t>(*number);
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (bytes > (kMost >> shift)) return std::nullopt;
  return bytes << shift;
}

// The values of one word or an array of them; of a crontab comment, of the parts between commas.
template <class T, class Read>
std::optional<std::vector<T>> read_each(const TableField& field, std::string_view wanted,
                                        Read read) {
  std::vector<T> values;
  bool good = true;
  const auto add = [&](const TableField& item) {
    auto value = read(item);
    good = good && value.has_value();
    if (value) values.push_back(std::move(*value));
  };
  if (field.value.untyped) {
    for (const std::string_view part : split(field.value.text, ',')) {
      Value item = field.value;
      item.text = trim(part);
      add({field.name, item, field.report});
    }
  } else {
    const auto items = read_list(field, wanted);
    if (!items) return std::nullopt;
    for (const TableField& item : *items) add(item);
  }
  if (!good) return std::nullopt;
  return values;
}

// Offsets that are inside the string are shown as such.
Span place_of_byte(const TableField& field, std::size_t byte) {
  const SourceText& source = field.report.source();
  return inside_string(source.text(), source.offset(field.value.begin), byte, byte + 1);
}

}  // namespace

void report_type(const TableField& field, std::string_view wanted) {
  Diagnostic& fault = field.error("E202", fmt::format("'{}' takes {}, not {}", field.name, wanted,
                                                      kind_in_words(field.value.kind)));
  if (is_text(field)) {
    const bool number = wanted == "a number" && integer_of(field.value.text).has_value();
    const bool boolean = wanted == "true or false" && boolean_of(field.value.text).has_value();
    if (number || boolean) {
      fault.replacement = field.value.text;
      fault.label = fmt::format("remove the quotes: {}", fault.replacement);
    }
    return;
  }
  const bool scalar =
      field.value.kind == Value::Kind::integer || field.value.kind == Value::Kind::boolean ||
      field.value.kind == Value::Kind::real || field.value.kind == Value::Kind::date;
  if (!scalar || wanted.find("string") == std::string_view::npos) return;
  fault.replacement = "\"" + as_written(field) + "\"";
  fault.label = "put it in quotes: " + fault.replacement;
}

std::optional<std::string> read_text(const TableField& field) {
  if (!is_text(field)) {
    report_type(field, "a string");
    return std::nullopt;
  }
  const std::size_t nul = field.value.text.find('\0');
  if (nul == std::string::npos) return field.value.text;
  field.report.error("E207", place_of_byte(field, nul),
                     fmt::format("'{}' holds a NUL character", field.name));
  return std::nullopt;
}

std::optional<std::string> read_filled_text(const TableField& field) {
  std::optional<std::string> text = read_text(field);
  if (!text || !trim(*text).empty()) return text;
  field.error("E207", fmt::format("'{}' is empty", field.name));
  return std::nullopt;
}

std::optional<bool> read_boolean(const TableField& field) {
  if (field.value.kind == Value::Kind::boolean) return field.value.boolean;
  if (field.value.untyped) {
    if (const auto boolean = boolean_of(field.value.text)) return boolean;
  }
  report_type(field, "true or false");
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(const TableField& field, IntegerRange range) {
  std::optional<std::int64_t> number;
  if (field.value.kind == Value::Kind::integer) number = field.value.integer;
  if (field.value.untyped) number = integer_of(field.value.text);
  if (!number) {
    report_type(field, "a number");
    return std::nullopt;
  }
  if (*number >= range.lowest && *number <= range.highest) return number;
  field.error("E204", fmt::format("'{}' cannot be {}", field.name, *number)).label =
      fmt::format("{} to {}", range.lowest, range.highest);
  return std::nullopt;
}

std::optional<double> read_number(const TableField& field) {
  if (field.value.kind == Value::Kind::real) return field.value.real;
  if (field.value.kind == Value::Kind::integer) return static_cast<double>(field.value.integer);
  if (field.value.untyped) {
    if (const auto number = real_of(field.value.text)) return number;
  }
  report_type(field, "a number");
  return std::nullopt;
}

std::optional<Duration> read_duration(const TableField& field) {
  const bool bare_number = field.value.kind == Value::Kind::integer ||
                           (is_text(field) && integer_of(field.value.text).has_value());
  if (bare_number) {
    const std::string number = is_text(field) ? field.value.text : as_written(field);
    field.error("E206", "a duration needs a unit").label =
        fmt::format("write \"{0}s\", \"{0}m\" or \"{0}h\"", number);
    return std::nullopt;
  }
  if (!is_text(field)) {
    report_type(field, "a string such as \"90s\" or \"1h30m\"");
    return std::nullopt;
  }
  const Result<Duration> duration = parse_duration(field.value.text);
  if (duration) return *duration;
  Diagnostic& fault =
      field.error("E207", fmt::format("'{}': {}", field.name, duration.error().message));
  fault.label = duration.error().hint;
  return std::nullopt;
}

std::optional<Duration> read_positive_duration(const TableField& field) {
  const auto duration = read_duration(field);
  if (!duration || *duration > Duration::zero()) return duration;
  field.error("E204", fmt::format("'{}' must be longer than 0s", field.name));
  return std::nullopt;
}

std::optional<std::uint64_t> read_size(const TableField& field) {
  if (field.value.kind == Value::Kind::integer && field.value.integer >= 0)
    return static_cast<std::uint64_t>(field.value.integer);
  if (!is_text(field)) {
    report_type(field, "a string such as \"10M\"");
    return std::nullopt;
  }
  const auto size = size_of_text(field.value.text);
  if (!size)
    field.error("E205", fmt::format("'{}' is not a size", field.value.text)).label =
        "a number with K, M, G or T behind it, such as \"10M\"";
  return size;
}

std::optional<std::size_t> read_choice(const TableField& field,
                                       std::span<const std::string_view> choices) {
  if (!is_text(field)) {
    report_type(field, "a string");
    return std::nullopt;
  }
  const auto found = std::find(choices.begin(), choices.end(), field.value.text);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  const std::vector<std::string> words(choices.begin(), choices.end());
  const std::vector<std::string> near = suggestions(field.value.text, words);
  Diagnostic& fault =
      field.error("E203", fmt::format("'{}' cannot be '{}'", field.name, field.value.text));
  fault.label = "one of: " + join(words, ", ");
  if (near.empty()) return std::nullopt;
  fault.help.push_back(fmt::format("did you mean '{}'?", near.front()));
  fault.replacement = "\"" + near.front() + "\"";
  return std::nullopt;
}

std::optional<std::vector<TableField>> read_list(const TableField& field, std::string_view wanted) {
  std::vector<TableField> fields;
  if (field.value.kind == Value::Kind::table) {
    report_type(field, wanted);
    return std::nullopt;
  }
  if (field.value.kind != Value::Kind::array) return std::vector<TableField>{field};
  for (const Value& item : field.value.items) fields.push_back({field.name, item, field.report});
  return fields;
}

std::optional<std::vector<std::string>> read_texts(const TableField& field) {
  return read_each<std::string>(field, "a string or an array of strings", read_text);
}

std::optional<std::vector<int>> read_integers(const TableField& field, IntegerRange range) {
  return read_each<int>(field, "a number or an array of numbers", [&](const TableField& item) {
    const auto number = read_integer(item, range);
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
  });
}

std::optional<std::vector<std::size_t>> read_choices(const TableField& field,
                                                     std::span<const std::string_view> choices) {
  return read_each<std::size_t>(field, "a string or an array of strings",
                                [&](const TableField& item) { return read_choice(item, choices); });
}

bool check_shared_name(const std::string& name, std::string_view what, const TableField& field) {
  const auto checked = check_job_name(name);
  if (checked) return true;
  Diagnostic& fault =
      field.error("E208", fmt::format("'{}' cannot be the name of a {}", visible(name), what));
  fault.help.push_back(checked.error().hint);
  return false;
}

}  // namespace dsched
