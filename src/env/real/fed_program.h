#pragma once
// A program that is given some input and told to be done with it in time.

#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "env/real/stop_flag.h"

namespace dsched {

struct FedProgram {
  std::vector<std::string> argv;         // the first one is a path
  std::vector<std::string> environment;  // NAME=value; nothing else
  std::string input;
  Duration timeout{0};
};

struct ProgramEnd {
  std::optional<int> status;  // as a shell sees it; none when it was killed with its shell
  bool timed_out = false;
  bool stopped = false;
  std::string said;  // the end of what it wrote to both outputs
};

// Runs it in a session of its own, in "/", and waits. After the time-out, or once the flag is set,
// its whole process group is killed. Children that it leaves behind are not waited for.
Result<ProgramEnd> run_fed_program(const FedProgram& program, const StopFlag& stop);

}  // namespace dsched
