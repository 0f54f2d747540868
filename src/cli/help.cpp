#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/version.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"version", 'V', "", "the version of dsched, its libraries and the zone data"},
};

constexpr std::string_view kHeadings[] = {"Look", "Change", "Run", "Serve", "More"};

std::string commands_under(std::string_view heading) {
  std::string text;
  for (const CommandSpec* command : all_commands()) {
    if (command->heading != heading) continue;
    text += fmt::format("  {:<12}{}\n", command->name, command->summary);
  }
  return text.empty() ? text : fmt::format("{}\n{}", heading, text);
}

std::string options_text(const CommandSpec& command) {
  const std::vector<OptionSpec> options = options_of(command);
  std::size_t width = 0;
  for (const OptionSpec& option : options) width = std::max(width, option_heading(option).size());
  std::string text = "\nOptions\n";
  for (const OptionSpec& option : options)
    text += fmt::format("  {:<{}}  {}\n", option_heading(option), width, option.help);
  return text;
}

std::string indented(std::string_view lines) {
  std::string text;
  for (std::string_view line : split(lines, '\n')) text += fmt::format("  {}\n", line);
  return text;
}

Outcome<int> run(Context& context) {
  const Arguments& arguments = context.arguments;
  if (arguments.has("version")) {
    context.out().write(version_text(context.platform.zones.version()));
    return kExitOk;
  }
  if (arguments.words().empty()) {
    context.out().write(overview());
    return kExitOk;
  }
  const std::string& name = arguments.words().front();
  const CommandSpec* command = find_command(name);
  if (command == nullptr) return unknown_command(name);
  context.out().write(help_page(*command));
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "help",
    .heading = "More",
    .summary = "this overview, or the page of a command",
    .usage = "[COMMAND]",
    .words = Words::one,
    .word_kind = "command",
    .groups = kReadsJobs | kTables | kTimes | kReadOnly,
    .options = kOptions,
    .description = "",
    .run = run,
};

}  // namespace

const CommandSpec& help_command() {
  return kCommand;
}

std::string overview() {
  std::string text =
      "dsched - run jobs on time\n\n"
      "Usage: dsched COMMAND [OPTIONS] [ARGUMENTS]\n\n"
      "  dsched add nightly --schedule '15 2 * * *' -- /usr/local/bin/backup.sh\n"
      "  dsched next                what will run, and when\n"
      "  dsched why nightly         why it did or did not run\n\n";
  for (const std::string_view heading : kHeadings) text += commands_under(heading);
  return text + "\ndsched help COMMAND, man dsched.\n";
}

std::string help_page(const CommandSpec& command) {
  if (&command == &kCommand) return overview();
  std::string text =
      fmt::format("dsched {} - {}\n\nUsage: dsched {} [OPTIONS]{}{}\n", command.name,
                  command.summary, command.name, command.usage.empty() ? "" : " ", command.usage);
  if (!command.description.empty()) text += fmt::format("\n{}\n", command.description);
  text += options_text(command);
  if (!command.examples.empty()) text += fmt::format("\nExamples\n{}", indented(command.examples));
  return text;
}

}  // namespace dsched
