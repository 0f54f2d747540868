#pragma once
// What the tests of the history share: a directory that goes away, and changes in short words.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "history/history.h"

namespace dsched::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "dsched-history-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Seconds after an arbitrary round moment.
inline Instant at(double seconds) {
  return from_unix_us(1'700'000'000'000'000 + static_cast<std::int64_t>(seconds * 1e6));
}

inline ClaimRun claim(const std::string& job, double second, const std::string& run_id) {
  ClaimRun change;
  change.run.run_id = run_id;
  change.run.job = job;
  change.run.firing_at = at(second);
  change.run.claimed_at = at(second);
  change.run.log_path = "/log/" + job + "/" + run_id + ".log";
  change.decision.job = job;
  change.decision.firing_at = at(second);
  change.decision.decided_at = at(second);
  change.decision.run_id = run_id;
  return change;
}

inline AddDecision skip(const std::string& job, double second,
                        DecisionKind kind = DecisionKind::skipped) {
  AddDecision change;
  change.decision.job = job;
  change.decision.firing_at = at(second);
  change.decision.decided_at = at(second);
  change.decision.kind = kind;
  change.decision.reason = kind == DecisionKind::skipped ? Reason::overlap : Reason::daemon_down;
  return change;
}

inline AddDecision miss_range(const std::string& job, double first, double last,
                              std::uint64_t firings) {
  AddDecision change = skip(job, first, DecisionKind::missed);
  change.decision.last_firing_at = at(last);
  change.decision.firings = firings;
  return change;
}

inline RunEnded run_ended(const std::string& run_id, double second,
                          RunResult result = RunResult::ok) {
  return {.run_id = run_id,
          .result = result,
          .exit_status = result == RunResult::ok ? 0 : 1,
          .ended_at = at(second)};
}

inline AttemptEnded attempt_ended(const std::string& run_id, int attempt, double second,
                                  Duration duration) {
  AttemptEnded change{.key = {run_id, attempt}, .outcome = {}};
  change.outcome.started_at = at(second) - duration;
  change.outcome.ended_at = at(second);
  change.outcome.duration = duration;
  return change;
}

inline std::vector<AppliedChange> apply(History& history, std::vector<HistoryChange> changes) {
  return must(history.apply(changes));
}

inline bool accepted(History& history, HistoryChange change) {
  return apply(history, {std::move(change)}).at(0).accepted;
}

// Claims a run and ends it with one attempt of a second.
inline void add_run(History& history, const std::string& job, double second,
                    const std::string& run_id, RunResult result = RunResult::ok) {
  apply(history,
        {claim(job, second, run_id), attempt_ended(run_id, 1, second + 1, std::chrono::seconds(1)),
         run_ended(run_id, second + 1, result)});
}

inline std::vector<std::string> ids_of(const std::vector<RunRecord>& runs) {
  std::vector<std::string> ids;
  for (const RunRecord& run : runs) ids.push_back(run.run_id);
  return ids;
}

// Runs the steps in a child process and answers its exit code, 255 when it threw.
template <class Steps>
int in_child(Steps steps) {
  const pid_t child = ::fork();
  if (child == 0) {
    int code = 255;
    try {
      code = steps();
    } catch (const std::exception&) {
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace dsched::test
