#include "sim/scenario.h"

#include <algorithm>

#include "sim/random_jobs.h"

namespace sim {

namespace {

using dsched::SimRandom;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Hours before clocks change: Berlin, New York and Lord Howe in 2026, Berlin in 2027; both ways
// each.
constexpr std::int64_t kClockChanges[] = {1774699200, 1792843200, 1772884800, 1793448000,
                                          1775260800, 1790985600, 1806148800, 1824897600};
constexpr std::int64_t kSomeDay = 1781524800;  // 2026-06-15T12:00:00Z
constexpr std::int64_t kIn2040 = 2208988800;

Duration between(Duration low, Duration high, SimRandom& random) {
  return Duration{random.number(low.count(), high.count())};
}

Duration random_down(SimRandom& random) {
  switch (random.number(0, 3)) {
    case 0:
      return Duration{0};
    case 1:
      return between(seconds{0}, minutes{4}, random);
    case 2:
      return between(minutes{4}, minutes{7}, random);
    default:
      return between(minutes{7}, hours{7}, random);
  }
}

Duration random_jump(SimRandom& random) {
  const Duration size = [&]() -> Duration {
    switch (random.number(0, 3)) {
      case 0:
        return between(seconds{0}, seconds{59}, random);
      case 1:
        return between(minutes{1}, minutes{20}, random);
      case 2:
        return between(minutes{20}, hours{3}, random);
      default:
        return between(hours{3}, hours{30}, random);
    }
  }();
  return random.one_in(2) ? size : -size;
}

// A job of the setup, or one that was there before.
std::string some_job(const Setup& setup, SimRandom& random) {
  if (setup.jobs.empty()) return "";
  auto where = setup.jobs.begin();
  std::advance(where, random.number(0, static_cast<std::int64_t>(setup.jobs.size()) - 1));
  return where->first;
}

class ScriptWriter {
 public:
  ScriptWriter(Scenario& scenario, SimRandom& random)
      : scenario_(scenario), random_(random), latest_(scenario.setup) {}

  void write() {
    const std::int64_t count = random_.number(0, 14);
    std::vector<Duration> times;
    for (std::int64_t i = 0; i < count; ++i)
      times.push_back(between(seconds{1}, scenario_.length, random_));
    std::sort(times.begin(), times.end());
    const bool calm = random_.one_in(6);  // commands and changes only
    for (const Duration at : times) {
      if (calm || random_.one_in(2)) {
        add_command(at);
      } else {
        add_fault(at);
      }
    }
    std::stable_sort(scenario_.script.begin(), scenario_.script.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
  }

 private:
  void add(Duration at, Action action) { scenario_.script.emplace_back(at, std::move(action)); }

  void add_fault(Duration at) {
    switch (random_.number(0, 9)) {
      case 0:
      case 1:
        return add(at, KillDaemon{random_down(random_)});
      case 2:
        return add(at, KillSupervisor{});
      case 3:
        return add(at, KillBoth{random_down(random_)});
      case 4:
        return add(at, Reboot{between(seconds{20}, hours{5}, random_)});
      case 5:
        return add_jump(at);
      case 6:
        return add(at, Suspend{random_down(random_)});
      case 7:
        return add(at, SlowDisk{random_.one_in(3) ? Duration{minutes{8}} : Duration{seconds{20}},
                                between(minutes{1}, hours{1}, random_)});
      case 8:
        return add(at, BrokenDisk{between(seconds{5}, hours{1}, random_)});
      default:
        return add(at, Drift{random_.number(-400, 400)});
    }
  }

  void add_jump(Duration at) {
    if (!random_.one_in(4)) return add(at, JumpClock{random_jump(random_)});
    const Duration years = seconds{kIn2040} - scenario_.start.time_since_epoch();
    add(at, JumpClock{years});
    add(at + between(seconds{1}, minutes{10}, random_), JumpClock{-years});
  }

  void add_command(Duration at) {
    const std::string job = some_job(latest_, random_);
    if (job.empty()) return;
    switch (random_.number(0, 8)) {
      case 0:
      case 1:
        latest_ = changed_setup(latest_, random_);
        return add(at, ChangeFiles{latest_});
      case 2:
        add(at, PauseOne{job});
        return add(at + between(seconds{1}, hours{3}, random_), ResumeOne{job});
      case 3:
        return add(at, Trigger{{job}, random_.one_in(3)});
      case 4: {
        std::vector<std::string> jobs = {job};
        if (const std::string other = some_job(latest_, random_); other != job)
          jobs.push_back(other);
        return add(at, Trigger{jobs, false});
      }
      case 5:
        return add(at, StopOne{random_.one_in(3)});
      case 6:
        return add(at, random_.one_in(2) ? Action{CancelOne{job}} : Action{TouchFiles{job}});
      case 7:
        return add(at, MakeUpSome{job, between(minutes{5}, hours{8}, random_)});
      default:
        add(at, ChangeLoad{5.0});
        return add(at + between(seconds{30}, minutes{40}, random_), ChangeLoad{0.5});
    }
  }

  Scenario& scenario_;
  SimRandom& random_;
  Setup latest_;
};

}  // namespace

Scenario make_scenario(std::uint64_t seed) {
  SimRandom random(seed * 0x2545f4914f6cdd1dULL + 1);
  Scenario scenario;
  scenario.seed = seed;
  const std::int64_t noon = random.one_in(2) ? kClockChanges[random.number(0, 7)]
                                             : kSomeDay + random.number(0, 300) * 86400;
  scenario.start = Instant{seconds{noon}} + between(seconds{0}, hours{12}, random);
  scenario.length = between(hours{1}, hours{random.one_in(4) ? 40 : 12}, random);
  scenario.setup = random_setup(random);
  if (seed % 16 == 6) {
    SimRandom of_crowd(seed);
    make_crowd(scenario.setup, of_crowd);
  }
  scenario.crash_one_in = random.one_in(3) ? 0 : static_cast<int>(random.number(20, 600));
  scenario.clock_is_right_in_the_end = random.one_in(2);
  ScriptWriter(scenario, random).write();
  return scenario;
}

}  // namespace sim
