#include <algorithm>

#include <fmt/format.h>

#include "base/run_id.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/daemon_call.h"
#include "cli/records.h"
#include "daemon/control.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"wait", 0, "", "until the runs have ended; exit with their code"},
    {"param", 0, "NAME=VALUE", "set a parameter of the job", true},
    {"scheduled-at", 0, "TIME", "make up for the firing of this time"},
    {"backfill", 0, "FROM..TO", "make up for every firing between that has not run"},
    {"force", 0, "", "also when it is paused or still running, and whatever only_if says"},
};

constexpr std::size_t kMostFirings = 1000;

Outcome<Instant> time_of(std::string_view option, std::string_view text, const TimeView& view) {
  Result<Instant> at = parse_time(text, view.zone(), view.now());
  if (at) return *at;
  Failure failure = usage_failure(fmt::format("--{}: {}", option, at.error().message));
  failure.hint = at.error().hint;
  return failure;
}

Outcome<const Job*> scheduled_job(const std::vector<Job>& jobs, std::string_view option,
                                  const std::vector<std::string>& names) {
  if (names.size() != 1) return usage_failure(fmt::format("--{} needs exactly one job", option));
  for (const Job& job : jobs) {
    if (job.name == names.front()) return &job;
  }
  return unknown_name("job", names.front(), names_of(jobs));
}

Outcome<std::vector<Instant>> one_firing(const Workspace& workspace, const std::string& text,
                                         const std::vector<std::string>& names) {
  DSCHED_TRY_ASSIGN(const Job* job,
                    scheduled_job(workspace.configuration.jobs, "scheduled-at", names));
  DSCHED_TRY_ASSIGN(const Instant at, time_of("scheduled-at", text, workspace.view));
  if (!job->timetable.empty() && !job->timetable.fires_at(floor_second(at))) {
    Failure failure =
        usage_failure(fmt::format("'{}' is not due at {}", job->name, workspace.view.full(at)));
    if (const auto before = job->timetable.previous(floor_second(at)))
      failure.hint = fmt::format("the firing before is {}", workspace.view.full(*before));
    return failure;
  }
  return std::vector<Instant>{at};
}

Outcome<bool> has_run(HistoryReader* history, const std::string& job, Instant firing_at) {
  if (history == nullptr) return false;
  DSCHED_TRY_ASSIGN(const std::optional<Decision> decision, history->decision_at(job, firing_at));
  return decision && decision->kind == DecisionKind::started;
}

// The firings of FROM..TO, both included, up to now, that have not run.
Outcome<std::vector<Instant>> missing_firings(const Workspace& workspace, HistoryReader* history,
                                              const std::string& text,
                                              const std::vector<std::string>& names) {
  DSCHED_TRY_ASSIGN(const Job* job, scheduled_job(workspace.configuration.jobs, "backfill", names));
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos)
    return usage_failure(fmt::format("--backfill must look like FROM..TO, not '{}'", text));
  const std::string_view whole = text;
  DSCHED_TRY_ASSIGN(const Instant from, time_of("backfill", whole.substr(0, dots), workspace.view));
  DSCHED_TRY_ASSIGN(const Instant to, time_of("backfill", whole.substr(dots + 2), workspace.view));
  if (to < from) return usage_failure("--backfill: the end of the span is before its beginning");
  if (job->timetable.empty())
    return usage_failure(fmt::format("--backfill: {} has no schedule", job->name));
  const Second last = floor_second(std::min(to, workspace.view.now()));
  std::vector<Instant> firings;
  std::optional<Second> next = job->timetable.next(floor_second(from) - std::chrono::seconds{1});
  for (; next && *next <= last; next = job->timetable.next(*next)) {
    DSCHED_TRY_ASSIGN(const bool ran, has_run(history, job->name, *next));
    if (!ran) firings.push_back(*next);
    if (firings.size() > kMostFirings)
      return usage_failure(fmt::format("--backfill: more than {} firings", kMostFirings));
  }
  return firings;
}

struct Wish {
  TriggerRequest request;
  bool makes_up = false;
};

Outcome<Wish> wish_of(const Context& context, const Workspace& workspace, HistoryReader* history) {
  const Arguments& arguments = context.arguments;
  Wish wish;
  DSCHED_TRY_ASSIGN(wish.request.jobs,
                    jobs_to_ask_for(workspace.configuration.jobs, arguments.words()));
  DSCHED_TRY_ASSIGN(wish.request.params, assignments(arguments, "param"));
  wish.request.force = arguments.has("force");
  const std::optional<std::string> at = arguments.value("scheduled-at");
  const std::optional<std::string> range = arguments.value("backfill");
  if (at && range) return usage_failure("--scheduled-at and --backfill exclude each other");
  wish.makes_up = at || range;
  if (at) {
    DSCHED_TRY_ASSIGN(wish.request.firings, one_firing(workspace, *at, wish.request.jobs));
  } else if (range) {
    DSCHED_TRY_ASSIGN(wish.request.firings,
                      missing_firings(workspace, history, *range, wish.request.jobs));
  }
  return wish;
}

