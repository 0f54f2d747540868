#pragma once
// Help as text, made from the descriptions of the commands.

#include <string>

#include "cli/command.h"

namespace dsched {

// What `dsched` alone prints.
std::string overview();

// What `dsched help COMMAND` prints.
std::string help_page(const CommandSpec& command);

}  // namespace dsched
