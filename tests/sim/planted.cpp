#include "sim/planted.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <utility>

namespace sim {

namespace {

using namespace dsched;
using std::chrono::hours;
using std::chrono::minutes;

// An engine with something between it and the world.
class Meddler : public Mind {
 public:
  explicit Meddler(EngineOptions options) : engine_(std::move(options)) {}

  Step step(const Event& event, Moment now) override {
    now_ = now;
    Event heard = event;
    if (auto* begin = std::get_if<Begin>(&heard)) {
      change_jobs(begin->jobs);
      change_limits(begin->limits);
    } else if (auto* configure = std::get_if<Configure>(&heard)) {
      change_jobs(configure->jobs);
      change_limits(configure->limits);
    }
    change_event(heard);
    Step step = engine_.step(heard, now);
    change_step(heard, step);
    return step;
  }

 protected:
  virtual void change_job(Job&) {}
  virtual void change_limits(Limits&) {}
  virtual void change_event(Event&) {}
  virtual void change_step(const Event&, Step&) {}

  // What the engine does about another event, as part of the same step.
  void tell_too(const Event& event, Step& step) {
    Step more = engine_.step(event, now_);
    append(step.record, more.record);
    append(step.start, more.start);
    append(step.stop, more.stop);
    append(step.checks, more.checks);
    step.wake_wall = more.wake_wall;
    step.wake_boot = more.wake_boot;
    step.idle = more.idle;
  }

  Moment now_;

 private:
  template <class T>
  static void append(std::vector<T>& to, std::vector<T>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  }
  void change_jobs(std::vector<JobPtr>& jobs) {
    for (JobPtr& job : jobs) {
      auto changed = std::make_shared<Job>(*job);
      change_job(*changed);
      job = std::move(changed);
    }
  }

  Engine engine_;
};

// Wrong readings of the files.
struct CatchUpWithoutBounds : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override { job.late.window = hours{24 * 365}; }
};
struct CatchesUpAllInsteadOfLast : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override {
    if (job.late.catch_up == CatchUp::last) job.late.catch_up = CatchUp::all;
  }
};
struct NeverCatchesUp : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override { job.late.catch_up = CatchUp::none; }
};
struct IgnoresStartDeadline : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override { job.late.start_deadline.reset(); }
};
struct FoldTwice : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override { change_rules(job, DstGap::after, DstRepeat::both); }

 protected:
  static void change_rules(Job& job, DstGap gap, DstRepeat repeat) {
    TimetableRules rules = job.timetable.rules();
    rules.dst_gap = gap;
    rules.dst_repeat = repeat;
    if (!job.timetable.empty())
      job.timetable = Timetable(job.timetable.schedules(), zone_of(job.timetable), rules);
  }
  static std::shared_ptr<const Zone> zone_of(const Timetable& timetable) {
    return {std::shared_ptr<const Zone>(), &timetable.zone()};
  }
};
struct GapLost : FoldTwice {
  using FoldTwice::FoldTwice;
  void change_job(Job& job) override {
    change_rules(job, DstGap::skip, job.timetable.rules().dst_repeat);
  }
};
struct LockReleasedInRetryPause : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override {
    for (const std::string& lock : job.needs.locks)
      job.needs.resources.emplace_back("lock-" + lock, 1);
    job.needs.locks.clear();
  }
  void change_limits(Limits& limits) override {
    limits.resources["lock-db"] = limits.resources["lock-net"] = 1;
  }
};
struct OverlapOfRetriedJobs : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override {
    if (job.retry.max > 0) job.overlap = Overlap::allow;
  }
};
struct PoolOfOneMore : Meddler {
  using Meddler::Meddler;
  void change_limits(Limits& limits) override {
    for (auto& [name, pool] : limits.pools) ++pool.size;
  }
};
struct SlotsWithoutLimit : Meddler {
  using Meddler::Meddler;
  void change_limits(Limits& limits) override { limits.max_running = 0; }
};
struct IgnoresPriority : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override { job.priority = 0; }
};
struct OneRetryMore : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override { ++job.retry.max; }
};
struct RetriesAtOnce : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override { job.retry.delay = Duration{1}; }
};
struct IgnoresUpstreamFailure : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override { job.after_on = AfterOn::any; }
};
struct NeverPausesAfterFailures : Meddler {
  using Meddler::Meddler;
  void change_job(Job& job) override { job.pause_after_failures = 0; }
};

// What is forgotten over a restart.
struct CountsFromNow : Meddler {
  using Meddler::Meddler;
  void change_event(Event& event) override {
    if (auto* begin = std::get_if<Begin>(&event)) {
      for (JobCursor& cursor : begin->cursors) cursor.decided_until = now_.wall;
    }
  }
};
struct ForgetsWaiting : Meddler {
  using Meddler::Meddler;
  void change_event(Event& event) override {
    if (auto* begin = std::get_if<Begin>(&event)) begin->waiting.clear();
  }
};
struct ForgetsPauses : Meddler {
  using Meddler::Meddler;
  void change_event(Event& event) override {
    if (auto* begin = std::get_if<Begin>(&event)) begin->pauses.clear();
  }
};
struct ForgetsOpenRuns : Meddler {
  using Meddler::Meddler;
  void change_event(Event& event) override {
    if (auto* begin = std::get_if<Begin>(&event)) begin->open_runs.clear();
  }
};
struct OutcomesLostOverRestart : Meddler {
  using Meddler::Meddler;
  void change_event(Event& event) override {
    auto* ready = std::get_if<HandsReady>(&event);
    if (ready == nullptr) return;
    for (HandsReady::Known& known : ready->known) {
      if (!known.outcome) continue;
      known.outcome = AttemptOutcome{};
      known.outcome->lost = true;
    }
  }
};

