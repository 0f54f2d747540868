#pragma once
// The runs that have not ended, what each is doing, and whose turn is next.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "model/job.h"
#include "model/run.h"

namespace dsched {

enum class Phase {
  claiming,  // being written to the history
  held,      // waits for older runs of the same job
  waiting,   // waits for a slot
  running,   // an attempt has been asked for, or runs
  pausing,   // between two attempts
};

struct Run {
  std::string id;
  std::shared_ptr<const Job> job;
  Instant firing_at{};
  Trigger trigger = Trigger::schedule;
  std::uint64_t fence = 0;
  Phase phase = Phase::claiming;
  bool hold = false;       // after the claim it waits for the older runs of its job
  bool late = false;       // its firing was late, so later ones wait for it instead of overlapping
  bool confirmed = false;  // while running: the supervisor has been heard to know the attempt
  bool stopping = false;
  BootInstant asked_at{};  // when the claim went out
  bool may_have_waited =
      false;  // restored, behind another one that had begun: for its turn or a slot
  std::optional<Instant> started_at;  // of the attempt
  int attempt = 1;                    // the running one, or the next
  BootInstant resume_at{};            // when pausing
  std::optional<AttemptOutcome> last_outcome;

  AttemptKey key() const { return {id, attempt}; }
  std::pair<std::string, Instant> firing() const { return {job->name, firing_at}; }
};

class RunTable {
 public:
  explicit RunTable(int max_running) : max_running_(max_running) {}

  Run& add(Run run);  // Requires: a new id
  Run* find(const std::string& id);
  void set_phase(Run& run, Phase phase);
  void remove(const std::string& id);
  void set_max_running(int max_running) { max_running_ = max_running; }

  std::vector<Run*> runs_of(const std::string& job);  // valid until a run is removed
  // Ids, for loops in which runs may end: find() each.
  std::vector<std::string> ids() const;
  std::vector<std::string> ids_of(const std::string& job) const;
  std::size_t held_of(const std::string& job) const;
  // The latest firing at or before the instant that a run of the job belongs to.
  std::optional<Instant> latest_firing(const std::string& job, Instant not_after) const;

  // The held run whose turn it is now that nothing else of its job goes on; null when there is
  // none.
  Run* next_held(const std::string& job);
  // The run that may take a free slot; null when there is none.
  Run* next_for_slot();
  // A pausing run that is to go on; null when there is none.
  Run* next_resumable(BootInstant now);
  std::optional<BootInstant> next_resume() const;

  bool empty() const { return runs_.empty(); }
  std::size_t running() const { return running_; }

 private:
  void leave_phase(const Run& run);

  int max_running_;  // 0 = without limit
  std::size_t running_ = 0;
  std::map<std::string, Run, std::less<>> runs_;  // ids sort by age
  std::map<std::string, std::set<std::string>, std::less<>> by_job_;
  std::deque<std::string> waiting_;  // first come, first served
  std::set<std::pair<BootInstant, std::string>> pausing_;
};

}  // namespace dsched