std::string in_words(const TriggeredFiring& firing, bool makes_up, const TimeView& view) {
  using State = TriggeredFiring::State;
  std::string text = firing.job;
  if (makes_up) text += fmt::format(" of {}", view.full(firing.firing_at));
  const std::string id = short_run_id(firing.run_id);
  const std::string why =
      firing.detail.empty() ? std::string(to_text(firing.reason)) : firing.detail;
  switch (firing.state) {
    case State::started:
      return fmt::format("{}: started, run {}.  Undo: dsched stop {}\n", text, id, id);
    case State::waiting:
      return fmt::format("{}: waiting ({}).  Undo: dsched stop {}\n", text, why, firing.job);
    case State::skipped:
      return fmt::format("{}: skipped ({}).  Next: dsched why {}\n", text, why, firing.job);
    case State::refused:
      break;
  }
  return fmt::format("{}: not started: {}\n", text, firing.detail);
}

void print(const Context& context, const std::vector<TriggeredFiring>& firings, bool makes_up,
           const TimeView& view) {
  for (const TriggeredFiring& firing : firings) {
    if (!context.arguments.has("quiet")) {
      context.out().write(in_words(firing, makes_up, view));
    } else if (!firing.run_id.empty()) {
      context.out().write(firing.run_id + "\n");
    }
  }
}

Json firing_json(const TriggeredFiring& firing, const TimeView& view) {
  return Json::object(
      {{"job", firing.job},
       {"firing_at", view.rfc3339(firing.firing_at)},
       {"firing_unix", unix_json(firing.firing_at)},
       {"state", to_text(firing.state)},
       {"run_id", firing.run_id.empty() ? Json() : Json(firing.run_id)},
       {"reason", firing.reason == Reason::started ? Json() : Json(to_text(firing.reason))},
       {"detail", firing.detail.empty() ? Json() : Json(firing.detail)}});
}

Json answer_json(const std::vector<TriggeredFiring>& firings, const TimeView& view) {
  Json list = Json::array();
  for (const TriggeredFiring& firing : firings) list.push(firing_json(firing, view));
  Json answer = Json::object({{"schema", "dsched.trigger/1"}});
  answer.set("firings", std::move(list));
  return answer;
}

// 75 when something was not even queued.
int exit_code_of(const std::vector<TriggeredFiring>& firings) {
  const bool all = std::all_of(firings.begin(), firings.end(), [](const TriggeredFiring& firing) {
    return firing.state == TriggeredFiring::State::started ||
           firing.state == TriggeredFiring::State::waiting;
  });
  return all ? kExitOk : kExitTemporary;
}

Outcome<int> wait_for(Context& context, const Workspace& workspace,
                      const std::vector<TriggeredFiring>& firings) {
  std::vector<Awaited> awaited;
  for (const TriggeredFiring& firing : firings) {
    if (firing.state != TriggeredFiring::State::refused)
      awaited.push_back({firing.job, firing.firing_at, firing.run_id, workspace.view.now()});
  }
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> history, open_reader(workspace.paths));
  if (!history) return Failure(kExitTemporary, "unavailable", "there is no history to wait on");
  DSCHED_TRY_ASSIGN(const std::vector<Ending> endings,
                    await_endings(context, *history, awaited, std::nullopt));
  if (context.json) {
    Json answer = answer_json(firings, workspace.view);
    answer.merge(endings_json(endings, workspace.view, context.platform.host));
    context.out().write(answer.dump() + "\n");
  } else {
    for (const Ending& ending : endings) context.out().write(ending_in_words(ending) + "\n");
  }
  const int code = exit_code_of(endings);
  return code != kExitOk ? code : exit_code_of(firings);
}

Outcome<int> run(Context& context) {
  if (context.arguments.words().empty()) return usage_failure("the name of a job is missing");
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_for_daemon(context));
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> history, open_reader(workspace.paths));
  DSCHED_TRY_ASSIGN(const Wish wish, wish_of(context, workspace, history.get()));
  std::vector<TriggeredFiring> firings;
  if (!wish.makes_up || !wish.request.firings.empty()) {
    Result<std::vector<TriggeredFiring>> answer =
        ask_trigger(workspace.paths.run_directory, wish.request);
    if (!answer)
      return daemon_failure(std::move(answer).error(), workspace.configuration.jobs,
                            wish.request.jobs);
    firings = std::move(*answer);
  } else {
    context.note("nothing to make up for: every firing of that time has run");
  }
  const bool wait = context.arguments.has("wait");
  if (!context.json) print(context, firings, wish.makes_up, workspace.view);
  if (wait && !firings.empty()) return wait_for(context, workspace, firings);
  if (context.json) context.out().write(answer_json(firings, workspace.view).dump() + "\n");
  return exit_code_of(firings);
}

constexpr CommandSpec kCommand{
    .name = "trigger",
    .heading = "Run",
    .summary = "let the daemon run it now",
    .usage = "JOB...",
    .words = Words::any,
    .word_kind = "job",
    .groups = kReadsJobs | kTimes,
    .options = kOptions,
    .description =
        "The daemon runs the job as it is configured: with its user, its limits and its locks. Of "
        "several\n"
        "jobs, those that run after others among them do so. --scheduled-at and --backfill make up "
        "for\n"
        "firings of the past that were skipped or missed, one after the other; a firing that ran "
        "is not run again.\n"
        "Exit code 75 when something was skipped; with --wait, the code of the first run that "
        "failed.\n"
        "--quiet prints the run ids only.",
    .examples =
        "dsched trigger nightly\ndsched trigger nightly --wait --param DAY=monday\n"
        "dsched trigger nightly --backfill 2026-11-01..2026-11-07",
    .run = run,
};

}  // namespace

const CommandSpec& trigger_command() {
  return kCommand;
}

}  // namespace dsched
