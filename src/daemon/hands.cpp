#include "daemon/hands.h"

#include <utility>
#include <variant>

#include "base/run_id.h"
#include "daemon/launch.h"

namespace dsched {

namespace {

AttemptOutcome not_started(StartFailure failure, Instant now) {
  AttemptOutcome outcome;
  outcome.failure = std::move(failure);
  outcome.started_at = outcome.ended_at = now;
  return outcome;
}

}  // namespace

Hands::Hands(World world, const HostFacts& host, const DaemonOptions& options, Log& log,
             Listener listener)
    : world_(world), host_(host), options_(options), log_(log), listener_(std::move(listener)) {}

// In a dry run there is nobody to connect to: everything ends well at once.
void Hands::connect() {
  if (options_.dry_run) {
    ready_ = true;
    listener_.tell(HandsReady{true, {}});
    return;
  }
  sweep();
  client_ =
      make_supervisor_client(world_.loop, world_.clock, options_.program, options_.state_directory,
                             options_.run_directory, client_listener());
  client_->connect();
}

SupervisorClient::Listener Hands::client_listener() {
  SupervisorClient::Listener listener;
  listener.on_ready = [this](const std::string& uuid, bool same_boot,
                             const std::vector<SupervisorClient::Known>& known) {
    on_ready(uuid, same_boot, known);
  };
  listener.on_started = [this](const AttemptKey& key, Instant started_at) {
    if (checks_.count(key.run_id) == 0) listener_.tell(AttemptBegan{key, started_at});
  };
  listener.on_ended = [this](const AttemptKey& key, const AttemptOutcome& outcome) {
    on_ended(key, outcome);
  };
  listener.on_gone = [this] {
    log_.error("the supervisor died; what it ran is lost");
    checks_.clear();
    listener_.tell(HandsLost{});
  };
  listener.on_trouble = [this](const Error& error) {
    log_.error("no supervisor can be had", {{"error", error.message}, {"hint", error.hint}});
    checks_.clear();
    listener_.tell(HandsLost{});
  };
  return listener;
}

void Hands::on_ready(const std::string& uuid, bool same_boot,
                     const std::vector<SupervisorClient::Known>& known) {
  supervisor_ = uuid;
  ready_ = true;
  log_.debug("supervisor ready", {{"supervisor", uuid}, {"known", std::to_string(known.size())}});
  HandsReady event;
  event.same_boot = same_boot;
  for (const SupervisorClient::Known& one : known) {
    if (one.outcome) acknowledge_unknown(one.key);
    event.known.push_back(
        {one.key, one.started_at, one.outcome, one.outcome ? outputs_of(one.key) : Values{}});
  }
  listener_.tell(event);
}

void Hands::on_ended(const AttemptKey& key, const AttemptOutcome& outcome) {
  auto check = checks_.extract(key.run_id);
  acknowledge_unknown(key);
  if (check.empty()) {
    listener_.tell(AttemptOver{key, outcome, outputs_of(key)});
  } else {
    listener_.tell(check_answer(check.mapped(), outcome));
  }
}

// Of checks, and of runs that have ended in the history: their acknowledgement was lost on the way.
void Hands::acknowledge_unknown(const AttemptKey& key) {
  if (!listener_.is_open(key.run_id)) recorded(key);
}

void Hands::start(const StartAttempt& start, std::optional<Instant> last_success_at) {
  if (options_.dry_run) {
    log_.info("would start", {{"job", start.job->name}});
    return tell_soon(AttemptOver{start.key, not_started({}, world_.clock.now()), {}});
  }
  auto launch = prepare_launch(facts_of(start, last_success_at), host_,
                               {world_.users, world_.files, world_.scratch});
  if (const auto* request = std::get_if<StartRequest>(&launch)) return client_->start(*request);
  tell_soon(AttemptOver{
      start.key, not_started(std::get<StartFailure>(std::move(launch)), world_.clock.now()), {}});
}

void Hands::check(const StartCheck& check, std::optional<Instant> last_success_at) {
  if (options_.dry_run) return tell_soon(CheckAnswered{check.firing, true, ""});
  const std::string run_id =
      make_run_id(world_.clock.now(), world_.entropy.next_u64(), world_.entropy.next_u64());
  const StartAttempt like{.key = {run_id, 1}, .job = check.job, .firing_at = check.firing.second};
  auto launch = prepare_check(check, run_id, facts_of(like, last_success_at), host_,
                              {world_.users, world_.files, world_.scratch});
  if (const auto* request = std::get_if<StartRequest>(&launch)) {
    checks_[run_id] = check.firing;
    return client_->start(*request);
  }
  tell_soon(check_answer(
      check.firing, not_started(std::get<StartFailure>(std::move(launch)), world_.clock.now())));
}

LaunchFacts Hands::facts_of(const StartAttempt& start,
                            std::optional<Instant> last_success_at) const {
  return {.key = start.key,
          .job = *start.job,
          .firing_at = start.firing_at,
          .trigger = start.trigger,
          .fence = start.fence,
          .last_success_at = last_success_at,
          .now = world_.clock.now(),
          .log_path = run_log_path(options_.log_directory, start.job->name, start.key.run_id),
          .like_a_shell = false,
          .working_directory = "",
          .tee = options_.tee_output,
          .params = start.params,
          .upstream_outputs = start.upstream_outputs,
          .scratch_place = scratch_place()};
}

// The engine is in the middle of a step.
void Hands::tell_soon(Event event) {
  world_.loop.post([this, event = std::move(event)] { listener_.tell(event); });
}

void Hands::stop(const StopAttempt& stop) {
  if (client_ == nullptr) return;
  if (stop.kill) {
    client_->kill(stop.key);
  } else {
    client_->stop(stop.key, 0);
  }
}

void Hands::recorded(const AttemptKey& key) {
  if (client_ == nullptr) return;
  client_->acknowledge(key);
  world_.loop.offload([&scratch = world_.scratch, place = scratch_place(),
                       name = scratch_name(key)] { scratch.remove(place, name); },
                      [] {});
}

void Hands::retire() {
  if (client_ != nullptr) client_->retire();
}

Values Hands::outputs_of(const AttemptKey& key) {
  return parse_outputs(
      world_.scratch.read_output(scratch_place(), scratch_name(key), kMaxOutputsBytes));
}

// What is left of attempts that ended while no daemon was there.
void Hands::sweep() {
  std::vector<std::string> left;
  for (const std::string& name : world_.scratch.names(scratch_place())) {
    if (!listener_.is_open(name.substr(0, name.find('.')))) left.push_back(name);
  }
  if (left.empty()) return;
  world_.loop.offload(
      [&scratch = world_.scratch, place = scratch_place(), left] {
        for (const std::string& name : left) scratch.remove(place, name);
      },
      [] {});
}

}  // namespace dsched
