#pragma once
// The values that a person gives for the parameters of jobs.

#include <string>
#include <vector>

#include "base/result.h"
#include "model/job.h"
#include "model/run.h"

namespace dsched {

// Every name has to be a parameter of one of the jobs, every value one of its choices, and what is
// required has to be given.
Result<void> check_parameters(const std::vector<const Job*>& jobs, const Values& given);

// What a run of the job sees: the given values of its own parameters, and the defaults of others.
Values parameters_of(const Job& job, const Values& given);

}  // namespace dsched
