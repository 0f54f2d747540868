#include "cli/command.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/json.h"

namespace dsched {
namespace {

Json option_json(const OptionSpec& option) {
  Json choices = Json::array();
  for (const std::string& choice : choices_of(option)) choices.push(choice);
  return Json::object(
      {{"name", option.name},
       {"letter", option.letter == 0 ? Json() : Json(std::string(1, option.letter))},
       {"value", option.value.empty() ? Json() : Json(option.value)},
       {"choices", choices},
       {"repeats", option.repeats},
       {"help", option.help}});
}

Json command_json(const CommandSpec& command) {
  Json options = Json::array();
  for (const OptionSpec& option : options_of(command)) options.push(option_json(option));
  return Json::object({{"name", command.name},
                       {"heading", command.heading},
                       {"summary", command.summary},
                       {"usage", command.usage},
                       {"options", options}});
}

Outcome<int> run(Context& context) {
  Json commands = Json::array();
  for (const CommandSpec* command : all_commands()) {
    if (!command->heading.empty()) commands.push(command_json(*command));
  }
  const Json answer = Json::object({{"schema", "dsched.options/1"}, {"commands", commands}});
  context.out().write(answer.dump() + "\n");
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "__options",
    .summary = "the option table as JSON, to compare manual pages and completions with",
    .run = run,
};

}  // namespace

const CommandSpec& options_command() {
  return kCommand;
}

}  // namespace dsched