// What is done in the wrong order, or not at all.
struct StartsWithoutAnswer : Meddler {
  using Meddler::Meddler;
  void change_event(Event& event) override {
    if (std::holds_alternative<ClaimAnswered>(event)) event = TimeReached{};
  }
  void change_step(const Event&, Step& step) override {
    const std::vector<HistoryChange> record = step.record;
    for (const HistoryChange& change : record) {
      if (const auto* claim = std::get_if<ClaimRun>(&change))
        tell_too(ClaimAnswered{claim->run.run_id, true, 1}, step);
    }
  }
};
struct CursorBeforeDecision : Meddler {
  using Meddler::Meddler;
  void change_step(const Event&, Step& step) override {
    std::vector<HistoryChange> now = std::exchange(held_back_, {});
    for (HistoryChange& change : step.record) {
      const bool decision = std::holds_alternative<AddDecision>(change) ||
                            std::holds_alternative<ClaimRun>(change) ||
                            std::holds_alternative<BeginWaiting>(change);
      (decision ? held_back_ : now).push_back(std::move(change));
    }
    step.record = std::move(now);
    if (!held_back_.empty()) step.wake_boot = std::min(step.wake_boot, now_.boot + minutes{1});
  }
  std::vector<HistoryChange> held_back_;
};
struct WaitsUnrecorded : Meddler {
  using Meddler::Meddler;
  void change_step(const Event&, Step& step) override {
    std::erase_if(step.record, [](const HistoryChange& change) {
      return std::holds_alternative<BeginWaiting>(change);
    });
  }
};
struct StopsUnheard : Meddler {
  using Meddler::Meddler;
  void change_event(Event& event) override {
    if (auto* over = std::get_if<AttemptOver>(&event)) over->outcome.stopped = false;
  }
};
struct EndsUnrecorded : Meddler {
  using Meddler::Meddler;
  void change_step(const Event&, Step& step) override {
    std::erase_if(step.record, [this](const HistoryChange& change) {
      return std::holds_alternative<RunEnded>(change) && ++ends_ % 50 == 0;
    });
  }
  int ends_ = 0;
};
struct DecidesTwice : Meddler {
  using Meddler::Meddler;
  void change_step(const Event&, Step& step) override {
    for (const HistoryChange& change : std::vector<HistoryChange>(step.record)) {
      const auto* no = std::get_if<AddDecision>(&change);
      if (no != nullptr && ++decisions_ % 20 == 0) step.record.push_back(*no);
    }
  }
  int decisions_ = 0;
};

template <class Bug>
PlantedBug bug(std::string name) {
  return {std::move(name), [] {
            Flaws flaws;
            flaws.make_mind = [](EngineOptions options) {
              return std::make_unique<Bug>(std::move(options));
            };
            return flaws;
          }};
}

PlantedBug supervisor_forgets() {
  return {"supervisor-forgets-what-it-started", [] {
            Flaws flaws;
            flaws.supervisor_forgets = true;
            return flaws;
          }};
}

}  // namespace

const std::vector<PlantedBug>& planted_bugs() {
  static const std::vector<PlantedBug> bugs = {
      bug<StartsWithoutAnswer>("start-without-claim-answer"),
      supervisor_forgets(),
      bug<CursorBeforeDecision>("cursor-before-decision"),
      bug<CountsFromNow>("cursor-from-now"),
      bug<ForgetsWaiting>("waiting-forgotten-by-restart"),
      bug<ForgetsPauses>("pauses-forgotten-by-restart"),
      bug<ForgetsOpenRuns>("open-runs-forgotten-by-restart"),
      bug<OutcomesLostOverRestart>("outcomes-lost-by-restart"),
      bug<WaitsUnrecorded>("waiting-not-recorded"),
      bug<EndsUnrecorded>("end-of-run-not-recorded"),
      bug<StopsUnheard>("stop-taken-for-a-signal"),
      bug<DecidesTwice>("decided-twice"),
      bug<FoldTwice>("dst-fold-fires-twice"),
      bug<GapLost>("dst-gap-loses-firings"),
      bug<CatchUpWithoutBounds>("catch-up-without-window"),
      bug<CatchesUpAllInsteadOfLast>("catch-up-all-instead-of-last"),
      bug<NeverCatchesUp>("catch-up-ignored"),
      bug<IgnoresStartDeadline>("start-deadline-ignored"),
      bug<LockReleasedInRetryPause>("lock-released-in-retry-pause"),
      bug<OverlapOfRetriedJobs>("overlap-ignores-pausing-runs"),
      bug<PoolOfOneMore>("pool-lets-in-one-more"),
      bug<SlotsWithoutLimit>("max-running-ignored"),
      bug<IgnoresPriority>("priority-ignored"),
      bug<OneRetryMore>("retry-not-counted"),
      bug<RetriesAtOnce>("retry-without-pause"),
      bug<IgnoresUpstreamFailure>("upstream-failure-ignored"),
      bug<NeverPausesAfterFailures>("failures-never-pause"),
  };
  return bugs;
}

const PlantedBug& planted_bug(const std::string& name) {
  for (const PlantedBug& bug : planted_bugs()) {
    if (bug.name == name) return bug;
  }
  std::fprintf(stderr, "no planted bug '%s'\n", name.c_str());
  std::exit(2);
}

}  // namespace sim
