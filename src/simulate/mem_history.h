#pragma once
// The history of a virtual host: the rules of history/schema.md in memory. Alerts are not kept.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/engine.h"
#include "model/record.h"

namespace dsched {

class MemHistory {
 public:
  struct Answer {
    bool accepted = true;     // false: nothing changed
    std::uint64_t fence = 0;  // of an accepted ClaimRun
  };

  // kept_decisions: of each job, the newest; 0: all. What is dropped stays decided as long as the
  // cursor is behind it.
  explicit MemHistory(std::size_t kept_decisions) : kept_decisions_(kept_decisions) {}

  Answer apply(const HistoryChange& change);

  // What a daemon that starts is told; jobs and limits are left empty.
  Begin begin() const;
  const RunRecord* open_run(const std::string& run_id) const;

 private:
  struct Row {
    Instant first{};
    Instant last{};
    std::uint64_t firings = 1;
    DecisionKind kind = DecisionKind::started;
    std::optional<RunResult> result;
    Values outputs;
    bool settled() const { return kind != DecisionKind::started || result; }
  };
  struct JobRows {
    std::uint64_t fence = 0;
    std::optional<JobCursor> cursor;
    std::vector<Row> decisions;  // by `first`, which is unique
    std::size_t ranges = 0;      // of them stand for several firings
    std::map<Instant, WaitingRecord> waiting;
    JobPast past;
  };
  // Which decisions stand in the way of a firing.
  enum class Guard {
    any,   // also those for a range
    own,   // those of the very same instant
    runs,  // started ones of the very same instant
  };

  Answer write(const ClaimRun& change);
  Answer write(const AddDecision& change);
  Answer write(const AttemptStarted& change);
  Answer write(const AttemptEnded& change);
  Answer write(const RunEnded& change);
  Answer write(const MoveCursor& change);
  Answer write(const ForgetJob& change);
  Answer write(const RebaseJob& change);
  Answer write(const BeginWaiting& change);
  Answer write(const SetPause& change);
  Answer write(const EndPause& change);
  Answer write(const RaiseAlert& change);
  Answer write(const DeliveryTried& change);

  static Guard guard_of(Trigger trigger, bool make_up);
  static std::vector<Row>::iterator row_at(JobRows& job, Instant firing);
  static bool is_decided(JobRows& job, Instant firing, Guard guard);
  static void make_way(JobRows& job, Instant firing);
  static std::optional<Instant> begin_of_range(JobRows& job, Instant first, Instant last);
  void add_row(JobRows& job, const Decision& decision);
  void add_settled(const std::string& name, const JobRows& job,
                   const std::vector<Instant>& instants, Begin& begin) const;

  std::size_t kept_decisions_;
  std::unordered_map<std::string, JobRows> jobs_;
  std::unordered_map<std::string, RunRecord> open_runs_;
  std::map<std::string, Pause> pauses_;
};

}  // namespace dsched
