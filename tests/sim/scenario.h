#pragma once
// What happens in one run of the test simulator, all of it drawn from one seed: jobs, what they do
// when they are started, and a script of faults, changes and commands.

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "engine/engine.h"
#include "model/job.h"
#include "model/limits.h"
#include "simulate/child_model.h"

namespace sim {

using dsched::Duration;
using dsched::Instant;

// How attempts of a job go.
struct Behaviour {
  Duration shortest{};
  Duration longest{};
  int failing_percent = 0;
  int exit_code = 1;  // when it fails
  int not_executed_percent = 0;
  int check_fails_percent = 0;  // of only_if
  bool ignores_stop = false;
};

struct JobSpec {
  dsched::Job job;                 // with its timetable
  std::vector<std::string> naive;  // its schedules for the oracle: 5 or 6 fields
  Behaviour behaviour;
};
using Specs = std::map<std::string, JobSpec>;

struct Setup {
  Specs jobs;
  dsched::Limits limits;
};

struct KillDaemon {
  Duration down{};
};
struct KillSupervisor {};
struct KillBoth {
  Duration down{};
};
struct Reboot {
  Duration down{};
};
struct JumpClock {
  Duration by{};
};
struct Drift {
  std::int64_t gain_ppm = 0;
};
struct Suspend {
  Duration span{};
};
// Writes take up to that long for a while, or all of them fail.
struct SlowDisk {
  Duration longest{};
  Duration span{};
};
struct BrokenDisk {
  Duration span{};
};
struct ChangeFiles {
  Setup setup;
};
struct Trigger {
  std::vector<std::string> jobs;
  bool force = false;
};
struct PauseOne {
  std::string job;
};
struct ResumeOne {
  std::string job;
};
struct StopOne {
  bool kill = false;
};  // any run that goes on
struct CancelOne {
  std::string job;
};
struct MakeUpSome {
  std::string job;
  Duration back{};  // the firings of so long
};
struct TouchFiles {
  std::string job;
};
struct ChangeLoad {
  double load = 0;
};
using Action = std::variant<KillDaemon, KillSupervisor, KillBoth, Reboot, JumpClock, Drift, Suspend,
                            SlowDisk, BrokenDisk, ChangeFiles, Trigger, PauseOne, ResumeOne,
                            StopOne, CancelOne, MakeUpSome, TouchFiles, ChangeLoad>;

struct Scenario {
  std::uint64_t seed = 0;
  Instant start{};
  Duration length{};  // of the part with faults; a quiet one follows
  Setup setup;
  std::vector<std::pair<Duration, Action>> script;  // by time since the start
  int crash_one_in = 0;  // the daemon dies at one boundary in so many; 0: at none
  bool clock_is_right_in_the_end = false;
};

Scenario make_scenario(std::uint64_t seed);

}  // namespace sim
