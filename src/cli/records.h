#pragma once
// Jobs and runs as commands show them: states, words for results, JSON.

#include <optional>
#include <string>
#include <vector>

#include "cli/json.h"
#include "cli/output.h"
#include "cli/time_text.h"
#include "history/history.h"
#include "model/job.h"

namespace dsched {

// A word for what a job is like now.
struct JobState {
  std::string word;  // of JSON: "new" "ok" "failed" "running" "waiting" "paused" "disabled" ...
  Ink ink = Ink::plain;
};
// pause and waiting: of the job, now; nullptr when there is none.
JobState state_of(const Job& job, const JobSummary* summary, const Pause* pause,
                  const WaitingRecord* waiting);
std::string shown(const JobState& state);  // failures in capitals

// "ok", "exit 28", "timeout", "signal 9", "lost", "running"
std::string result_words(const RunRecord& run);
Ink ink_of(const RunRecord& run);

// What a command that stands for the run exits with: 0 for every success, never 0 otherwise.
int exit_code_of(const RunRecord& run);

// The time a run took: of its attempts while it runs, from start to end afterwards.
std::optional<Duration> duration_of(const RunRecord& run);

// What a waiting firing waits for: "pool heavy is full", else the name of the reason.
std::string wait_words(const WaitingRecord& waiting);

// JobSummary::recent as signs for people.
std::string recent_signs(std::string_view recent, bool utf8);

// All schedules of a job in words, "after a, b" for jobs that wait, "by hand" without either.
std::string schedule_text(const Job& job);

Json seconds_json(const std::optional<Duration>& duration);
Json time_json(const TimeView& view, const std::optional<Instant>& instant);
Json unix_json(const std::optional<Instant>& instant);
Json run_json(const RunRecord& run, const TimeView& view);  // the fields of dsched.run/1
Json waiting_json(const WaitingRecord& waiting, const TimeView& view);
Json pause_json(const Pause& pause, const TimeView& view);
Json decision_json(const Decision& decision, const TimeView& view, const std::string& host);

}  // namespace dsched
