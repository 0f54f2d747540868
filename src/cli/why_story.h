#pragma once
// `dsched why`: from what is known about one firing of a job to what a person wants to hear. Pure.

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "cli/time_text.h"
#include "model/job.h"
#include "model/record.h"

namespace dsched {

// A key of the job's file, where and how it stands there.
struct KeyLine {
  std::string key;
  SourcePlace place;
  std::string text;  // the line
};

struct WhyFacts {
  std::string name;
  const Job* job = nullptr;             // null: no file that could be read defines it
  std::vector<KeyLine> keys;            // that were written
  std::vector<Diagnostic> diagnostics;  // of its file; errors when it was refused
  std::string ignored_file;             // looks like its file, but is not read
  bool daemon_runs = false;
  std::optional<JobCursor> cursor;  // none: no daemon has seen the job
  std::optional<Pause> pause;       // of the job, or of all
  // The firing that is asked about. None: the job was never due.
  std::optional<Instant> at;
  bool is_due = false;  // the schedule fires then
  std::optional<Decision> decision;
  std::optional<RunRecord> run;
  std::optional<WaitingRecord> waiting;
  std::vector<RunRecord> others;  // runs that went on then, and that it may have had to wait for
};

struct Evidence {
  std::string text;
  SourcePlace place;  // file may be empty
};
struct Fix {
  std::string text;     // "or run it now"
  std::string command;  // "dsched run certs"; may be empty
};

struct Story {
  std::string headline;  // one sentence
  // started running waiting skipped missed not_started undecided due not_due not_known
  std::string state;
  std::optional<Reason> reason;
  std::optional<Instant> firing_at, since;
  std::string because;
  std::vector<Evidence> evidence;
  std::string effect;  // may be empty
  std::optional<Instant> next;
  std::string next_note;  // behind the next time, or instead of one
  std::vector<Fix> fixes;
};

Story tell(const WhyFacts& facts, const TimeView& view);

// "today at 12:30", "yesterday at 02:15", "on Mon 2026-11-16 at 02:15"
std::string day_and_time(Instant at, const TimeView& view);

}  // namespace dsched
