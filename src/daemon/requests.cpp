#include "daemon/requests.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/text.h"
#include "model/parameters.h"

namespace dsched {

namespace {

std::string firing_key(std::string_view what, const std::string& job, Instant firing_at) {
  return fmt::format("{} {} {}", what, to_unix_us(firing_at), job);
}

// Names a change that an answer may wait for; "" for others.
std::string key_of(const HistoryChange& change) {
  if (const auto* claim = std::get_if<ClaimRun>(&change)) return "claim " + claim->run.run_id;
  if (const auto* decided = std::get_if<AddDecision>(&change))
    return firing_key("decision", decided->decision.job, decided->decision.firing_at);
  if (const auto* waits = std::get_if<BeginWaiting>(&change))
    return firing_key("waiting", waits->waiting.job, waits->waiting.firing_at);
  if (const auto* pause = std::get_if<SetPause>(&change)) return "pause " + pause->pause.job;
  if (const auto* resumed = std::get_if<EndPause>(&change)) return "resume " + resumed->job;
  return "";
}

bool asked_for(Trigger trigger) {
  return trigger == Trigger::manual || trigger == Trigger::backfill;
}

// What the change says of a firing that a person may have asked for.
std::optional<TriggeredFiring> firing_in(const HistoryChange& change) {
  using State = TriggeredFiring::State;
  if (const auto* claim = std::get_if<ClaimRun>(&change)) {
    const RunRecord& run = claim->run;
    if (asked_for(run.trigger))
      return TriggeredFiring{run.job,    run.firing_at,   State::started,
                             run.run_id, Reason::started, ""};
  } else if (const auto* waits = std::get_if<BeginWaiting>(&change)) {
    const WaitingRecord& waiting = waits->waiting;
    if (asked_for(waiting.trigger))
      return TriggeredFiring{waiting.job, waiting.firing_at, State::waiting,
                             "",          waiting.reason,    waiting.detail};
  } else if (const auto* decided = std::get_if<AddDecision>(&change)) {
    const Decision& decision = decided->decision;
    return TriggeredFiring{decision.job, decision.firing_at, State::skipped,
                           "",           decision.reason,    decision.detail};
  }
  return std::nullopt;
}

// The instant of the firings that RunNow made: it is one for all of them, and those that wait for
// others are not in the record.
Instant instant_of_run_now(const std::vector<std::string>& jobs, Instant now,
                           const std::vector<HistoryChange>& record) {
  Instant instant = now;
  for (const HistoryChange& change : record) {
    const std::optional<TriggeredFiring> found = firing_in(change);
    if (!found || std::find(jobs.begin(), jobs.end(), found->job) == jobs.end()) continue;
    instant = found->firing_at;
    if (found->state != TriggeredFiring::State::skipped) return instant;
  }
  return instant;
}

// Of the record, or waiting when it says nothing: then other firings of the request come first.
TriggeredFiring firing_of(const Job& job, Instant at, bool made_up,
                          const std::vector<HistoryChange>& record) {
  TriggeredFiring firing;
  firing.job = job.name;
  firing.firing_at = at;
  firing.detail = made_up ? "one after the other" : "after " + join(job.after, ", ");
  for (const HistoryChange& change : record) {
    const std::optional<TriggeredFiring> found = firing_in(change);
    if (found && found->job == job.name && found->firing_at == at) firing = *found;
  }
  return firing;
}

void mark_refused(std::vector<TriggeredFiring>& firings, const std::set<std::string>& refused) {
  for (TriggeredFiring& firing : firings) {
    if (refused.count(firing.run_id) == 0) continue;
    firing.state = TriggeredFiring::State::refused;
    firing.detail = "it has run already";
    firing.run_id.clear();
  }
}

// The pauses that the record ends, and the others of those that were asked for.
ResumeReport resumed_in(const std::vector<HistoryChange>& record,
                        const std::vector<std::string>& names) {
  ResumeReport report;
  for (const std::string& name : names) {
    const bool ended = std::any_of(record.begin(), record.end(), [&](const HistoryChange& change) {
      const auto* end = std::get_if<EndPause>(&change);
      return end != nullptr && end->job == name;
    });
    (ended ? report.resumed : report.not_paused).push_back(name);
  }
  return report;
}

// The first of the names that the record does not pause; "" when there is none.
std::string not_paused_in(const std::vector<HistoryChange>& record,
                          const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const bool paused = std::any_of(record.begin(), record.end(), [&](const HistoryChange& change) {
      const auto* pause = std::get_if<SetPause>(&change);
      return pause != nullptr && pause->pause.job == name;
    });
    if (!paused) return name;
  }
  return "";
}

std::size_t decisions_in(const std::vector<HistoryChange>& record) {
  return static_cast<std::size_t>(
      std::count_if(record.begin(), record.end(), [](const HistoryChange& change) {
        const auto* decided = std::get_if<AddDecision>(&change);
        return decided != nullptr && decided->decision.reason == Reason::cancelled;
      }));
}

}  // namespace

