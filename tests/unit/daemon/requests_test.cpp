#include "daemon/requests.h"

#include <optional>
#include <utility>

#include <doctest/doctest.h>

#include "daemon/control_codec.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

constexpr Instant kAsked = from_unix_us(1'795'191'120'000'000);

// A daemon of nothing but canned steps: what the next event records, and what was asked of it.
struct FakeDaemon {
  std::vector<Job> jobs;
  std::map<std::string, std::string> open_runs;
  std::vector<HistoryChange> next_record;
  bool draining = false;
  Result<Instant> stored = kAsked;

  std::vector<Event> events;
  std::vector<std::string> discarded;
  int reloads = 0;
  std::optional<std::string> answer;

  Requests requests{{.status = [this] { return DaemonStatus{1, "", kAsked, 0, 0, draining}; },
                     .now = [] { return kAsked; },
                     .user_name = [](std::uint32_t uid) { return "user" + std::to_string(uid); },
                     .jobs = [this]() -> const std::vector<Job>& { return jobs; },
                     .open_runs = [this]() -> const auto& {return open_runs;
},
    .feed =
        [this](const Event& event) {
          events.push_back(event);
          requests.stepped(std::exchange(next_record, {}));
        },
    .reload =
        [this](const std::function<void(const ReloadReport&)>& done) {
          ++reloads;
          done({});
        },
    .store = [this](const SubmitRequest&) { return stored; },
    .discard = [this](const Job& job) { discarded.push_back(job.name); }
}  // namespace
}
;

FakeDaemon() {
  for (const char* name : {"a", "b"}) {
    jobs.emplace_back();
    jobs.back().name = name;
  }
}

void ask(const ControlRequest& request) {
  answer.reset();
  requests.serve(request, 1000, [this](const std::string& body) { answer = body; });
}

void record(const std::vector<HistoryChange>& changes, bool accepted = true) {
  requests.recorded(changes, std::vector<AppliedChange>(changes.size(), {accepted, 1}));
}

Error refusal() const {
  REQUIRE(answer);
  const auto decoded = decode_stop(*answer);
  REQUIRE_FALSE(decoded);
  return decoded.error();
}
}
;

HistoryChange claim(const std::string& job, Trigger trigger, Instant at, const std::string& run) {
  ClaimRun change;
  change.run.job = change.decision.job = job;
  change.run.firing_at = change.decision.firing_at = at;
  change.run.trigger = trigger;
  change.run.run_id = run;
  return change;
}

HistoryChange waits(const std::string& job, Trigger trigger, Instant at, Reason reason) {
  BeginWaiting change;
  change.waiting.job = job;
  change.waiting.firing_at = at;
  change.waiting.trigger = trigger;
  change.waiting.reason = reason;
  change.waiting.detail = "pool heavy is full";
  return change;
}

HistoryChange skipped(const std::string& job, Instant at, Reason reason) {
  AddDecision change;
  change.decision.job = job;
  change.decision.firing_at = at;
  change.decision.kind = DecisionKind::skipped;
  change.decision.reason = reason;
  return change;
}

HistoryChange pause_of(const std::string& job) {
  SetPause change;
  change.pause.job = job;
  return change;
}

using State = TriggeredFiring::State;

}  // namespace

TEST_CASE("trigger is answered with the run when its claim is on disk") {
  FakeDaemon daemon;
  const HistoryChange claimed = claim("a", Trigger::manual, kAsked, "RUN");
  daemon.next_record = {claim("a", Trigger::schedule, kAsked - 1s, "OTHER"), claimed};
  daemon.ask(TriggerRequest{{"a"}, {}, {}, true});
  REQUIRE(daemon.events.size() == 1);
  const auto& run_now = std::get<RunNow>(daemon.events[0]);
  CHECK(run_now.jobs == std::vector<std::string>{"a"});
  CHECK(run_now.force);
  CHECK_FALSE(daemon.answer);
  daemon.record({claim("a", Trigger::schedule, kAsked - 1s, "OTHER")});
  CHECK_FALSE(daemon.answer);
  daemon.record({claimed});
  const auto firings = decode_trigger(daemon.answer.value());
  REQUIRE(firings);
  REQUIRE(firings->size() == 1);
  CHECK(firings->front().state == State::started);
  CHECK(firings->front().run_id == "RUN");
}

