#pragma once
// What will happen: jobs played on a virtual host over a span of time.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "simulate/child_model.h"

namespace dsched {

// The host is off, by true time.
struct Outage {
  Instant from{};
  Instant until{};
};
// The wall clock is set by so much, at a true time.
struct ClockSet {
  Instant at{};
  Duration by{0};
};

struct ForecastPlan {
  std::vector<JobPtr> jobs;
  Limits limits;
  std::vector<Pause> pauses;
  std::string host;
  Instant from{};
  Instant until{};  // nothing new is due after it; what runs then is not waited for
  std::vector<Outage> outages;
  std::vector<ClockSet> clock_sets;
  bool keep_firings = true;  // false: only the sums
};

// A firing, or a range of them that was decided at once.
struct ForecastFiring {
  const Job* job = nullptr;  // owned by the plan
  Instant at{};
  Instant last_at{};
  std::uint64_t count = 1;
  Trigger trigger = Trigger::schedule;
  DecisionKind kind = DecisionKind::started;
  Reason reason = Reason::started;
  std::string detail;
  std::optional<Instant> started_at;
  std::optional<Instant> ended_at;
  std::optional<RunResult> result;  // none: it still runs in the end
  int attempts = 0;
};

struct ForecastJob {
  std::uint64_t started = 0, skipped = 0, missed = 0;
  Duration busy{0};  // of all attempts
};

// How a pool, or max_running, is used.
struct ForecastPool {
  int size = 0;  // 0: without limit
  int peak = 0;  // attempts at a time
  std::uint64_t waits = 0;
  Duration longest_wait{0};
  Duration waited{0};  // by all together
};

struct Forecast {
  std::vector<ForecastFiring> firings;  // in the order in which they were decided
  std::map<std::string, ForecastJob> jobs;
  std::map<std::string, ForecastPool> pools;  // "": all that run
  std::map<Reason, std::uint64_t> reasons;    // of skips and misses
  std::vector<WaitingRecord> still_waiting;
  std::uint64_t started = 0, skipped = 0, missed = 0;
  std::uint64_t rebases = 0;  // times that the clock went back so far that schedules began anew
};

// Requires: from <= until; outages and clock sets lie between them and do not overlap.
Forecast forecast(const ForecastPlan& plan, ChildModel& children);

}  // namespace dsched
