#include "model/parameters.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace dsched {

namespace {

const Parameter* parameter_named(const Job& job, const std::string& name) {
  for (const Parameter& parameter : job.parameters) {
    if (parameter.name == name) return &parameter;
  }
  return nullptr;
}

const std::string* value_of(const Values& values, const std::string& name) {
  for (auto value = values.rbegin(); value != values.rend(); ++value) {
    if (value->first == name) return &value->second;
  }
  return nullptr;
}

Error unknown_parameter(const std::vector<const Job*>& jobs, const std::string& name) {
  std::vector<std::string> names;
  for (const Job* job : jobs) {
    for (const Parameter& parameter : job->parameters) names.push_back(parameter.name);
  }
  const std::string whose =
      jobs.size() == 1 ? fmt::format("job '{}'", jobs.front()->name) : "none of these jobs";
  const std::string has = jobs.size() == 1 ? "has no" : "has a";
  const std::string hint = names.empty() ? "parameters are declared by [[param]] in the job's file"
                                         : "there is: " + join(names, ", ");
  return {ErrorCode::invalid, fmt::format("{} {} parameter '{}'", whose, has, name), hint};
}

Result<void> check_value(const Job& job, const Parameter& parameter, const Values& given) {
  const std::string* value = value_of(given, parameter.name);
  if (value == nullptr) {
    if (!parameter.required || parameter.default_value) return {};
    return Error{ErrorCode::invalid,
                 fmt::format("job '{}' needs the parameter '{}'", job.name, parameter.name),
                 parameter.description};
  }
  const std::vector<std::string>& choices = parameter.choices;
  if (choices.empty() || std::find(choices.begin(), choices.end(), *value) != choices.end())
    return {};
  return Error{ErrorCode::invalid,
               fmt::format("parameter '{}' of job '{}' must be one of {}, not '{}'", parameter.name,
                           job.name, join(choices, ", "), *value),
               ""};
}

}  // namespace

Result<void> check_parameters(const std::vector<const Job*>& jobs, const Values& given) {
  for (const auto& [name, value] : given) {
    const bool known = std::any_of(jobs.begin(), jobs.end(), [&parameter = name](const Job* job) {
      return parameter_named(*job, parameter) != nullptr;
    });
    if (!known) return unknown_parameter(jobs, name);
  }
  for (const Job* job : jobs) {
    for (const Parameter& parameter : job->parameters)
      DSCHED_TRY(check_value(*job, parameter, given));
  }
  return {};
}

Values parameters_of(const Job& job, const Values& given) {
  Values values;
  for (const Parameter& parameter : job.parameters) {
    const std::string* value = value_of(given, parameter.name);
    if (value != nullptr) values.emplace_back(parameter.name, *value);
    if (value == nullptr && parameter.default_value)
      values.emplace_back(parameter.name, *parameter.default_value);
  }
  return values;
}

}  // namespace dsched
