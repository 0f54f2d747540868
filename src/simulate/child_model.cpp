#include "simulate/child_model.h"

#include <utility>

namespace dsched {

namespace {

class FixedChildren final : public ChildModel {
 public:
  explicit FixedChildren(Duration takes) { plan_.takes = takes; }
  AttemptPlan plan(const StartAttempt&) override { return plan_; }

 private:
  AttemptPlan plan_;
};

class RecordedChildren final : public ChildModel {
 public:
  RecordedChildren(std::map<std::string, std::vector<Duration>, std::less<>> durations,
                   Duration otherwise, std::uint64_t seed)
      : durations_(std::move(durations)), otherwise_(otherwise), random_(seed) {}

  AttemptPlan plan(const StartAttempt& start) override {
    AttemptPlan plan;
    auto recorded = durations_.find(start.job->name);
    if (recorded == durations_.end() || recorded->second.empty()) {
      plan.takes = otherwise_;
    } else {
      const auto last = static_cast<std::int64_t>(recorded->second.size()) - 1;
      plan.takes = recorded->second[static_cast<std::size_t>(random_.number(0, last))];
    }
    return plan;
  }

 private:
  std::map<std::string, std::vector<Duration>, std::less<>> durations_;
  Duration otherwise_;
  SimRandom random_;
};

}  // namespace

std::unique_ptr<ChildModel> fixed_children(Duration takes) {
  return std::make_unique<FixedChildren>(takes);
}

std::unique_ptr<ChildModel> recorded_children(
    std::map<std::string, std::vector<Duration>, std::less<>> durations, Duration otherwise,
    std::uint64_t seed) {
  return std::make_unique<RecordedChildren>(std::move(durations), otherwise, seed);
}

std::uint64_t SimRandom::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::int64_t SimRandom::number(std::int64_t low, std::int64_t high) {
  const auto span = static_cast<std::uint64_t>(high - low) + 1;
  return low + static_cast<std::int64_t>(span == 0 ? next() : next() % span);
}

}  // namespace dsched
