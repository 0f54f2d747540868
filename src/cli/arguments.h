#pragma once
// What stands on the command line of one command, after parsing. Asking for an option that the
// command does not have is a defect.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "cli/failure.h"

namespace dsched {

class Arguments {
 public:
  // Every option that may be asked for has an entry; given ones have one value per use ("" for
  // flags).
  using Options = std::map<std::string, std::vector<std::string>, std::less<>>;
  Arguments(Options options, std::vector<std::string> words,
            std::optional<std::vector<std::string>> job_words);

  bool has(std::string_view option) const { return !values(option).empty(); }
  std::size_t times(std::string_view option) const { return values(option).size(); }
  // The value given last.
  std::optional<std::string> value(std::string_view option) const;
  const std::vector<std::string>& values(std::string_view option) const;
  // False also for options the command does not have.
  bool has_if_known(std::string_view option) const;
  bool knows(std::string_view option) const { return options_.find(option) != options_.end(); }

  // A whole number of at least `least`, or `otherwise` when the option is not given.
  Outcome<int> number(std::string_view option, int otherwise, int least) const;
  Outcome<std::optional<Duration>> duration(std::string_view option) const;

  const std::vector<std::string>& words() const { return words_; }
  // The words after "--"; nullopt when there is no "--".
  const std::optional<std::vector<std::string>>& job_words() const { return job_words_; }

 private:
  Options options_;
  std::vector<std::string> words_;
  std::optional<std::vector<std::string>> job_words_;
};

// "K=V" texts as pairs; anything else is a usage failure that names --option.
Outcome<std::vector<std::pair<std::string, std::string>>> assignments(const Arguments& arguments,
                                                                      std::string_view option);

}  // namespace dsched