TEST_CASE("trigger tells what waits, what was skipped, and what comes after others") {
  FakeDaemon daemon;
  daemon.jobs.emplace_back();
  daemon.jobs.back().name = "c";
  daemon.jobs.back().after = {"a", "b"};
  const Instant at = kAsked + 3us;  // as the engine chose
  const std::vector<HistoryChange> record = {skipped("a", kAsked - 1s, Reason::overlap),
                                             waits("a", Trigger::manual, at, Reason::pool_full),
                                             skipped("b", at, Reason::paused)};
  daemon.next_record = record;
  daemon.ask(TriggerRequest{{"a", "b", "c"}, {}, {}, false});
  daemon.record(record);
  const auto firings = decode_trigger(daemon.answer.value());
  REQUIRE(firings);
  REQUIRE(firings->size() == 3);
  CHECK(firings->at(0).state == State::waiting);
  CHECK(firings->at(0).reason == Reason::pool_full);
  CHECK(firings->at(0).detail == "pool heavy is full");
  CHECK(firings->at(1).state == State::skipped);
  CHECK(firings->at(1).reason == Reason::paused);
  CHECK(firings->at(2).state == State::waiting);
  CHECK(firings->at(2).detail == "after a, b");
  CHECK(firings->at(2).firing_at == firings->at(0).firing_at);
}

TEST_CASE("firings of the past are made up for, but those that have run") {
  FakeDaemon daemon;
  const Instant first = kAsked - 2h;
  const Instant second = kAsked - 1h;
  const HistoryChange claimed = claim("a", Trigger::backfill, first, "RUN");
  daemon.next_record = {claimed};
  daemon.ask(TriggerRequest{{"a"}, {}, {first, second}, false});
  const auto& make_up = std::get<MakeUp>(daemon.events.at(0));
  CHECK(make_up.job == "a");
  CHECK(make_up.firings == std::vector<Instant>{first, second});
  daemon.record({claimed}, false);
  const auto firings = decode_trigger(daemon.answer.value());
  REQUIRE(firings);
  REQUIRE(firings->size() == 2);
  CHECK(firings->at(0).state == State::refused);
  CHECK(firings->at(0).run_id.empty());
  CHECK(firings->at(1).state == State::waiting);
  CHECK(firings->at(1).firing_at == second);
}

TEST_CASE("what cannot be triggered is refused, and nothing is fed") {
  FakeDaemon daemon;
  daemon.ask(TriggerRequest{{"nobody"}, {}, {}, false});
  CHECK(daemon.refusal().code == ErrorCode::not_found);
  daemon.ask(TriggerRequest{{}, {}, {}, false});
  CHECK(daemon.refusal().code == ErrorCode::invalid);
  daemon.ask(TriggerRequest{{"a", "b"}, {}, {kAsked - 1h}, false});
  CHECK(daemon.refusal().message == "firings are made up for one job at a time");
  daemon.ask(TriggerRequest{{"a"}, {}, {kAsked + 1h}, false});
  CHECK(daemon.refusal().message == "only firings of the past can be made up for");
  daemon.ask(TriggerRequest{{"a"}, {{"DAY", "mon"}}, {}, false});
  CHECK(daemon.refusal().message == "job 'a' has no parameter 'DAY'");
  CHECK(daemon.events.empty());
}

TEST_CASE("a daemon that stops answers the status only") {
  FakeDaemon daemon;
  daemon.draining = true;
  daemon.ask(TriggerRequest{{"a"}, {}, {}, false});
  CHECK(daemon.refusal().code == ErrorCode::unavailable);
  daemon.ask(StatusRequest{});
  CHECK(decode_status(daemon.answer.value())->draining);
}

TEST_CASE("stop ends the runs of a job and takes back what waits") {
  FakeDaemon daemon;
  daemon.open_runs = {{"R1", "a"}, {"R2", "b"}, {"R3", "a"}};
  daemon.next_record = {skipped("a", kAsked, Reason::cancelled)};
  daemon.ask(StopRequest{"", "a", true});
  REQUIRE(daemon.events.size() == 3);
  CHECK(std::get<CancelWaiting>(daemon.events[0]).job == "a");
  CHECK(std::get<StopRun>(daemon.events[1]).run_id == "R1");
  CHECK(std::get<StopRun>(daemon.events[2]).run_id == "R3");
  CHECK(std::get<StopRun>(daemon.events[2]).kill);
  daemon.record({skipped("a", kAsked, Reason::cancelled)});
  const auto report = decode_stop(daemon.answer.value());
  REQUIRE(report);
  CHECK(report->stopping == std::vector<std::string>{"R1", "R3"});
  CHECK(report->taken_back == 1);
}

