#pragma once
// Waiting for firings and runs to settle, by looking into the history: it works whoever runs them.

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/json.h"
#include "cli/time_text.h"
#include "history/history.h"

namespace dsched {

struct Awaited {
  std::string job;
  Instant firing_at{};
  std::string run_id;  // empty: whichever the firing gets
  // A decision that is older is not the answer: the firing is being made up for.
  Instant asked_at{};
};

// How it settled: a run that has ended, or a decision against one.
struct Ending {
  std::string job;
  std::optional<RunRecord> run;
  std::optional<Decision> decision;
};

// One ending for each, in their order. After `patience` a Failure with exit code 124.
Outcome<std::vector<Ending>> await_endings(Context& context, HistoryReader& history,
                                           const std::vector<Awaited>& awaited,
                                           std::optional<Duration> patience);

// Of the first that failed; 75 for what was not started.
int exit_code_of(const std::vector<Ending>& endings);

// "nightly ended ok after 2.1s, run 3kq2m9tx"
std::string ending_in_words(const Ending& ending);

// {"runs": [...], "decisions": [...], "exit_code": N}
Json endings_json(const std::vector<Ending>& endings, const TimeView& view,
                  const std::string& host);

}  // namespace dsched
