#include "daemon/recorder.h"

#include <doctest/doctest.h>

#include "env/real/posix_clock.h"
#include "env/real/uv_loop.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

// Only apply() is asked here.
class FakeHistory final : public History {
 public:
  Result<std::vector<AppliedChange>> apply(const std::vector<HistoryChange>& changes) override {
    ++calls;
    if (failures > 0) {
      --failures;
      return Error{ErrorCode::no_space, "the disk is full", ""};
    }
    sizes.push_back(changes.size());
    std::vector<AppliedChange> applied(changes.size());
    for (AppliedChange& one : applied) one.fence = ++fence;
    return applied;
  }
  Result<std::vector<std::string>> prune(const std::string&, Duration, int, Instant) override {
    return unused();
  }
  Result<std::vector<RunRecord>> runs(const RunQuery&) override { return unused(); }
  Result<std::vector<Decision>> decisions(const DecisionQuery&) override { return unused(); }
  Result<std::map<std::string, JobSummary>> summaries() override { return unused(); }
  Result<RunStatistics> statistics(const std::string&, std::optional<Instant>) override {
    return unused();
  }
  Result<std::vector<JobCursor>> cursors() override { return unused(); }
  Result<std::vector<SettledFiring>> last_settled() override { return unused(); }
  Result<std::optional<Decision>> decision_at(const std::string&, Instant) override {
    return unused();
  }
  Result<std::vector<JobPast>> pasts() override { return unused(); }
  Result<std::vector<WaitingRecord>> waiting(const std::vector<std::string>&) override {
    return unused();
  }
  Result<std::vector<Pause>> pauses() override { return unused(); }
  Result<std::vector<AlertRecord>> alerts(const AlertQuery&) override { return unused(); }
  Result<std::vector<DueDelivery>> deliveries_due(Instant, std::size_t) override {
    return unused();
  }
  Result<std::optional<Instant>> next_delivery_at(Instant) override { return unused(); }

  int calls = 0;
  int failures = 0;
  std::uint64_t fence = 0;
  std::vector<std::size_t> sizes;

 private:
  static Error unused() { return Error{ErrorCode::internal, "not asked in this test", ""}; }
};

struct Recording {
  std::unique_ptr<Clock> clock = make_posix_clock();
  std::unique_ptr<Loop> loop = make_uv_loop(*clock);
  Loop::Handle deadline = loop->at(clock->boot_now() + 20s, [this] { loop->stop(); });
  FakeHistory history;
  std::vector<std::string> forgotten;  // of the changes that were recorded, in order
  std::vector<std::uint64_t> fences;
  int troubles = 0;
  int recoveries = 0;

  Recorder::Listener listener() {
    return {.on_recorded =
                [this](const auto& changes, const auto& applied) {
                  for (const HistoryChange& change : changes)
                    forgotten.push_back(std::get<ForgetJob>(change).job);
                  for (const AppliedChange& one : applied) fences.push_back(one.fence);
                },
            .on_trouble = [this](const Error&) { ++troubles; },
            .on_recovered = [this] { ++recoveries; }};
  }

  void run_until_idle(const Recorder& recorder) {
    std::function<void()> look = [&] {
      if (recorder.idle()) return loop->stop();
      poll = loop->at(clock->boot_now() + 1ms, look);
    };
    look();
    if (!recorder.idle()) loop->run();
    poll.reset();
  }
  Loop::Handle poll;
};

}  // namespace

TEST_CASE("what comes while a transaction is under way is one next transaction, in order") {
  Recording recording;
  Recorder recorder(*recording.loop, *recording.clock, &recording.history, recording.listener());
  recorder.add({ForgetJob{"a"}});
  recorder.add({ForgetJob{"b"}});
  recorder.add({ForgetJob{"c"}, ForgetJob{"d"}});
  recording.run_until_idle(recorder);
  CHECK(recording.forgotten == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(recording.history.sizes == std::vector<std::size_t>{1, 3});
  CHECK(recording.fences == std::vector<std::uint64_t>{1, 2, 3, 4});
}

TEST_CASE("a failed transaction is told once and tried again until it succeeds") {
  Recording recording;
  recording.history.failures = 3;
  Recorder recorder(*recording.loop, *recording.clock, &recording.history, recording.listener());
  recorder.add({ForgetJob{"a"}});
  recorder.add({ForgetJob{"b"}});
  recording.run_until_idle(recorder);
  CHECK(recording.forgotten == std::vector<std::string>{"a", "b"});
  CHECK(recording.troubles == 1);
  CHECK(recording.recoveries == 1);
}

TEST_CASE("without a history everything is accepted") {
  Recording recording;
  Recorder recorder(*recording.loop, *recording.clock, nullptr, recording.listener());
  recorder.add({ForgetJob{"a"}});
  recording.run_until_idle(recorder);
  CHECK(recording.forgotten == std::vector<std::string>{"a"});
}

TEST_CASE("giving up accepts what waits") {
  Recording recording;
  recording.history.failures = 1000000;
  Recorder::Listener listener = recording.listener();
  Recorder* which = nullptr;
  listener.on_trouble = [&](const Error&) { which->give_up(); };
  Recorder recorder(*recording.loop, *recording.clock, &recording.history, std::move(listener));
  which = &recorder;
  recorder.add({ForgetJob{"a"}});
  recorder.add({ForgetJob{"b"}});
  recording.run_until_idle(recorder);
  CHECK(recording.forgotten == std::vector<std::string>{"a", "b"});
  CHECK(recording.history.calls == 1);
}

TEST_CASE("maintenance runs between transactions") {
  Recording recording;
  Recorder recorder(*recording.loop, *recording.clock, &recording.history, recording.listener());
  int done = 0;
  recorder.maintain([&](History&) { ++done; }, [&] { ++done; });
  recorder.maintain([&](History&) { ++done; }, [] {});
  recorder.add({ForgetJob{"a"}});
  recording.run_until_idle(recorder);
  CHECK(done == 3);
  CHECK(recording.forgotten.size() == 1);
}
