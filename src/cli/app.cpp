#include "cli/app.h"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/suggest.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/json.h"

namespace dsched {
namespace {

using WordList = std::vector<std::string>;

bool is_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

// All options of all commands that need a value, to find the command behind options that stand in
// front of it.
bool takes_next_word(std::string_view word) {
  static const std::vector<OptionSpec> options =
      options_of({.name = "", .groups = kReadsJobs | kTables | kTimes | kReadOnly});
  for (const OptionSpec& option : options) {
    if (option.value.empty()) continue;
    if (word.substr(0, 2) == "--" && word.substr(2) == option.name) return true;
    if (option.letter != 0 && word.size() == 2 && word[1] == option.letter) return true;
  }
  return false;
}

std::size_t command_position(const WordList& words) {
  std::size_t at = 0;
  while (at < words.size() && is_option(words[at])) at += takes_next_word(words[at]) ? 2 : 1;
  return std::min(at, words.size());
}

// "dsched run: --count must be at least 1, not 0"; other failures are not about how the command was
// called.
Failure in_command(Failure failure, const CommandSpec& command) {
  if (failure.kind == "usage" && failure.command.empty()) failure.command = command.name;
  return failure;
}

Failure unknown_option(std::string_view word, const std::vector<OptionSpec>& options) {
  const std::string_view name = word.substr(0, word.find('='));
  Failure failure = usage_failure(fmt::format("unknown option '{}'", name));
  std::vector<std::string> names;
  for (const OptionSpec& option : options) names.push_back(fmt::format("--{}", option.name));
  if (name.substr(0, 2) == "--") failure.suggestions = suggestions(name, names);
  return failure;
}

Outcome<void> check_choice(const OptionSpec& option, const WordList& values) {
  const std::vector<std::string> choices = choices_of(option);
  if (choices.empty()) return {};
  for (const std::string& value : values) {
    if (std::find(choices.begin(), choices.end(), value) != choices.end()) continue;
    Failure failure = usage_failure(
        fmt::format("--{} must be one of {}, not '{}'", option.name, join(choices, ", "), value));
    failure.suggestions = suggestions(value, choices);
    return failure;
  }
  return {};
}

Outcome<void> check_words(const CommandSpec& command, const WordList& words) {
  const std::size_t most = command.words == Words::none  ? 0
                           : command.words == Words::one ? 1
                                                         : words.size();
  if (words.size() <= most) return {};
  Failure failure = usage_failure(fmt::format("unexpected word '{}'", words[most]));
  if (command.takes_command) failure.hint = "the job's command stands after --";
  return failure;
}

// Parsing of options by CLI11; it leaves all other words, in order, to us.
class OptionParser {
 public:
  explicit OptionParser(std::vector<OptionSpec> options) : specs_(std::move(options)) {
    app_.set_help_flag("");
    app_.allow_extras();
    for (const OptionSpec& spec : specs_) {
      std::string names = fmt::format("--{}", spec.name);
      if (spec.letter != 0) names += fmt::format(",-{}", spec.letter);
      CLI::Option* option =
          spec.value.empty() ? app_.add_flag(names) : app_.add_option(names)->expected(1);
      parsed_.push_back(option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll));
    }
  }

  // Answers the words that are no options.
  Outcome<WordList> parse(WordList words) {
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    try {
      app_.parse(words);
    } catch (const CLI::Error& error) {
      return complaint(error);
    }
    WordList others = app_.remaining();
    for (const std::string& word : others) {
      if (is_option(word)) return unknown_option(word, specs_);
    }
    return others;
  }

  Outcome<Arguments::Options> options() const {
    Arguments::Options options;
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      WordList values = parsed_[i]->results();
      if (specs_[i].value.empty() && std::count(values.begin(), values.end(), "true") !=
                                         static_cast<std::ptrdiff_t>(values.size()))
        return usage_failure(fmt::format("--{} takes no value", specs_[i].name));
      DSCHED_TRY(check_choice(specs_[i], values));
      options.emplace(specs_[i].name, std::move(values));
    }
    return options;
  }

