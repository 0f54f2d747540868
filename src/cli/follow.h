#pragma once
// Output of a job, shown while it grows.

#include <string>
#include <string_view>

#include "cli/context.h"
#include "history/history.h"

namespace dsched {

// Passes text on; with `safe`, control and escape sequences of each line are made visible.
class LogPrinter {
 public:
  LogPrinter(Output& out, bool safe) : out_(out), safe_(safe) {}
  void write(std::string_view text);
  void finish();  // what came without a line end

 private:
  Output& out_;
  bool safe_;
  std::string line_;  // begun and not ended
};

// Prints the file from its start and what is added to it until the run has ended. Answers the code
// of the run.
Outcome<int> follow_run(Context& context, HistoryReader& history, const RunRecord& run,
                        const std::string& path);

}  // namespace dsched
