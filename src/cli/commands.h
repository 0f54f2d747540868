#pragma once
// Every command of dsched; each is described and done in the file of its name.

#include "cli/command.h"

namespace dsched {

const CommandSpec& add_command();
const CommandSpec& check_command();
const CommandSpec& complete_command();
const CommandSpec& daemon_command();
const CommandSpec& explain_command();
const CommandSpec& help_command();
const CommandSpec& history_command();
const CommandSpec& list_command();
const CommandSpec& logs_command();
const CommandSpec& next_command();
const CommandSpec& options_command();
const CommandSpec& pause_command();
const CommandSpec& reload_command();
const CommandSpec& resolve_command();
const CommandSpec& resume_command();
const CommandSpec& run_command();
const CommandSpec& simulate_command();
const CommandSpec& stop_command();
const CommandSpec& submit_command();
const CommandSpec& supervisor_command();
const CommandSpec& trigger_command();
const CommandSpec& wait_command();
const CommandSpec& why_command();

}  // namespace dsched
