#include "engine/joins.h"

#include <algorithm>

#include "base/check.h"

namespace dsched {

namespace {

std::string in_words(const Upstream& upstream) {
  if (!upstream.settlement) return upstream.firing.first + " did not run";
  return upstream.firing.first + " ended " + std::string(to_text(*upstream.settlement));
}

}  // namespace

bool WaitingFiring::complete() const {
  return std::all_of(upstreams.begin(), upstreams.end(),
                     [](const Upstream& upstream) { return upstream.settled; });
}

std::optional<Objection> objection(const WaitingFiring& waiting, AfterOn after_on) {
  const auto went_well = [](const Upstream& upstream) {
    return upstream.settlement == RunResult::ok;
  };
  const auto went_badly = [](const Upstream& upstream) {
    return upstream.settlement && *upstream.settlement != RunResult::ok;
  };
  const auto& upstreams = waiting.upstreams;
  switch (after_on) {
    case AfterOn::any:
      return std::nullopt;
    case AfterOn::success: {
      auto bad = std::find_if_not(upstreams.begin(), upstreams.end(), went_well);
      if (bad == upstreams.end()) return std::nullopt;
      return Objection{Reason::upstream_failed, in_words(*bad)};
    }
    case AfterOn::failure:
      if (std::any_of(upstreams.begin(), upstreams.end(), went_badly)) return std::nullopt;
      return Objection{Reason::condition,
                       "nothing failed that it runs after (after_on = \"failure\")"};
  }
  return std::nullopt;
}

void Joins::add(WaitingFiring waiting) {
  DSCHED_CHECK(!waiting.complete());
  for (const Upstream& upstream : waiting.upstreams) {
    if (!upstream.settled) waits_for_.emplace(upstream.firing, waiting.firing);
  }
  const bool added = waiting_.emplace(waiting.firing, std::move(waiting)).second;
  DSCHED_CHECK(added);
}

std::vector<WaitingFiring> Joins::settle(const FiringKey& firing, Settlement settlement) {
  std::vector<WaitingFiring> complete;
  auto [begin, end] = waits_for_.equal_range(firing);
  std::vector<FiringKey> waiters;
  for (auto edge = begin; edge != end; ++edge) waiters.push_back(edge->second);
  waits_for_.erase(begin, end);
  for (const FiringKey& waiter : waiters) {
    auto where = waiting_.find(waiter);
    for (Upstream& upstream : where->second.upstreams) {
      if (upstream.firing != firing) continue;
      upstream.settled = true;
      upstream.settlement = settlement;
    }
    if (where->second.complete()) complete.push_back(take(where));
  }
  return complete;
}

std::vector<FiringKey> Joins::awaited(const std::string& job, Instant first, Instant last) const {
  std::vector<FiringKey> firings;
  auto edge = waits_for_.lower_bound({job, first});
  for (; edge != waits_for_.end() && edge->first.first == job && edge->first.second <= last;
       ++edge) {
    if (firings.empty() || firings.back() != edge->first) firings.push_back(edge->first);
  }
  return firings;
}

std::optional<WaitingFiring> Joins::remove(const FiringKey& firing) {
  auto where = waiting_.find(firing);
  if (where == waiting_.end()) return std::nullopt;
  return take(where);
}

std::vector<WaitingFiring> Joins::remove_job(const std::string& job) {
  std::vector<WaitingFiring> removed;
  for (auto where = waiting_.lower_bound({job, Instant::min()});
       where != waiting_.end() && where->first.first == job;) {
    removed.push_back(take(where++));
  }
  return removed;
}

std::vector<WaitingFiring> Joins::remove_all() {
  std::vector<WaitingFiring> removed;
  while (!waiting_.empty()) removed.push_back(take(waiting_.begin()));
  return removed;
}

void Joins::remove_after(Instant instant) {
  for (auto where = waiting_.begin(); where != waiting_.end();) {
    auto next = std::next(where);
    const bool asked_for = where->second.trigger == Trigger::manual;
    if (where->first.second > instant && !asked_for) take(where);
    where = next;
  }
}

std::optional<Instant> Joins::earliest(const std::string& job) const {
  auto where = waiting_.lower_bound({job, Instant::min()});
  if (where == waiting_.end() || where->first.first != job) return std::nullopt;
  return where->first.second;
}

std::optional<Instant> Joins::latest(const std::string& job, Instant not_after) const {
  auto where = waiting_.upper_bound({job, not_after});
  if (where == waiting_.begin() || (--where)->first.first != job) return std::nullopt;
  return where->first.second;
}

WaitingFiring Joins::take(std::map<FiringKey, WaitingFiring>::iterator where) {
  WaitingFiring taken = std::move(where->second);
  waiting_.erase(where);
  for (const Upstream& upstream : taken.upstreams) {
    auto [begin, end] = waits_for_.equal_range(upstream.firing);
    for (auto edge = begin; edge != end;)
      edge = edge->second == taken.firing ? waits_for_.erase(edge) : std::next(edge);
  }
  return taken;
}

}  // namespace dsched