void Requests::serve(const ControlRequest& request, std::uint32_t peer_uid,
                     ControlServer::Reply reply) {
  const bool status = std::holds_alternative<StatusRequest>(request);
  if (!status && host_.status().draining)
    return reply(encode_reply(Error{ErrorCode::unavailable, "the daemon is stopping", ""}));
  std::visit(
      [&](const auto& concrete) {
        handle(concrete, {peer_uid, std::move(reply)});
      },
      request);
}

void Requests::stepped(const std::vector<HistoryChange>& record) {
  if (collected_ != nullptr) collected_->insert(collected_->end(), record.begin(), record.end());
}

void Requests::recorded(const std::vector<HistoryChange>& changes,
                        const std::vector<AppliedChange>& applied) {
  for (std::size_t i = 0; i < changes.size() && !pending_.empty(); ++i) {
    const std::string key = key_of(changes[i]);
    if (key.empty()) continue;
    const auto* claim = std::get_if<ClaimRun>(&changes[i]);
    for (Pending& pending : pending_) {
      const bool was_awaited = pending.awaited.erase(key) > 0;
      if (was_awaited && claim != nullptr && !applied[i].accepted)
        pending.refused.insert(claim->run.run_id);
    }
  }
  const auto told = std::stable_partition(pending_.begin(), pending_.end(),
                                          [](const Pending& one) { return !one.awaited.empty(); });
  for (auto pending = told; pending != pending_.end(); ++pending)
    pending->reply(pending->answer(pending->refused));
  pending_.erase(told, pending_.end());
  discard_settled(changes);
}

void Requests::handle(const StatusRequest&, Caller caller) {
  caller.reply(encode_reply(host_.status()));
}

void Requests::handle(const ReloadRequest&, Caller caller) {
  host_.reload([reply = std::move(caller.reply)](const ReloadReport& report) {
    reply(encode_reply(report));
  });
}

Result<void> Requests::check_trigger(const TriggerRequest& request) const {
  DSCHED_TRY_ASSIGN(const auto jobs, find_jobs(request.jobs));
  if (jobs.empty()) return Error{ErrorCode::invalid, "no job is named", ""};
  if (!request.firings.empty() && jobs.size() != 1)
    return Error{ErrorCode::invalid, "firings are made up for one job at a time", ""};
  const Instant now = host_.now();
  if (std::any_of(request.firings.begin(), request.firings.end(),
                  [now](Instant firing) { return firing > now; }))
    return Error{ErrorCode::invalid, "only firings of the past can be made up for", ""};
  return check_parameters(jobs, request.params);
}

void Requests::handle(const TriggerRequest& request, Caller caller) {
  if (const auto good = check_trigger(request); !good)
    return caller.reply(encode_reply(good.error()));
  const Event event = request.firings.empty()
                          ? Event(RunNow{request.jobs, request.params, request.force})
                          : Event(MakeUp{request.jobs.front(), request.firings, request.params});
  const Record record = feed({event});
  std::vector<TriggeredFiring> firings;
  const auto jobs = find_jobs(request.jobs);
  const bool made_up = !request.firings.empty();
  const std::vector<Instant> now = {instant_of_run_now(request.jobs, host_.now(), record)};
  for (const Job* job : *jobs) {
    for (const Instant at : made_up ? request.firings : now)
      firings.push_back(firing_of(*job, at, made_up, record));
  }
  answer_when_recorded(record, std::move(caller),
                       [firings = std::move(firings)](const std::set<std::string>& refused) {
                         std::vector<TriggeredFiring> told = firings;
                         mark_refused(told, refused);
                         return encode_reply(told);
                       });
}

void Requests::handle(const StopRequest& request, Caller caller) {
  std::vector<std::string> runs;
  std::vector<Event> events;
  const Job* submitted = nullptr;
  if (request.job.empty()) {
    if (host_.open_runs().count(request.run_id) == 0)
      return caller.reply(encode_reply(
          Error{ErrorCode::not_found, "the daemon has no such run that is going", ""}));
    runs = {request.run_id};
  } else {
    runs = runs_of({request.job});
    events.emplace_back(CancelWaiting{request.job});
    for (const Job& job : host_.jobs()) {
      if (job.name == request.job && job.submitted_at && runs.empty()) submitted = &job;
    }
  }
  for (const std::string& run : runs) events.emplace_back(StopRun{run, request.kill});
  const Record record = feed(events);
  StopReport report{runs, decisions_in(record)};
  // One that is not due yet has no firing that waits; without its file it never will.
  if (submitted != nullptr && report.taken_back == 0) {
    report.taken_back = 1;
    host_.discard(*submitted);
  }
  answer_when_recorded(record, std::move(caller),
                       [report](const std::set<std::string>&) { return encode_reply(report); });
}

