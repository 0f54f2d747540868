#pragma once
// What is due and waits for its turn: firings that nobody has claimed yet, and the next attempts of
// claimed runs.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "engine/capacity.h"
#include "engine/event.h"
#include "model/run.h"

namespace dsched {

struct Ticket {
  FiringKey firing;
  std::string run_id;  // when it is for the next attempt of this run
  Trigger trigger = Trigger::schedule;
  bool late = false;     // later firings of the job wait for it instead of overlapping
  bool force = false;    // asks for nothing but places
  bool make_up = false;  // takes the place of a skip or a miss
  Values params;
  Instant since{};
  std::string pool;
  Demand demand;        // taken when it starts
  BootInstant place{};  // in the order of this; see engine.md
  BootInstant waiting_since{};
  Reason reason = Reason::pool_full;  // what it waits for
  std::string what;                   // the name of what there is too little of
  std::string detail;
  bool recorded = false;      // its wait is in the history ...
  BootInstant recorded_at{};  // ... as it was then
  bool checking = false;      // its only_if runs, and the demand is taken
  bool checked = false;
};

class TurnQueue {
 public:
  enum class Answer {
    taken,         // and removed
    not_now,       // the next one may try
    none_like_it,  // nobody with the same demand needs to try
  };
  using Try = std::function<Answer(Ticket&)>;

  // Requires: no other one of the same firing.
  void add(Ticket ticket);
  Ticket* find(const FiringKey& firing);
  bool contains(const FiringKey& firing) const { return tickets_.count(firing) != 0; }
  Ticket take(const FiringKey& firing);  // Requires: it is there

  // Asks all in the order of their places. `attempt` may remove the one it is asked about, no
  // other.
  void offer(const Try& attempt);

  std::vector<FiringKey> firings_of(std::string_view job) const;  // oldest first
  std::vector<FiringKey> firings() const;
  // The latest firing of the job at or before the instant.
  std::optional<Instant> latest(const std::string& job, Instant not_after) const;

  void mark_recorded(Ticket& ticket);
  // Recorded ones of a pool; of all with an empty name.
  std::size_t recorded_in(const std::string& pool) const;
  // Those that were added and are not recorded, in the order of their coming.
  std::vector<FiringKey> take_unrecorded();

  bool empty() const { return tickets_.empty(); }
  std::size_t size() const { return tickets_.size(); }

 private:
  using Line = std::set<std::pair<BootInstant, FiringKey>>;

  void forget(const Ticket& ticket);

  std::map<FiringKey, Ticket> tickets_;
  std::map<Demand, Line> lines_;
  std::map<std::string, std::size_t> recorded_;  // by pool
  std::size_t recorded_in_all_ = 0;
  std::vector<FiringKey> unrecorded_;
};

}  // namespace dsched