TEST_CASE("stop of one run wants a run that goes on") {
  FakeDaemon daemon;
  daemon.open_runs = {{"R1", "a"}, {"R2", "a"}};
  daemon.ask(StopRequest{"R2", "", false});
  REQUIRE(daemon.events.size() == 1);
  CHECK(std::get<StopRun>(daemon.events[0]).run_id == "R2");
  CHECK(decode_stop(daemon.answer.value()));
  daemon.ask(StopRequest{"R9", "", false});
  CHECK(daemon.refusal().code == ErrorCode::not_found);
}

TEST_CASE("a pause keeps who, why and until when; of all jobs it has no name") {
  FakeDaemon daemon;
  daemon.open_runs = {{"R1", "a"}, {"R2", "b"}};
  daemon.next_record = {pause_of("a")};
  daemon.ask(PauseRequest{{"a"}, kAsked + 1h, "moving", true});
  const Pause pause = std::get<PauseJob>(daemon.events.at(0)).pause;
  CHECK(pause.job == "a");
  CHECK(pause.who == "user1000");
  CHECK(pause.reason == "moving");
  CHECK(pause.since == kAsked);
  CHECK(pause.until == kAsked + 1h);
  CHECK(std::get<StopRun>(daemon.events.at(1)).run_id == "R1");
  CHECK_FALSE(daemon.answer);
  daemon.record({pause_of("a")});
  CHECK(decode_pause(daemon.answer.value())->stopping == std::vector<std::string>{"R1"});

  daemon.events.clear();
  daemon.ask(PauseRequest{});
  CHECK(std::get<PauseJob>(daemon.events.at(0)).pause.job.empty());
  daemon.ask(PauseRequest{{"a"}, kAsked, "", false});
  CHECK(daemon.refusal().code == ErrorCode::invalid);
}

TEST_CASE("resume tells what was paused and what was not") {
  FakeDaemon daemon;
  daemon.next_record = {EndPause{"b"}};
  daemon.ask(ResumeRequest{{"a", "b"}});
  CHECK_FALSE(std::get<ResumeJob>(daemon.events.at(0)).hold);
  daemon.record({EndPause{"b"}});
  const auto report = decode_resume(daemon.answer.value());
  CHECK(report->resumed == std::vector<std::string>{"b"});
  CHECK(report->not_paused == std::vector<std::string>{"a"});

  daemon.events.clear();
  daemon.ask(ResolveRequest{"a"});
  CHECK(std::get<ResumeJob>(daemon.events.at(0)).hold);
}

TEST_CASE("submit answers when the job is loaded; a name is used once at a time") {
  FakeDaemon daemon;
  daemon.ask(SubmitRequest{"submit/x", "..."});
  CHECK(daemon.reloads == 1);
  CHECK(decode_submit(daemon.answer.value())->firing_at == kAsked);
  daemon.ask(SubmitRequest{"a", "..."});
  CHECK(daemon.refusal().code == ErrorCode::exists);
  daemon.stored = Error{ErrorCode::invalid, "bad", ""};
  daemon.ask(SubmitRequest{"submit/y", "..."});
  CHECK(daemon.refusal().message == "bad");
  CHECK(daemon.reloads == 1);
}

TEST_CASE("a submitted job goes when its run has ended, not while another of it runs") {
  FakeDaemon daemon;
  daemon.jobs[0].submitted_at = kAsked;
  daemon.open_runs = {{"R1", "a"}, {"R2", "a"}, {"R3", "b"}};
  daemon.record({RunEnded{"R1", RunResult::lost, 125, kAsked, {}}});
  CHECK(daemon.discarded.empty());
  daemon.open_runs.erase("R1");
  daemon.record(
      {RunEnded{"R2", RunResult::ok, 0, kAsked, {}}, RunEnded{"R3", RunResult::ok, 0, kAsked, {}}});
  CHECK(daemon.discarded == std::vector<std::string>{"a"});
}

TEST_CASE("a submitted job that was skipped, or is stopped before it is due, goes too") {
  FakeDaemon daemon;
  daemon.jobs[0].submitted_at = kAsked;
  daemon.record({skipped("a", kAsked, Reason::overlap)});
  CHECK(daemon.discarded == std::vector<std::string>{"a"});
  daemon.discarded.clear();
  daemon.ask(StopRequest{"", "a", false});
  CHECK(daemon.discarded == std::vector<std::string>{"a"});
  CHECK(decode_stop(daemon.answer.value())->taken_back == 1);
}
