#pragma once
// What the drivers of the engine need from outside, handed in by cli/compose. All references
// outlive the driver.

#include <string>
#include <utility>
#include <vector>

#include "env/clock.h"
#include "env/courier.h"
#include "env/entropy.h"
#include "env/files.h"
#include "env/loop.h"
#include "env/scratch.h"
#include "env/users.h"

namespace dsched {

struct World {
  Clock& clock;
  Loop& loop;
  Entropy& entropy;
  Files& files;
  Users& users;
  Scratch& scratch;
  Courier& courier;
};

// Facts about this host and this process that jobs see.
struct HostFacts {
  std::string name;   // DSCHED_HOST
  std::string scope;  // "system" or "user"
  std::vector<std::pair<std::string, std::string>>
      environment;   // dsched's own, for inherit_env and dsched run
  std::string lang;  // LANG of jobs; may be empty
};

}  // namespace dsched
