#pragma once
// Random jobs and limits.

#include "sim/scenario.h"

namespace sim {

// What a scenario is made of, so that its jobs meet: common pools, locks and resources.
Setup random_setup(dsched::SimRandom& random);

// Turns all jobs with a schedule into ones that wait for one and the same place and for nothing
// else.
void make_crowd(Setup& setup, dsched::SimRandom& random);

// Another version of the same files: jobs added, changed, removed, switched on and off; other
// limits.
Setup changed_setup(const Setup& setup, dsched::SimRandom& random);

}  // namespace sim
