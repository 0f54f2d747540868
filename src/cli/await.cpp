#include "cli/await.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/run_id.h"
#include "cli/records.h"

namespace dsched {
namespace {

constexpr Duration kLookAgain = std::chrono::milliseconds{100};

// None while it has not settled.
Outcome<std::optional<Ending>> ending_of(HistoryReader& history, const Awaited& awaited) {
  std::string run_id = awaited.run_id;
  if (run_id.empty()) {
    DSCHED_TRY_ASSIGN(const std::optional<Decision> decision,
                      history.decision_at(awaited.job, awaited.firing_at));
    if (!decision ||
        (decision->kind != DecisionKind::started && decision->decided_at < awaited.asked_at))
      return std::optional<Ending>{};
    if (decision->kind != DecisionKind::started)
      return std::optional<Ending>{{awaited.job, std::nullopt, decision}};
    run_id = decision->run_id;
  }
  RunQuery query;
  query.run_id_prefix = run_id;
  query.limit = 1;
  DSCHED_TRY_ASSIGN(std::vector<RunRecord> runs, history.runs(query));
  if (runs.empty() || !runs.front().result) return std::optional<Ending>{};
  return std::optional<Ending>{{awaited.job, std::move(runs.front()), std::nullopt}};
}

class Waiter {
 public:
  Waiter(Context& context, HistoryReader& history, const std::vector<Awaited>& awaited,
         std::optional<Duration> patience)
      : context_(context),
        history_(history),
        awaited_(awaited),
        endings_(awaited.size()),
        loop_(context.platform.loop()) {
    if (patience) deadline_ = context.platform.clock.boot_now() + *patience;
  }

  Outcome<std::vector<Ending>> wait() {
    if (!look()) loop_.run();
    if (failure_) return *failure_;
    std::vector<Ending> endings;
    for (std::optional<Ending>& ending : endings_) endings.push_back(std::move(*ending));
    return endings;
  }

 private:
  // True when there is nothing left to wait for.
  bool look() {
    bool all = true;
    for (std::size_t i = 0; i < awaited_.size(); ++i) {
      if (endings_[i]) continue;
      Outcome<std::optional<Ending>> ending = ending_of(history_, awaited_[i]);
      if (!ending) return end_with(std::move(ending).error());
      endings_[i] = std::move(*ending);
      all = all && endings_[i].has_value();
    }
    if (all) return end();
    const BootInstant now = context_.platform.clock.boot_now();
    if (deadline_ && now >= *deadline_)
      return end_with({kExitTimeout, "timeout", "it has not ended in that time"});
    const BootInstant next = now + kLookAgain;
    timer_ = loop_.at(deadline_ ? std::min(next, *deadline_) : next, [this] { look(); });
    return false;
  }

  bool end_with(Failure failure) {
    failure_ = std::move(failure);
    return end();
  }
  bool end() {
    timer_.reset();
    loop_.stop();
    return true;
  }

  Context& context_;
  HistoryReader& history_;
  const std::vector<Awaited>& awaited_;
  std::vector<std::optional<Ending>> endings_;
  std::optional<BootInstant> deadline_;
  Loop& loop_;
  Loop::Handle timer_;
  std::optional<Failure> failure_;
};

}  // namespace

Outcome<std::vector<Ending>> await_endings(Context& context, HistoryReader& history,
                                           const std::vector<Awaited>& awaited,
                                           std::optional<Duration> patience) {
  context.out().flush();
  context.err().flush();
  return Waiter(context, history, awaited, patience).wait();
}

int exit_code_of(const std::vector<Ending>& endings) {
  for (const Ending& ending : endings) {
    const int code = ending.run ? exit_code_of(*ending.run) : kExitTemporary;
    if (code != kExitOk) return code;
  }
  return kExitOk;
}

std::string ending_in_words(const Ending& ending) {
  if (ending.run) {
    const RunRecord& run = *ending.run;
    std::string text = fmt::format("{} ended {}", run.job, result_words(run));
    if (const auto took = duration_of(run)) text += " after " + human_duration(*took);
    return text + fmt::format(", run {}", short_run_id(run.run_id));
  }
  const Decision& decision = *ending.decision;
  std::string text =
      fmt::format("{} was {}: {}", decision.job, to_text(decision.kind), to_text(decision.reason));
  return decision.detail.empty() ? text : fmt::format("{} ({})", text, decision.detail);
}

Json endings_json(const std::vector<Ending>& endings, const TimeView& view,
                  const std::string& host) {
  Json runs = Json::array();
  Json decisions = Json::array();
  for (const Ending& ending : endings) {
    if (ending.run) runs.push(run_json(*ending.run, view));
    if (ending.decision) decisions.push(decision_json(*ending.decision, view, host));
  }
  Json answer = Json::object();
  answer.set("runs", std::move(runs));
  answer.set("decisions", std::move(decisions));
  answer.set("exit_code", exit_code_of(endings));
  return answer;
}

}  // namespace dsched