void Requests::handle(const PauseRequest& request, Caller caller) {
  if (const auto known = find_jobs(request.jobs); !known)
    return caller.reply(encode_reply(known.error()));
  const Instant now = host_.now();
  if (request.until && *request.until <= now)
    return caller.reply(
        encode_reply(Error{ErrorCode::invalid, "the end of a pause lies ahead", ""}));
  std::vector<Event> events;
  const std::vector<std::string> all = {""};
  for (const std::string& job : request.jobs.empty() ? all : request.jobs)
    events.emplace_back(PauseJob{{.job = job,
                                  .kind = Pause::Kind::person,
                                  .since = now,
                                  .until = request.until,
                                  .who = host_.user_name(caller.uid),
                                  .reason = request.reason}});
  PauseReport report{request.jobs, request.until, {}};
  if (request.kill) report.stopping = runs_of(request.jobs);
  for (const std::string& run : report.stopping) events.emplace_back(StopRun{run, false});
  const Record record = feed(events);
  if (const std::string held = not_paused_in(record, request.jobs); !held.empty())
    return caller.reply(
        encode_reply(Error{ErrorCode::exists, held + " is held after a lost run, and stays so",
                           "dsched resolve " + held}));
  answer_when_recorded(record, std::move(caller),
                       [report](const std::set<std::string>&) { return encode_reply(report); });
}

void Requests::handle(const ResumeRequest& request, Caller caller) {
  if (const auto known = find_jobs(request.jobs); !known)
    return caller.reply(encode_reply(known.error()));
  resume(request.jobs.empty() ? std::vector<std::string>{""} : request.jobs, false,
         std::move(caller));
}

void Requests::handle(const ResolveRequest& request, Caller caller) {
  if (const auto known = find_jobs({request.job}); !known)
    return caller.reply(encode_reply(known.error()));
  resume({request.job}, true, std::move(caller));
}

void Requests::resume(const std::vector<std::string>& names, bool hold, Caller caller) {
  std::vector<Event> events;
  for (const std::string& job : names) events.emplace_back(ResumeJob{job, hold});
  const Record record = feed(events);
  answer_when_recorded(record, std::move(caller),
                       [report = resumed_in(record, names)](const std::set<std::string>&) {
                         return encode_reply(report);
                       });
}

void Requests::handle(const SubmitRequest& request, Caller caller) {
  for (const Job& job : host_.jobs()) {
    if (job.name != request.name) continue;
    return caller.reply(encode_reply(
        Error{ErrorCode::exists, fmt::format("there is a job '{}' already", request.name), ""}));
  }
  const Result<Instant> due = host_.store(request);
  if (!due) return caller.reply(encode_reply(due.error()));
  host_.reload([report = SubmitReport{request.name, *due}, reply = std::move(caller.reply)](
                   const ReloadReport&) { reply(encode_reply(report)); });
}

Requests::Record Requests::feed(const std::vector<Event>& events) {
  Record record;
  collected_ = &record;
  for (const Event& event : events) host_.feed(event);
  collected_ = nullptr;
  return record;
}

Result<std::vector<const Job*>> Requests::find_jobs(const std::vector<std::string>& names) const {
  std::vector<const Job*> found;
  for (const std::string& name : names) {
    const auto& jobs = host_.jobs();
    const auto job =
        std::find_if(jobs.begin(), jobs.end(), [&](const Job& one) { return one.name == name; });
    if (job == jobs.end())
      return Error{ErrorCode::not_found, fmt::format("the daemon knows no job '{}'", visible(name)),
                   "dsched check"};
    found.push_back(&*job);
  }
  return found;
}

// No names: of all jobs.
std::vector<std::string> Requests::runs_of(const std::vector<std::string>& jobs) const {
  std::vector<std::string> runs;
  for (const auto& [run_id, job] : host_.open_runs()) {
    if (jobs.empty() || std::find(jobs.begin(), jobs.end(), job) != jobs.end())
      runs.push_back(run_id);
  }
  return runs;
}

void Requests::answer_when_recorded(const Record& record, Caller caller, Answer answer) {
  Pending pending{{}, {}, std::move(answer), std::move(caller.reply)};
  for (const HistoryChange& change : record) {
    if (std::string key = key_of(change); !key.empty()) pending.awaited.insert(std::move(key));
  }
  if (pending.awaited.empty()) return pending.reply(pending.answer({}));
  pending_.push_back(std::move(pending));
}

// Submitted jobs whose firing these changes settle, unless something of them still goes on.
void Requests::discard_settled(const std::vector<HistoryChange>& changes) {
  std::set<std::string> ended;
  std::set<std::string> settled;
  const std::map<std::string, std::string>& open = host_.open_runs();
  for (const HistoryChange& change : changes) {
    if (const auto* over = std::get_if<RunEnded>(&change)) {
      ended.insert(over->run_id);
      if (const auto run = open.find(over->run_id); run != open.end()) settled.insert(run->second);
    } else if (const auto* decided = std::get_if<AddDecision>(&change)) {
      settled.insert(decided->decision.job);
    }
  }
  for (const auto& [run_id, job] : open) {
    if (ended.count(run_id) == 0) settled.erase(job);
  }
  for (const Job& job : host_.jobs()) {
    if (job.submitted_at && settled.count(job.name) > 0) host_.discard(job);
  }
}

}  // namespace dsched
