#pragma once
// What can be seen of a host from outside: its children, the rows of its history, its clocks, its
// configuration, and what was done to it. All that the checkers look at. Boot time orders it; a
// power cut does not set it back.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/event.h"
#include "sim/scenario.h"

namespace sim {

using dsched::BootInstant;
using dsched::Moment;

struct Child {
  dsched::AttemptKey key;
  std::string job;
  Instant firing_at{};
  dsched::Trigger trigger = dsched::Trigger::schedule;
  std::uint64_t fence = 0;
  Moment began;
  std::optional<Moment> ended;
  dsched::AttemptOutcome outcome;
};

// A change of the history that is on disk.
struct Row {
  Moment at;
  dsched::HistoryChange change;
  bool accepted = true;
};

// What a daemon was told the files say.
struct Heard {
  Moment at;
  Setup setup;
};

enum class TroubleKind { daemon_down, asleep, power_off, no_hands, disk, clock_set, load };
struct Trouble {
  TroubleKind kind;
  BootInstant from;
  BootInstant until;
};

struct ClockPiece {
  Moment since;
  std::int64_t gain_ppm = 0;
};

struct Command {
  Moment at;
  dsched::Event event;
};

struct Evidence {
  std::uint64_t seed = 0;
  Moment began, quiet, ended;  // quiet: nothing goes wrong any more
  std::vector<Child> children;
  std::vector<std::pair<dsched::AttemptKey, dsched::AttemptOutcome>> not_executed;
  std::vector<Row> rows;
  std::vector<Heard> heard;
  std::vector<Trouble> troubles;
  std::vector<ClockPiece> clock;  // the wall clock runs evenly from each to the next
  std::vector<Command> commands;
  std::map<dsched::FiringKey, std::vector<BootInstant>> said;  // when decisions were made
  std::vector<dsched::WaitingRecord> waiting;                  // in the end
  bool stuck = false;
  bool idle = false;  // in the end
};

}  // namespace sim
