#include "engine/capacity.h"

#include <limits>

#include "base/check.h"

namespace dsched {

namespace {

constexpr std::string_view kSlot = "slot";
constexpr std::string_view kPool = "pool/";
constexpr std::string_view kLock = "lock/";
constexpr std::string_view kHost = "host/";

std::string joined(std::string_view kind, std::string_view name) {
  return std::string(kind).append(name);
}

}  // namespace

Demand attempt_demand(const Job& job) {
  Demand demand = {{std::string(kSlot), 1}};
  if (!job.needs.pool.empty()) demand.emplace_back(joined(kPool, job.needs.pool), 1);
  for (const auto& [name, amount] : job.needs.resources) {
    if (amount > 0) demand.emplace_back(joined(kHost, name), amount);
  }
  return demand;
}

Demand lock_demand(const Job& job) {
  Demand demand;
  for (const std::string& lock : job.needs.locks) demand.emplace_back(joined(kLock, lock), 1);
  return demand;
}

Demand whole_demand(const Job& job) {
  Demand demand = attempt_demand(job);
  for (auto& lock : lock_demand(job)) demand.push_back(std::move(lock));
  return demand;
}

Reason reason_of_shortage(std::string_view name) {
  if (name.starts_with(kLock)) return Reason::lock_held;
  if (name.starts_with(kPool) || name == kSlot) return Reason::pool_full;
  return Reason::resources;
}

std::string shortage_in_words(std::string_view name) {
  if (name == kSlot) return "as many runs as max_running allows were going";
  const std::string bare = std::string(name.substr(kPool.size()));
  if (name.starts_with(kPool)) return "pool '" + bare + "' was full";
  if (name.starts_with(kLock)) return "lock '" + bare + "' was held";
  return "this host had not enough '" + bare + "' left";
}

std::uint64_t Capacity::limit_of(std::string_view name) const {
  constexpr auto kUnlimited = std::numeric_limits<std::uint64_t>::max();
  if (name == kSlot) {
    return limits_.max_running == 0 ? kUnlimited : static_cast<std::uint64_t>(limits_.max_running);
  }
  const std::string bare(name.substr(kPool.size()));
  if (name.starts_with(kPool)) {
    auto pool = limits_.pools.find(bare);
    return pool == limits_.pools.end() ? 1 : static_cast<std::uint64_t>(pool->second.size);
  }
  if (name.starts_with(kLock)) return 1;
  auto resource = limits_.resources.find(bare);
  return resource == limits_.resources.end() ? 0 : resource->second;
}

std::optional<std::string_view> Capacity::shortage(const Demand& demand) const {
  for (const auto& [name, amount] : demand) {
    auto taken = taken_.find(name);
    const std::uint64_t in_use = taken == taken_.end() ? 0 : taken->second;
    const std::uint64_t limit = limit_of(name);
    if (in_use >= limit || amount > limit - in_use) return name;
  }
  return std::nullopt;
}

std::optional<std::string_view> Capacity::excess(const Demand& demand) const {
  for (const auto& [name, amount] : demand) {
    if (amount > limit_of(name)) return name;
  }
  return std::nullopt;
}

void Capacity::take(const Demand& demand) {
  for (const auto& [name, amount] : demand) taken_[name] += amount;
}

void Capacity::release(const Demand& demand) {
  for (const auto& [name, amount] : demand) {
    auto taken = taken_.find(name);
    DSCHED_CHECK(taken != taken_.end() && taken->second >= amount);
    taken->second -= amount;
    if (taken->second == 0) taken_.erase(taken);
  }
}

}  // namespace dsched
