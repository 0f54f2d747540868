#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/jobs.h"
#include "cli/records.h"

namespace dsched {
namespace {

struct Candidate {
  std::string value;
  std::string description;
};

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// The words before the one that is being completed, seen as a command line.
struct Typed {
  const CommandSpec* command = nullptr;     // none yet
  const OptionSpec* open_option = nullptr;  // whose value comes next
  std::vector<OptionSpec> options;
  bool in_job_words = false;
};

const OptionSpec* option_named(const std::vector<OptionSpec>& options, std::string_view word) {
  for (const OptionSpec& option : options) {
    const bool by_name = starts_with(word, "--") && word.substr(2) == option.name;
    const bool by_letter =
        option.letter != 0 && word.size() == 2 && word[0] == '-' && word[1] == option.letter;
    if (by_name || by_letter) return &option;
  }
  return nullptr;
}

Typed read_typed(const std::vector<std::string>& words) {
  Typed typed;
  typed.options = options_of(help_command());
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (typed.in_job_words) continue;
    if (typed.open_option != nullptr) {
      typed.open_option = nullptr;
    } else if (word == "--") {
      typed.in_job_words = true;
    } else if (starts_with(word, "-")) {
      const OptionSpec* option = option_named(typed.options, word);
      if (option != nullptr && !option->value.empty()) typed.open_option = option;
    } else if (typed.command == nullptr) {
      typed.command = find_command(word);
      if (typed.command != nullptr) typed.options = options_of(*typed.command);
    }
  }
  return typed;
}

std::vector<Candidate> command_candidates() {
  std::vector<Candidate> candidates;
  for (const CommandSpec* command : all_commands()) {
    if (!command->heading.empty())
      candidates.push_back({std::string(command->name), std::string(command->summary)});
  }
  return candidates;
}

std::vector<Candidate> option_candidates(const std::vector<OptionSpec>& options) {
  std::vector<Candidate> candidates;
  for (const OptionSpec& option : options)
    candidates.push_back({fmt::format("--{}", option.name), std::string(option.help)});
  return candidates;
}

std::vector<Candidate> job_candidates(const Context& context) {
  std::vector<Candidate> candidates;
  const Outcome<Paths> paths = resolve_paths(context);
  if (!paths) return candidates;
  const Configuration configuration = load_configuration(
      config_sources(*paths, context), context.platform.files, context.platform.zones);
  for (const Job& job : configuration.jobs)
    candidates.push_back(
        {job.name, job.description.empty() ? schedule_text(job) : job.description});
  return candidates;
}

std::vector<Candidate> value_candidates(const Context& context, const OptionSpec& option) {
  std::vector<Candidate> candidates;
  for (const std::string& choice : choices_of(option)) candidates.push_back({choice, ""});
  if (option.value == "JOB") return job_candidates(context);
  if (option.value == "ZONE") {
    for (const std::string& zone : context.platform.zones.names()) candidates.push_back({zone, ""});
  }
  return candidates;
}

bool takes_files(const OptionSpec& option) {
  return option.value == "FILE" || option.value == "DIR";
}

void print(const Context& context, const std::vector<Candidate>& candidates, std::string_view word,
           std::string_view directive) {
  for (const Candidate& candidate : candidates) {
    if (!starts_with(candidate.value, word)) continue;
    context.out().write(fmt::format("{}\t{}\n", candidate.value, visible(candidate.description)));
  }
  context.out().write(fmt::format(":{}\n", directive));
}

Outcome<int> run(Context& context) {
  const std::optional<std::vector<std::string>>& words = context.arguments.job_words();
  if (!words || words->empty()) return usage_failure("words are missing after --");
  const std::string& word = words->back();
  const Typed typed = read_typed(*words);
  if (typed.in_job_words) {
    print(context, {}, word, "files");
  } else if (typed.open_option != nullptr) {
    print(context, value_candidates(context, *typed.open_option), word,
          takes_files(*typed.open_option) ? "files" : "nofiles");
  } else if (starts_with(word, "-")) {
    print(context, option_candidates(typed.options), word, "nofiles");
  } else if (typed.command == nullptr || typed.command->word_kind == "command") {
    print(context, command_candidates(), word, "nofiles");
  } else if (typed.command->word_kind == "job") {
    print(context, job_candidates(context), word, "nofiles");
  } else {
    print(context, {}, word, typed.command->word_kind == "file" ? "files" : "nofiles");
  }
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "__complete",
    .summary = "what may follow on a command line",
    .usage = "-- WORD...",
    .takes_command = true,
    .groups = kReadsJobs,
    .run = run,
};

}  // namespace

const CommandSpec& complete_command() {
  return kCommand;
}

}  // namespace dsched
