#pragma once
// What a person or a log sees of `dsched run` while it goes on.

#include <deque>
#include <map>
#include <string>

#include "cli/context.h"
#include "daemon/foreground.h"

namespace dsched {

// Elsewhere than on a terminal, and for one job, output passes through unchanged, with a line on
// stderr at the start and the end of each job. On a terminal several jobs share one live line; what
// they print is kept back, and its end is shown when they fail.
class RunProgress {
 public:
  RunProgress(const Context& context, std::size_t jobs);

  // Calls this object, which has to outlive the run.
  ForegroundListener listener();
  // Says how it ended.
  void finish(const ForegroundReport& report);

 private:
  struct Running {
    BootInstant since{};
    int attempt = 1;
    std::string last_line;  // of its output, also when not ended yet
    std::deque<std::string> tail;
  };

  void started(const Job& job, int attempt);
  void output(const Job& job, OutputStream stream, std::string_view bytes);
  void retried(const Job& job, int attempt, const AttemptOutcome& outcome, Duration pause);
  void ended(const Job& job, const RunRecord& run);
  void decided(const Decision& decision);
  void interrupted(int count);

  void scroll_up(const Job& job, const RunRecord& run);
  void say(const std::string& line);  // above the live line
  void keep_output(Running& running, std::string_view bytes);
  void paint_live_line();
  void erase_live_line();
  void tick();

  const Context& context_;
  bool live_;      // on a terminal, several jobs
  bool announce_;  // lines at start and end
  bool line_shown_ = false;
  std::map<std::string, Running> running_;
  Loop::Handle timer_;
};

}  // namespace dsched
