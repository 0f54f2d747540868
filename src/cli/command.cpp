#include "cli/command.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/suggest.h"
#include "base/text.h"
#include "cli/commands.h"

namespace dsched {
namespace {

constexpr OptionSpec kJobOptions[] = {
    {"user", 0, "", "the files, history and daemon of this user"},
    {"system", 0, "", "those of the system"},
    {"file", 'f', "FILE", "use these job files only, no daemon; - is standard input", true},
    {"config", 0, "FILE", "use this dsched.toml, and the jobs.d beside it"},
    {"state", 0, "DIR", "where history and logs are"},
    {"no-state", 0, "", "keep and read no history"},
};
constexpr OptionSpec kTableOptions[] = {
    {"plain", 0, "", "one record a line, TAB between fields, - for nothing"},
    {"columns", 0, "A,B,C", "show these columns"},
    {"no-header", 0, "", "leave out the head line"},
};
constexpr OptionSpec kTimeOptions[] = {
    {"tz", 0, "ZONE", "show times in this zone"},
    {"utc", 0, "", "show times in UTC"},
};
constexpr OptionSpec kReadOnlyOptions[] = {
    {"now", 0, "TIME", "pretend that it is TIME"},
};
constexpr OptionSpec kCommonOptions[] = {
    {"json", 0, "", "the answer as one JSON object"},
    {"color", 0, "auto|always|never", "when to use colour"},
    {"no-input", 0, "", "never ask"},
    {"quiet", 'q', "", "say less"},
    {"verbose", 'v', "", "say more; twice: everything", true},
    {"help", 'h', "", "show this help"},
};

void add_options(std::vector<OptionSpec>& all, std::span<const OptionSpec> more) {
  for (OptionSpec option : more) {
    const auto same_name = [&](const OptionSpec& known) { return known.name == option.name; };
    if (std::any_of(all.begin(), all.end(), same_name)) continue;
    const auto same_letter = [&](const OptionSpec& known) { return known.letter == option.letter; };
    if (std::any_of(all.begin(), all.end(), same_letter)) option.letter = 0;
    all.push_back(option);
  }
}

// What people type who come from elsewhere. Words without a command have an advice instead.
struct Synonym {
  std::string_view word;
  std::string_view command;
  std::string_view advice;
};
constexpr Synonym kSynonyms[] = {
    {"ps", "list", ""},
    {"start", "run", ""},
    {"exec", "run", ""},
    {"log", "logs", ""},
    {"tail", "logs", ""},
    {"crontab", "add", ""},
    {"rm", "", "remove the job's file; 'dsched list --wide' names it"},
    {"del", "", "remove the job's file; 'dsched list --wide' names it"},
    {"delete", "", "remove the job's file; 'dsched list --wide' names it"},
    {"remove", "", "remove the job's file; 'dsched list --wide' names it"},
    {"enable", "", "write enabled = true into the job's file"},
    {"disable", "", "write enabled = false into the job's file"},
};

}  // namespace

std::vector<OptionSpec> options_of(const CommandSpec& command) {
  std::vector<OptionSpec> all(command.options.begin(), command.options.end());
  if ((command.groups & kReadsJobs) != 0) add_options(all, kJobOptions);
  if ((command.groups & kTables) != 0) add_options(all, kTableOptions);
  if ((command.groups & kTimes) != 0) add_options(all, kTimeOptions);
  if ((command.groups & kReadOnly) != 0) add_options(all, kReadOnlyOptions);
  add_options(all, kCommonOptions);
  return all;
}

std::string option_heading(const OptionSpec& option) {
  std::string text = option.letter != 0 ? fmt::format("-{}, --{}", option.letter, option.name)
                                        : fmt::format("    --{}", option.name);
  if (!option.value.empty()) text += fmt::format(" {}", option.value);
  return text;
}

std::vector<std::string> choices_of(const OptionSpec& option) {
  if (option.value.find('|') == std::string_view::npos) return {};
  std::vector<std::string> choices;
  for (std::string_view choice : split(option.value, '|')) choices.emplace_back(choice);
  return choices;
}

const std::vector<const CommandSpec*>& all_commands() {
  static const std::vector<const CommandSpec*> commands = {
      &list_command(),     &next_command(),     &history_command(),    &logs_command(),
      &why_command(),      &simulate_command(), &explain_command(),    &add_command(),
      &pause_command(),    &resume_command(),   &resolve_command(),    &check_command(),
      &run_command(),      &trigger_command(),  &submit_command(),     &stop_command(),
      &wait_command(),     &daemon_command(),   &reload_command(),     &help_command(),
      &complete_command(), &options_command(),  &supervisor_command(),
  };
  return commands;
}

const CommandSpec* find_command(std::string_view name) {
  if (name == "ls") name = "list";
  for (const CommandSpec* command : all_commands()) {
    if (command->name == name) return command;
  }
  return nullptr;
}

Failure unknown_command(std::string_view name) {
  Failure failure = usage_failure(fmt::format("unknown command '{}'", name));
  for (const Synonym& synonym : kSynonyms) {
    if (synonym.word != name) continue;
    if (!synonym.command.empty()) failure.suggestions.emplace_back(synonym.command);
    failure.hint = synonym.advice;
    return failure;
  }
  std::vector<std::string> names;
  for (const CommandSpec* command : all_commands()) {
    if (!command->heading.empty()) names.emplace_back(command->name);
  }
  failure.suggestions = suggestions(name, names);
  return failure;
}

}  // namespace dsched
