#pragma once
// A command as data: its options, its help and the function that does it. The command line parser,
// the help pages, the completions and `dsched __options` all read this one description.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/failure.h"

namespace dsched {

struct Context;

struct OptionSpec {
  std::string_view name;   // "count": --count
  char letter = 0;         // 'n': -n; 0 = there is no short form
  std::string_view value;  // "N"; empty = a flag. "a|b|c" = one of these
  std::string_view help;   // one line, no final dot
  bool repeats = false;    // each use counts; otherwise the last one does
};

// Which global options a command takes besides those that all take.
enum OptionGroup : unsigned {
  kNoGroup = 0,
  kReadsJobs = 1,  // --user --system --file --config --state --no-state
  kTables = 2,     // --plain --columns --no-header
  kTimes = 4,      // --tz --utc
  kReadOnly = 8,   // --now
};

enum class Words { none, one, any };  // how many words besides options a command takes

struct CommandSpec {
  std::string_view name = {};
  std::string_view heading = {};  // of the overview: "Look"; empty = hidden
  std::string_view summary = {};  // one line, no final dot
  std::string_view usage = {};    // after "dsched NAME"
  Words words = Words::none;
  std::string_view word_kind = {};  // "job", "file", "run", ...: what completions offer
  bool takes_command = false;       // words after "--" belong to the job
  unsigned groups = kNoGroup;
  std::span<const OptionSpec> options = {};
  std::string_view description = {};  // paragraphs for the help page
  std::string_view examples = {};     // lines; may be empty
  Outcome<int> (*run)(Context&) = nullptr;
};

// A command's own options and then the global ones it takes. An own option with the letter of a
// global one has it.
std::vector<OptionSpec> options_of(const CommandSpec& command);

// "-n, --count N"
std::string option_heading(const OptionSpec& option);
// "a|b|c" as a, b, c; empty when any value will do.
std::vector<std::string> choices_of(const OptionSpec& option);

// All commands in the order of the overview, hidden ones last.
const std::vector<const CommandSpec*>& all_commands();
// nullptr when there is none of that name or alias.
const CommandSpec* find_command(std::string_view name);
// "no such command", with what was probably meant.
Failure unknown_command(std::string_view name);

}  // namespace dsched
