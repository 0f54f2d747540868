#include "engine/turn_queue.h"

#include <queue>

#include "base/check.h"

namespace dsched {

void TurnQueue::add(Ticket ticket) {
  lines_[ticket.demand].emplace(ticket.place, ticket.firing);
  unrecorded_.push_back(ticket.firing);
  FiringKey firing = ticket.firing;
  const bool added = tickets_.emplace(std::move(firing), std::move(ticket)).second;
  DSCHED_CHECK(added);
}

Ticket* TurnQueue::find(const FiringKey& firing) {
  auto where = tickets_.find(firing);
  return where == tickets_.end() ? nullptr : &where->second;
}

Ticket TurnQueue::take(const FiringKey& firing) {
  auto where = tickets_.find(firing);
  DSCHED_CHECK(where != tickets_.end());
  forget(where->second);
  Ticket ticket = std::move(where->second);
  tickets_.erase(where);
  return ticket;
}

void TurnQueue::forget(const Ticket& ticket) {
  auto line = lines_.find(ticket.demand);
  line->second.erase({ticket.place, ticket.firing});
  if (line->second.empty()) lines_.erase(line);
  if (!ticket.recorded) return;
  --recorded_in_all_;
  if (ticket.pool.empty()) return;
  auto pool = recorded_.find(ticket.pool);
  if (--pool->second == 0) recorded_.erase(pool);
}

// The lines are merged by the places of their heads.
void TurnQueue::offer(const Try& attempt) {
  using Head = std::pair<std::pair<BootInstant, FiringKey>, const Demand*>;
  const auto later = [](const Head& a, const Head& b) { return a.first > b.first; };
  std::priority_queue<Head, std::vector<Head>, decltype(later)> heads(later);
  for (const auto& [demand, line] : lines_) heads.emplace(*line.begin(), &demand);
  while (!heads.empty()) {
    const auto [head, demand] = heads.top();
    heads.pop();
    const Line& line = lines_.find(*demand)->second;
    auto behind = line.upper_bound(head);
    std::optional<Head> next;
    if (behind != line.end()) next = Head{*behind, demand};
    const Answer answer = attempt(tickets_.at(head.second));
    if (next && answer != Answer::none_like_it) heads.push(std::move(*next));
  }
}

std::vector<FiringKey> TurnQueue::firings_of(std::string_view job) const {
  std::vector<FiringKey> firings;
  auto where = tickets_.lower_bound({std::string(job), Instant::min()});
  for (; where != tickets_.end() && where->first.first == job; ++where)
    firings.push_back(where->first);
  return firings;
}

std::vector<FiringKey> TurnQueue::firings() const {
  std::vector<FiringKey> firings;
  for (const auto& [firing, ticket] : tickets_) firings.push_back(firing);
  return firings;
}

std::optional<Instant> TurnQueue::latest(const std::string& job, Instant not_after) const {
  auto where = tickets_.upper_bound({job, not_after});
  if (where == tickets_.begin() || (--where)->first.first != job) return std::nullopt;
  return where->first.second;
}

void TurnQueue::mark_recorded(Ticket& ticket) {
  if (ticket.recorded) return;
  ticket.recorded = true;
  ++recorded_in_all_;
  if (!ticket.pool.empty()) ++recorded_[ticket.pool];
}

std::size_t TurnQueue::recorded_in(const std::string& pool) const {
  if (pool.empty()) return recorded_in_all_;
  auto where = recorded_.find(pool);
  return where == recorded_.end() ? 0 : where->second;
}

std::vector<FiringKey> TurnQueue::take_unrecorded() {
  return std::exchange(unrecorded_, {});
}

}  // namespace dsched
