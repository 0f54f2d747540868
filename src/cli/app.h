#pragma once
// From the words of a command line to a command that runs: options, help, error texts and exit
// codes.

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/context.h"

namespace dsched {

struct Invocation {
  const CommandSpec* command;
  Arguments arguments;
};

// words: without the name of the program. A wrong command line names its command in the Failure's
// message.
Outcome<Invocation> parse_command_line(const std::vector<std::string>& words);

// Runs it and answers the exit code; failures are told on stderr, and on stdout when --json is
// among the words.
int run_app(const std::vector<std::string>& words, Platform& platform);

}  // namespace dsched
