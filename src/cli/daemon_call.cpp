#include "cli/daemon_call.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/suggest.h"
#include "base/text.h"

namespace dsched {
namespace {

constexpr std::size_t kMostNamesInWords = 3;

}  // namespace

Outcome<Workspace> open_for_daemon(const Context& context) {
  DSCHED_TRY_ASSIGN(Workspace workspace, open_workspace(context));
  if (!workspace.paths.files_only) return workspace;
  Failure failure = usage_failure("with --file there is no daemon");
  failure.hint = "dsched run -f FILE runs jobs here and now";
  return failure;
}

Outcome<std::vector<std::string>> jobs_to_ask_for(const std::vector<Job>& jobs,
                                                  const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const std::string& word : words) {
    if (!has_glob_characters(word)) {
      names.push_back(word);
      continue;
    }
    DSCHED_TRY_ASSIGN(const std::vector<const Job*> selected, select_jobs(jobs, {word}, {}));
    for (const Job* job : selected) names.push_back(job->name);
  }
  std::vector<std::string> once;
  for (std::string& name : names) {
    if (std::find(once.begin(), once.end(), name) == once.end()) once.push_back(std::move(name));
  }
  return once;
}

Failure daemon_failure(Error error, const std::vector<Job>& jobs,
                       const std::vector<std::string>& names) {
  Failure failure(std::move(error));
  if (failure.kind == "unavailable") failure.exit_code = kExitNoDaemon;
  if (failure.kind != "not_found") return failure;
  const std::vector<std::string> known = names_of(jobs);
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    for (std::string& near : suggestions(name, known))
      failure.suggestions.push_back(std::move(near));
  }
  return failure;
}

std::string names_in_words(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  if (names.size() == 1) return names.front();
  const std::size_t shown =
      names.size() > kMostNamesInWords ? kMostNamesInWords - 1 : names.size() - 1;
  const std::vector<std::string> first(names.begin(),
                                       names.begin() + static_cast<std::ptrdiff_t>(shown));
  const std::string last = names.size() > kMostNamesInWords
                               ? fmt::format("{} more", names.size() - shown)
                               : names.back();
  return fmt::format("{} and {}", join(first, ", "), last);
}

Json texts_json(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push(text);
  return list;
}

}  // namespace dsched
