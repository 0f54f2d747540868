#include "daemon/change_log.h"

#include "base/duration_text.h"
#include "base/run_id.h"

namespace dsched {

namespace {

using JobOf = std::function<std::string(const std::string&)>;

struct ChangeLogger {
  Log& log;
  const JobOf& job_of;

  void operator()(const ClaimRun&) const {}
  void operator()(const MoveCursor&) const {}
  void operator()(const ForgetJob&) const {}
  void operator()(const RebaseJob&) const {}
  void operator()(const DeliveryTried&) const {}

  void operator()(const AddDecision& change) const {
    const Decision& decision = change.decision;
    log.warning(decision.kind == DecisionKind::missed ? "missed" : "skipped",
                {{"job", decision.job},
                 {"reason", std::string(to_text(decision.reason))},
                 {"detail", decision.detail},
                 {"firings", std::to_string(decision.firings)}});
  }
  void operator()(const AttemptStarted& change) const {
    log.info("started", {{"job", job_of(change.key.run_id)},
                         {"run", short_run_id(change.key.run_id)},
                         {"attempt", std::to_string(change.key.attempt)}});
  }
  void operator()(const AttemptEnded& change) const {
    if (change.outcome.failure.step == StartStep::none) return;
    log.error("could not start",
              {{"job", job_of(change.key.run_id)},
               {"run", short_run_id(change.key.run_id)},
               {"reason", std::string(to_text(reason_of(change.outcome.failure)))},
               {"error", describe(change.outcome.failure)}});
  }
  void operator()(const RunEnded& change) const {
    log.write(change.result == RunResult::ok ? LogLevel::info : LogLevel::error, "ended",
              {{"job", job_of(change.run_id)},
               {"run", short_run_id(change.run_id)},
               {"result", std::string(to_text(change.result))},
               {"exit", std::to_string(change.exit_status)}});
  }
  void operator()(const BeginWaiting& change) const {
    log.info("waiting", {{"job", change.waiting.job},
                         {"reason", std::string(to_text(change.waiting.reason))},
                         {"detail", change.waiting.detail}});
  }
  void operator()(const SetPause& change) const {
    log.warning("paused", {{"job", change.pause.job.empty() ? "(all)" : change.pause.job},
                           {"who", change.pause.who},
                           {"reason", change.pause.reason}});
  }
  void operator()(const EndPause& change) const {
    log.info("resumed", {{"job", change.job.empty() ? "(all)" : change.job}});
  }
  void operator()(const RaiseAlert& change) const {
    log.info("alert", {{"job", change.alert.job},
                       {"kind", std::string(to_text(change.alert.kind))},
                       {"subject", change.alert.subject}});
  }
};

}  // namespace

void log_change(Log& log, const HistoryChange& change, const JobOf& job_of) {
  std::visit(ChangeLogger{log, job_of}, change);
}

void log_retry(Log& log, const RetryPlanned& retry) {
  log.warning("attempt failed, another follows",
              {{"job", retry.job->name},
               {"run", short_run_id(retry.failed.run_id)},
               {"attempt", std::to_string(retry.failed.attempt)},
               {"exit", std::to_string(exit_status_of(retry.outcome))},
               {"pause", human_duration(retry.pause)}});
}

}  // namespace dsched
