#pragma once
// The supervisor of a virtual host and its journal: starts each attempt at most once, ends it when
// its plan says so, and tells outcomes until they are acknowledged (supervise/protocol.md).

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "simulate/child_model.h"

namespace dsched {

class SimSupervisor {
 public:
  // remembered: so many acknowledged attempts.
  explicit SimSupervisor(std::size_t remembered) : most_remembered_(remembered) {}

  // What a request to start led to: it was started now, or what is known of it already.
  struct Started {
    bool now = false;
    std::optional<AttemptBegan> began;
    std::optional<AttemptOver> over;
  };
  Started start(const StartAttempt& request, const AttemptPlan& plan, Moment now);
  bool knows(const AttemptKey& key) const;
  void stop(const AttemptKey& key, bool kill, Moment now);
  void acknowledge(const AttemptKey& key);

  // When the next child ends.
  std::optional<BootInstant> next_end() const;
  // Ends that child.
  AttemptOver end_next(Moment now);

  // What it says to a daemon that connects.
  HandsReady hello();

  // It dies, and its children with it; the next one knows what the journal says. `visit` sees each
  // attempt that is lost.
  using Visit = std::function<void(const AttemptKey&, const AttemptOutcome&)>;
  void die(Moment now, const Visit& visit);
  // The host goes down: as before, and what is not in the journal may have been started.
  void reboot(Moment now, const Visit& visit);
  // Its journal is gone, with all it knew; children go on unseen.
  void forget();
  // The host slept that long: children go on where they were.
  void slept(Duration span);

  std::size_t running() const { return alive_.size(); }

 private:
  struct Entry {
    AttemptKey key;
    std::uint64_t order = 0;  // of the start
    std::optional<Instant> started_at;
    BootInstant began{};
    BootInstant ends{};
    std::optional<AttemptOutcome> outcome;
    AttemptOutcome planned;
    Duration stops_in{0};
    Duration kill_after{0};
    Values outputs;
  };
  struct End {
    BootInstant at;
    std::uint64_t order;
    bool operator<(const End& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  using Entries = std::unordered_map<std::string, Entry>;

  static std::string text_of(const AttemptKey& key);
  void end_at(Entry& entry, BootInstant when);
  void drop_stale_ends() const;
  void lose_all(Moment now, const Visit& visit);
  void remember(std::string key, AttemptOver over);

  std::size_t most_remembered_;
  Entries journal_;                                          // what is not acknowledged
  std::unordered_map<std::string, AttemptOver> remembered_;  // the last acknowledged ones
  std::deque<std::string> remembered_order_;
  std::unordered_map<std::uint64_t, Entry*> alive_;  // by order
  mutable std::priority_queue<End> ends_;            // of alive ones, and stale ones
  std::uint64_t starts_ = 0;
  bool same_boot_ = true;
};

}  // namespace dsched
