#pragma once
// The runs that have not ended, what each is doing, and whose turn is next.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "engine/capacity.h"
#include "engine/event.h"
#include "model/job.h"
#include "model/run.h"

namespace dsched {

enum class Phase {
  claiming,  // being written to the history; holds what it needs
  queued,    // the next attempt waits for its turn
  running,   // an attempt has been asked for, or runs
  pausing,   // between two attempts
};

struct Run {
  std::string id;
  std::shared_ptr<const Job> job;
  Instant firing_at{};
  Trigger trigger = Trigger::schedule;
  Values params;
  std::uint64_t fence = 0;
  Phase phase = Phase::claiming;
  bool late = false;       // its firing was late, so later ones wait for it instead of overlapping
  bool confirmed = false;  // while running: the supervisor has been heard to know the attempt
  bool stopping = false;
  BootInstant asked_at{};             // when the claim went out
  std::optional<Instant> started_at;  // of the attempt
  int attempt = 1;                    // the running one, or the next
  int lost_attempts = 0;              // of those before it
  BootInstant resume_at{};            // when pausing
  std::optional<AttemptOutcome> last_outcome;
  Demand held;   // what it has taken for the attempt ...
  Demand locks;  // ... and until its end

  AttemptKey key() const { return {id, attempt}; }
  FiringKey firing() const { return {job->name, firing_at}; }
};

class RunTable {
 public:
  Run& add(Run run);  // Requires: a new id
  Run* find(const std::string& id);
  void set_phase(Run& run, Phase phase);
  void remove(const std::string& id);

  std::vector<Run*> runs_of(const std::string& job);  // valid until a run is removed
  // Ids, for loops in which runs may end: find() each.
  std::vector<std::string> ids() const;
  std::vector<std::string> ids_of(const std::string& job) const;
  // The latest firing at or before the instant that a run of the job belongs to.
  std::optional<Instant> latest_firing(const std::string& job, Instant not_after) const;

  // A pausing run that is to go on; null when there is none.
  Run* next_resumable(BootInstant now);
  std::optional<BootInstant> next_resume() const;

  bool empty() const { return runs_.empty(); }
  std::size_t running() const { return running_; }

 private:
  void leave_phase(const Run& run);

  std::size_t running_ = 0;
  std::map<std::string, Run, std::less<>> runs_;  // ids sort by age
  std::map<std::string, std::set<std::string>, std::less<>> by_job_;
  std::set<std::pair<BootInstant, std::string>> pausing_;
};

}  // namespace dsched
