#pragma once
// Firings that wait for other firings to settle.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "engine/event.h"
#include "model/job.h"
#include "model/run.h"

namespace dsched {

// How a firing settled: the result of its run, or nothing when it was skipped or missed.
using Settlement = std::optional<RunResult>;

struct Upstream {
  FiringKey firing;
  bool settled = false;
  Settlement settlement;
};

struct WaitingFiring {
  FiringKey firing;
  Trigger trigger = Trigger::after;
  std::vector<Upstream> upstreams;
  bool force = false;
  Values params = {};

  bool complete() const;
};

// What after_on makes of a complete one: nothing to object, or why it is skipped.
struct Objection {
  Reason reason = Reason::upstream_failed;
  std::string detail;
};
std::optional<Objection> objection(const WaitingFiring& waiting, AfterOn after_on);

class Joins {
 public:
  // Requires: not complete, and no other one of the same firing.
  void add(WaitingFiring waiting);
  bool contains(const FiringKey& firing) const { return waiting_.count(firing) != 0; }

  // Notes that the firing has settled; takes out and answers what has become complete by it.
  std::vector<WaitingFiring> settle(const FiringKey& firing, Settlement settlement);

  // The firings of a job in [first, last] that somebody waits for.
  std::vector<FiringKey> awaited(const std::string& job, Instant first, Instant last) const;

  // Takes out a waiting firing; none when it does not wait.
  std::optional<WaitingFiring> remove(const FiringKey& firing);
  // Takes out the waiting firings of a job, or all.
  std::vector<WaitingFiring> remove_job(const std::string& job);
  std::vector<WaitingFiring> remove_all();

  // Forgets those of firings after the instant, but for those that somebody asked for.
  void remove_after(Instant instant);

  // The earliest waiting firing of a job.
  std::optional<Instant> earliest(const std::string& job) const;
  // The latest waiting firing of a job at or before the instant.
  std::optional<Instant> latest(const std::string& job, Instant not_after) const;
  bool empty() const { return waiting_.empty(); }

 private:
  WaitingFiring take(std::map<FiringKey, WaitingFiring>::iterator where);

  std::map<FiringKey, WaitingFiring> waiting_;
  std::multimap<FiringKey, FiringKey> waits_for_;  // upstream firing -> waiting firing
};

}  // namespace dsched