 private:
  // CLI11 names the option in front of a colon.
  Failure complaint(const CLI::Error& error) const {
    const std::string text = error.what();
    for (const OptionSpec& spec : specs_) {
      if (text.find(fmt::format("--{}", spec.name)) == std::string::npos) continue;
      return usage_failure(spec.value.empty()
                               ? fmt::format("--{} takes no value", spec.name)
                               : fmt::format("--{} needs a value: {}", spec.name, spec.value));
    }
    return usage_failure(text);
  }

  CLI::App app_;
  std::vector<OptionSpec> specs_;
  std::vector<CLI::Option*> parsed_;
};

Outcome<Invocation> parse_for(const CommandSpec& command, WordList words,
                              std::optional<WordList> after_dashes) {
  OptionParser parser(options_of(command));
  DSCHED_TRY_ASSIGN(WordList others, parser.parse(std::move(words)));
  if (after_dashes && !command.takes_command) {
    others.insert(others.end(), after_dashes->begin(), after_dashes->end());
    after_dashes.reset();
  }
  DSCHED_TRY_ASSIGN(Arguments::Options options, parser.options());
  if (options.at("help").empty()) DSCHED_TRY(check_words(command, others));
  return Invocation{&command,
                    Arguments(std::move(options), std::move(others), std::move(after_dashes))};
}

// Told as text on stderr, and with --json as an object on stdout too.
int tell(const Failure& failure, bool as_json, Platform& platform) {
  if (as_json) {
    Json suggested = Json::array();
    for (const std::string& suggestion : failure.suggestions) suggested.push(suggestion);
    const Json error = Json::object({{"schema", "dsched.error/1"},
                                     {"error", failure.kind},
                                     {"message", failure.message},
                                     {"suggestions", suggested},
                                     {"exit_code", failure.exit_code}});
    platform.out.write(error.dump() + "\n");
  }
  std::string text =
      fmt::format("dsched{}{}: {}{}\n", failure.command.empty() ? "" : " ", failure.command,
                  visible(failure.message), suggestion_text(failure.suggestions));
  if (!failure.hint.empty()) text += fmt::format("  = {}\n", visible(failure.hint));
  platform.err.write(text);
  return failure.exit_code;
}

Outcome<int> run_command_line(const WordList& words, Platform& platform) {
  DSCHED_TRY_ASSIGN(const Invocation invocation, parse_command_line(words));
  const CommandSpec& command = *invocation.command;
  Outcome<Context> context = make_context(command, invocation.arguments, platform);
  if (!context) return in_command(std::move(context).error(), command);
  if (invocation.arguments.has("help")) {
    platform.out.write(help_page(command));
    return kExitOk;
  }
  Outcome<int> code = command.run(*context);
  if (!code) return in_command(std::move(code).error(), command);
  return code;
}

}  // namespace

Outcome<Invocation> parse_command_line(const WordList& words) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  WordList ours(words.begin(), dashes);
  std::optional<WordList> after_dashes;
  if (dashes != words.end()) after_dashes.emplace(dashes + 1, words.end());

  const std::size_t at = command_position(ours);
  const CommandSpec* command = &help_command();
  if (at < ours.size()) {
    command = find_command(ours[at]);
    if (command == nullptr) return unknown_command(ours[at]);
    ours.erase(ours.begin() + static_cast<std::ptrdiff_t>(at));
  }
  Outcome<Invocation> invocation = parse_for(*command, std::move(ours), std::move(after_dashes));
  if (!invocation) return in_command(std::move(invocation).error(), *command);
  return invocation;
}

int run_app(const WordList& words, Platform& platform) {
  const auto end = std::find(words.begin(), words.end(), "--");
  const bool as_json = std::find(words.begin(), end, "--json") != end;
  const Outcome<int> code = run_command_line(words, platform);
  const int exit_code = code ? *code : tell(code.error(), as_json, platform);
  if (platform.out.finish()) {
    platform.err.finish();
    return exit_code;
  }
  if (const std::string fault = platform.out.fault_text(); !fault.empty())
    platform.err.write(fmt::format("dsched: cannot write to standard output: {}\n", fault));
  platform.err.finish();
  return platform.out.exit_code_of_fault();
}

}  // namespace dsched
