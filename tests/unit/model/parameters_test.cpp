#include "model/parameters.h"

#include <doctest/doctest.h>

using namespace dsched;

namespace {

Job job_with(std::vector<Parameter> parameters) {
  Job job;
  job.name = "load";
  job.parameters = std::move(parameters);
  return job;
}

Parameter day() {
  return {"DAY", "which day", std::nullopt, {"mon", "tue"}, true};
}
Parameter speed() {
  return {"SPEED", "", "slow", {}, false};
}

}  // namespace

TEST_CASE("values are checked against the parameters of the jobs") {
  const Job job = job_with({day(), speed()});
  const Job other = job_with({});
  struct Row {
    std::vector<const Job*> jobs;
    Values given;
    std::string message;  // "" = right
  };
  const std::vector<Row> rows = {
      {{&job}, {{"DAY", "mon"}}, ""},
      {{&job}, {{"DAY", "fri"}, {"DAY", "tue"}, {"SPEED", "any"}}, ""},
      {{&job, &other}, {{"DAY", "mon"}}, ""},
      {{&other}, {}, ""},
      {{&job}, {}, "job 'load' needs the parameter 'DAY'"},
      {{&job},
       {{"DAY", "fri"}},
       "parameter 'DAY' of job 'load' must be one of mon, tue, not 'fri'"},
      {{&other}, {{"DAY", "mon"}}, "job 'load' has no parameter 'DAY'"},
      {{&other, &other}, {{"X", ""}}, "none of these jobs has a parameter 'X'"},
  };
  for (const Row& row : rows) {
    const Result<void> checked = check_parameters(row.jobs, row.given);
    CHECK((checked ? "" : checked.error().message) == row.message);
  }
}

TEST_CASE("a run sees what was given, the last of it, and defaults") {
  const Job job = job_with({day(), speed(), {"NONE", "", std::nullopt, {}, false}});
  CHECK(parameters_of(job, {{"DAY", "mon"}, {"DAY", "tue"}, {"OTHER", "x"}}) ==
        Values{{"DAY", "tue"}, {"SPEED", "slow"}});
}
