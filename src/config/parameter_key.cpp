#include "config/parameter_key.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "config/job_keys.h"

namespace dsched {

namespace {

const std::vector<std::string> kParameterKeys = {"name", "default", "choices", "required",
                                                 "description"};

void read_name(const TableField& field, Parameter& parameter) {
  auto name = read_text(field);
  if (!name) return;
  if (is_variable_name(*name)) {
    parameter.name = std::move(*name);
    return;
  }
  field.error("E405", fmt::format("'{}' cannot be the name of a parameter", visible(*name))).label =
      "letters, digits and _, not starting with a digit";
}

void read_key(const TableField& field, Parameter& parameter) {
  if (field.name == "name") {
    read_name(field, parameter);
  } else if (field.name == "default") {
    parameter.default_value = read_text(field);
  } else if (field.name == "choices") {
    if (auto choices = read_texts(field)) parameter.choices = std::move(*choices);
  } else if (field.name == "required") {
    parameter.required = read_boolean(field).value_or(false);
  } else if (auto text = read_text(field)) {
    parameter.description = std::move(*text);
  }
}

void check_default(const Parameter& parameter, const TableField& field) {
  const std::vector<std::string>& choices = parameter.choices;
  if (!parameter.default_value || choices.empty()) return;
  if (std::find(choices.begin(), choices.end(), *parameter.default_value) != choices.end()) return;
  const Entry* entry = find_entry(field.value.entries, "default");
  field.report
      .error("E203", span_of(field.report.source(), entry->value),
             fmt::format("the default '{}' is not among the choices",
                         visible(*parameter.default_value)))
      .label = "one of: " + visible(join(choices, ", "));
}

Parameter read_parameter(const TableField& field) {
  Parameter parameter;
  for (const Entry& entry : field.value.entries) {
    if (std::find(kParameterKeys.begin(), kParameterKeys.end(), entry.key) ==
        kParameterKeys.end()) {
      report_unknown_key(field.report, entry, field.name, kParameterKeys, {});
    } else {
      read_key({entry.key, entry.value, field.report}, parameter);
    }
  }
  if (find_entry(field.value.entries, "name") == nullptr)
    field.error("E207", "a parameter needs a 'name'");
  check_default(parameter, field);
  return parameter;
}

}  // namespace

std::optional<std::vector<Parameter>> read_parameters(const TableField& field) {
  constexpr std::string_view kWanted = "an array of tables: [[param]] and lines of KEY = value";
  if (field.value.kind != Value::Kind::array) {
    report_type(field, kWanted);
    return std::nullopt;
  }
  const std::size_t errors = field.report.errors();
  std::vector<Parameter> parameters;
  for (const Value& item : field.value.items) {
    const TableField table{field.name, item, field.report};
    if (item.kind != Value::Kind::table) {
      report_type(table, kWanted);
      return std::nullopt;
    }
    Parameter parameter = read_parameter(table);
    const bool again = !parameter.name.empty() && std::any_of(parameters.begin(), parameters.end(),
                                                              [&](const Parameter& known) {
                                                                return known.name == parameter.name;
                                                              });
    if (again)
      table.error("E207", fmt::format("the parameter '{}' is there twice", parameter.name));
    parameters.push_back(std::move(parameter));
  }
  if (field.report.errors() != errors) return std::nullopt;
  return parameters;
}

}  // namespace dsched
