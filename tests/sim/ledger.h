#pragma once
// The evidence in order: what became of firings and runs, who waited when, and what the files said.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/evidence.h"

namespace sim {

// A decision on disk.
struct Fate {
  dsched::Decision decision;
  Moment at;                               // on disk since
  std::optional<dsched::Trigger> trigger;  // when it started a run
  bool make_up = false;
  std::optional<BootInstant> taken_back;  // by a clock set right, or made up for
  bool stands() const { return !taken_back; }
};

struct RunFacts {
  dsched::RunRecord claim;
  Moment claimed;  // on disk since
  bool make_up = false;
  std::vector<dsched::AttemptEnded> attempts;
  std::optional<dsched::RunEnded> over;
  std::optional<Moment> ended;  // on disk since
  std::vector<const Child*> children;
};

struct Wait {
  dsched::WaitingRecord first;  // as it was written first
  dsched::WaitingRecord last;
  BootInstant from{};
  BootInstant until = BootInstant::max();
  bool forgotten = false;  // its job went, or a clock was set right
};

struct CursorRow {
  Moment at;
  dsched::JobCursor cursor;
  bool rebase = false;
};

struct JobLedger {
  std::vector<Fate> fates;
  std::vector<Wait> waits;
  std::vector<CursorRow> cursors;
};

// While the files said the same of when a job is due.
struct Span {
  const JobSpec* spec = nullptr;
  Moment from;
  Moment until;
};

struct PauseSpan {
  dsched::Pause pause;
  BootInstant from{};
  BootInstant until = BootInstant::max();
};

class Ledger {
 public:
  explicit Ledger(const Evidence& evidence);  // which must outlive it

  const Evidence& evidence;
  std::map<std::string, JobLedger> jobs;
  std::map<std::string, RunFacts> runs;
  std::vector<PauseSpan> pauses;
  std::map<std::string, std::vector<Span>> spans;  // of enabled jobs with a schedule

  // What a daemon had heard by then; null: nothing of that job.
  const JobSpec* spec_at(const std::string& job, BootInstant at) const;
  const Setup* setup_at(BootInstant at) const;
  const JobSpec* any_spec(const std::string& job) const;  // the first one
  Instant wall_at(BootInstant at) const;

  bool trouble_in(BootInstant from, BootInstant until) const;
  bool trouble_in(BootInstant from, BootInstant until, TroubleKind kind) const;

  // The decision that stands for the firing in the end; null: none.
  const Fate* fate_of(const std::string& job, Instant firing) const;
  bool waits_in_the_end(const std::string& job, Instant firing) const;
  BootInstant said_at(const Fate& fate) const;

 private:
  void read(const Row& row);
  void read(const Row& row, const dsched::ClaimRun& change);
  void read(const Row& row, const dsched::AddDecision& change);
  void read(const Row& row, const dsched::AttemptEnded& change);
  void read(const Row& row, const dsched::RunEnded& change);
  void read(const Row& row, const dsched::MoveCursor& change);
  void read(const Row& row, const dsched::ForgetJob& change);
  void read(const Row& row, const dsched::RebaseJob& change);
  void read(const Row& row, const dsched::BeginWaiting& change);
  void read(const Row& row, const dsched::SetPause& change);
  void read(const Row& row, const dsched::EndPause& change);
  void end_wait(const Row& row, const std::string& job, Instant first, Instant last);
  void find_spans();
};

}  // namespace sim
