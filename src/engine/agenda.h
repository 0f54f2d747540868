#pragma once
// What is to be looked at when, by the wall clock. Entries are hints: whoever takes one out checks
// whether it still means something.

#include <optional>
#include <set>
#include <utility>

#include "base/instant.h"
#include "engine/event.h"

namespace dsched {

enum class Matter {
  start_deadline,    // of a firing that waits for its turn
  upstream_timeout,  // of a firing that waits for its upstreams
  finish_by,         // of a firing that has not succeeded yet
  slow_run,          // of a run
  overdue,           // no success of a job for long
  pause_end,
};

class Agenda {
 public:
  void add(Instant when, Matter matter, FiringKey about) {
    entries_.insert({when, matter, std::move(about)});
  }
  // The next one that is due, or none.
  std::optional<std::pair<Matter, FiringKey>> take(Instant now) {
    if (entries_.empty() || entries_.begin()->when > now) return std::nullopt;
    Entry entry = std::move(entries_.extract(entries_.begin()).value());
    return std::pair(entry.matter, std::move(entry.about));
  }
  Instant next() const { return entries_.empty() ? Instant::max() : entries_.begin()->when; }

 private:
  struct Entry {
    Instant when;
    Matter matter;
    FiringKey about;
    auto operator<=>(const Entry&) const = default;
  };
  std::set<Entry> entries_;
};

}  // namespace dsched
