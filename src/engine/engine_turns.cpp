// Whose turn it is: what waits gets what it needs, in the order of its places.

#include <algorithm>

#include "base/run_id.h"
#include "engine/engine.h"
#include "model/durations.h"

namespace dsched {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

// One step of priority is worth so much waiting.
constexpr Duration kHeadStart = minutes{10};
constexpr Duration kLongestExpected = hours{24};
// What waits longer gets what it lacks before anybody who came later.
constexpr Duration kPatience = minutes{10};
// What it waits for changes; the history hears of it not more often than this.
constexpr Duration kRecordAgain = std::chrono::seconds{10};

}  // namespace

void Engine::serve_queue() {
  if (draining_ || !hands_ready_ || !history_writable_) return;
  Refused refused;
  queue_.offer([&](Ticket& ticket) { return try_turn(ticket, refused); });
  // A measurement that nobody waited for is an old one when somebody does.
  if (!out_.wants_load) load_.reset();
}

TurnQueue::Answer Engine::try_turn(Ticket& ticket, Refused& refused) {
  using Answer = TurnQueue::Answer;
  const std::string& name = ticket.firing.first;
  Run* run = ticket.run_id.empty() ? nullptr : runs_.find(ticket.run_id);
  const Job& job = run != nullptr ? *run->job : *jobs_.at(name).job;
  if (run == nullptr && !ticket.force && job.overlap != Overlap::allow) {
    const std::vector<Run*> others = runs_.runs_of(name);
    if (ticket.checking || !others.empty() || refused.jobs.count(name) != 0) {
      refused.jobs.insert(name);
      if (!others.empty())
        wait_for(ticket, Reason::overlap, "", [&] { return still_going(*others.front()); });
      return Answer::not_now;
    }
  }
  if (ticket.checking) return Answer::not_now;
  if (const auto never = capacity_.excess(ticket.demand); never && run == nullptr) {
    skip_waiting(FiringKey(ticket.firing), Reason::resources,
                 "the job needs more than there ever is: " + std::string(*never));
    return Answer::taken;
  }
  if (const auto lacking = shortage_of(ticket, refused)) {
    refused.jobs.insert(name);
    wait_for(ticket, reason_of_shortage(*lacking), *lacking,
             [&] { return holders_in_words(*lacking); });
    const bool patient = now_.boot - ticket.waiting_since > kPatience;
    if (patient && !capacity_.excess(ticket.demand)) refused.reserved.emplace(*lacking);
    return Answer::none_like_it;
  }
  if (run != nullptr) {
    queue_.take(FiringKey(ticket.firing));
    begin_attempt(*run);
    return Answer::taken;
  }
  if (!ticket.force && !conditions_hold(ticket, job)) {
    refused.jobs.insert(name);
    return Answer::not_now;
  }
  JobState& state = jobs_.at(name);
  claim(state, queue_.take(ticket.firing));
  return Answer::taken;
}

// What there is too little of, or what somebody waits for who came before.
std::optional<std::string> Engine::shortage_of(const Ticket& ticket, const Refused& refused) const {
  if (auto name = capacity_.shortage(ticket.demand)) return std::string(*name);
  for (const auto& [name, amount] : ticket.demand) {
    if (refused.reserved.count(name) != 0) return name;
  }
  return std::nullopt;
}

bool Engine::conditions_hold(Ticket& ticket, const Job& job) {
  if (job.needs.below_load) {
    out_.wants_load = true;
    if (!load_ || *load_ >= *job.needs.below_load) {
      wait_for(ticket, Reason::resources, "load",
               [] { return "the load of the host was too high"; });
      return false;
    }
  }
  if (!job.needs.only_if || ticket.checked) return true;
  capacity_.take(ticket.demand);
  ticket.checking = true;
  wait_for(ticket, Reason::condition, "", [] { return "its only_if was running"; });
  out_.checks.push_back({ticket.firing, jobs_.at(ticket.firing.first).job});
  return false;
}

