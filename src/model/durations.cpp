#include "model/durations.h"

#include <algorithm>

namespace dsched {

namespace {

constexpr std::size_t kEnoughToLearn = 5;

}  // namespace

Duration median(std::vector<Duration> durations) {
  if (durations.empty()) return Duration{0};
  const auto middle = durations.begin() + static_cast<std::ptrdiff_t>(durations.size() / 2);
  std::nth_element(durations.begin(), middle, durations.end());
  return *middle;
}

std::optional<Duration> unusual_duration(const std::vector<Duration>& durations) {
  if (durations.size() < kEnoughToLearn) return std::nullopt;
  return 2 * *std::max_element(durations.begin(), durations.end()) + std::chrono::minutes{1};
}

void remember(std::vector<Duration>& durations, Duration newest) {
  durations.push_back(newest);
  if (durations.size() > kRememberedDurations) durations.erase(durations.begin());
}

}  // namespace dsched