// What waits now is written down, as far as there is room for it.
void Engine::record_waiting() {
  for (const FiringKey& firing : queue_.take_unrecorded()) {
    Ticket* ticket = queue_.find(firing);
    if (ticket == nullptr || ticket->recorded || !ticket->run_id.empty()) continue;
    if (ticket->detail.empty()) explain_wait(*ticket);
    const Limits& limits = capacity_.limits();
    auto pool = limits.pools.find(ticket->pool);
    const bool pool_full =
        pool != limits.pools.end() &&
        queue_.recorded_in(ticket->pool) >= static_cast<std::size_t>(pool->second.max_waiting);
    if (pool_full || queue_.recorded_in("") >= static_cast<std::size_t>(limits.max_waiting)) {
      skip_waiting(firing, Reason::queue_full,
                   pool_full ? "as many firings as max_waiting allows waited for the pool"
                             : "as many firings as max_waiting allows were waiting");
      continue;
    }
    queue_.mark_recorded(*ticket);
    put_waiting(*ticket);
  }
}

// Of one that was not asked, as others before it lacked the same.
void Engine::explain_wait(Ticket& ticket) {
  if (const auto lacking = capacity_.shortage(ticket.demand)) {
    const std::string name(*lacking);
    wait_for(ticket, reason_of_shortage(name), name, [&] { return holders_in_words(name); });
  } else if (draining_) {
    ticket.reason = Reason::draining;
    ticket.detail = "dsched was stopping";
  } else if (!hands_ready_ || !history_writable_) {
    ticket.reason = hands_ready_ ? Reason::no_space : Reason::fork_failed;
    ticket.detail = hands_ready_ ? "the history could not be written" : "there was no supervisor";
  } else {
    ticket.detail = "others were before it";
  }
}

// Words are made only when what it waits for is another thing than before, and written down again
// now and then.
template <class Words>
void Engine::wait_for(Ticket& ticket, Reason reason, std::string_view what, Words words) {
  if (ticket.reason == reason && ticket.what == what && !ticket.detail.empty()) return;
  ticket.reason = reason;
  ticket.what = what;
  ticket.detail = words();
  if (!ticket.recorded || now_.boot - ticket.recorded_at < kRecordAgain) return;
  put_waiting(ticket);
}

void Engine::put_waiting(Ticket& ticket) {
  ticket.recorded_at = now_.boot;
  out_.record.emplace_back(BeginWaiting{{ticket.firing.first,
                                         ticket.firing.second,
                                         ticket.trigger,
                                         ticket.since,
                                         ticket.reason,
                                         ticket.detail,
                                         ticket.params,
                                         ticket.force,
                                         {}}});
}

std::string Engine::still_going(const Run& run) {
  return "run " + short_run_id(run.id) + " was still going";
}

// "lock 'db' was held: archive (3kq2m9tx)"
std::string Engine::holders_in_words(std::string_view name) {
  constexpr std::size_t kMostNamed = 3;
  std::string text = shortage_in_words(name);
  const auto has = [&](const Demand& demand) {
    return std::any_of(demand.begin(), demand.end(),
                       [&](const auto& part) { return part.first == name; });
  };
  std::size_t named = 0;
  for (const std::string& id : runs_.ids()) {
    const Run& run = *runs_.find(id);
    if (!has(run.held) && !has(run.locks)) continue;
    if (named == kMostNamed) return text + ", ...";
    text += (named++ == 0 ? ": " : ", ") + run.job->name + " (" + short_run_id(id) + ")";
  }
  return text;
}

BootInstant Engine::place_of(const JobState& state, BootInstant since) const {
  BootInstant place = since - state.job->priority * kHeadStart;
  if (state.job->queue == QueueOrder::shortest)
    place += std::min(median(state.past.durations), kLongestExpected);
  return place;
}

}  // namespace dsched
