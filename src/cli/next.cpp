#include <algorithm>
#include <queue>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "cli/commands.h"
#include "cli/expression.h"
#include "cli/jobs.h"
#include "cli/records.h"
#include "cli/table.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"count", 'n', "N", "how many (10)"},
    {"from", 0, "TIME", "start here instead of now"},
    {"until", 0, "TIME", "end here"},
    {"schedule", 's', "EXPR", "the times of this schedule; --tz is its zone"},
    kDialectOption,
    {"per-job", 0, "", "so many for each job, not for all together"},
};

struct Firing {
  const Job* job;
  Second at;
  // A priority queue hands out the largest: the earliest, then by name.
  bool operator<(const Firing& other) const {
    return at != other.at ? at > other.at : job->name > other.job->name;
  }
};

struct Window {
  Second after;  // firings later than this
  std::optional<Second> until;
  std::size_t count;
};

Outcome<Window> window_of(const Context& context, const Zone& zone, Instant now) {
  const auto time = [&](std::string_view option) -> Outcome<std::optional<Instant>> {
    const std::optional<std::string> text = context.arguments.value(option);
    if (!text) return std::optional<Instant>{};
    Result<Instant> at = parse_time(*text, zone, now);
    if (at) return std::optional<Instant>{*at};
    Failure failure = usage_failure(fmt::format("--{}: {}", option, at.error().message));
    failure.hint = at.error().hint;
    return failure;
  };
  DSCHED_TRY_ASSIGN(const std::optional<Instant> from, time("from"));
  DSCHED_TRY_ASSIGN(const std::optional<Instant> until, time("until"));
  DSCHED_TRY_ASSIGN(const int count, context.arguments.number("count", until ? 1'000'000 : 10, 1));
  const Second after = from ? floor_second(*from) - std::chrono::seconds{1} : floor_second(now);
  return Window{after, until ? std::optional(floor_second(*until)) : std::nullopt,
                static_cast<std::size_t>(count)};
}

std::optional<Second> next_in(const Window& window, const Timetable& timetable, Second after) {
  const std::optional<Second> next = timetable.next(after);
  return next && window.until && *next > *window.until ? std::nullopt : next;
}

std::vector<Firing> merged(const std::vector<const Job*>& jobs, const Window& window) {
  std::priority_queue<Firing> queue;
  for (const Job* job : jobs) {
    if (!job->enabled) continue;
    if (const auto first = next_in(window, job->timetable, window.after)) queue.push({job, *first});
  }
  std::vector<Firing> firings;
  while (firings.size() < window.count && !queue.empty()) {
    const Firing firing = queue.top();
    queue.pop();
    firings.push_back(firing);
    if (const auto more = next_in(window, firing.job->timetable, firing.at))
      queue.push({firing.job, *more});
  }
  return firings;
}

std::vector<Firing> per_job(const std::vector<const Job*>& jobs, const Window& window) {
  std::vector<Firing> firings;
  for (const Job* job : jobs) {
    const std::vector<Firing> own = merged({job}, window);
    firings.insert(firings.end(), own.begin(), own.end());
  }
  return firings;
}

class Notes {
 public:
  Notes(const Context& context, const TimeView& view, std::map<std::string, JobSummary> summaries)
      : host_(context.platform.host), view_(view), summaries_(std::move(summaries)) {}

  Duration jitter(const Firing& firing) const {
    const Duration jitter = firing.job->timetable.rules().jitter;
    return jitter_offset(firing.job->name, host_, jitter);
  }

  // The run that is still going, when the firing would find it so and leave out its own.
  const RunRecord* in_the_way(const Firing& firing) const {
    const auto found = summaries_.find(firing.job->name);
    if (found == summaries_.end() || found->second.running.empty()) return nullptr;
    return firing.job->overlap == Overlap::skip ? &found->second.running.front() : nullptr;
  }

  std::string of(const Firing& firing) const {
    std::vector<std::string> notes;
    if (const Duration later = jitter(firing); later.count() > 0) {
      notes.push_back(
          fmt::format("starts {}: jitter {}, this host +{}", view_.upcoming(firing.at + later),
                      human_duration(firing.job->timetable.rules().jitter), human_duration(later)));
    }
    if (const std::string dst = firing.job->timetable.dst_note(firing.at); !dst.empty())
      notes.push_back(dst);
    if (const RunRecord* run = in_the_way(firing)) {
      notes.push_back(fmt::format("skipped if the {} run is still going (overlap = \"skip\")",
                                  view_.past(run->started_at.value_or(run->claimed_at))));
    }
    return fmt::format("{}", fmt::join(notes, "; "));
  }

 private:
  std::string host_;
  const TimeView& view_;
  std::map<std::string, JobSummary> summaries_;
};

Json firing_json(const Firing& firing, const Notes& notes, const TimeView& view) {
  const Duration jitter = notes.jitter(firing);
  const std::string note = notes.of(firing);
  const std::string dst = firing.job->timetable.dst_note(firing.at);
  return Json::object(
      {{"job", firing.job->name.empty() ? Json() : Json(firing.job->name)},
       {"at", view.rfc3339(firing.at)},
       {"unix", unix_json(firing.at)},
       {"start_at", view.rfc3339(firing.at + jitter)},
       {"start_unix", unix_json(firing.at + jitter)},
       {"jitter_s", seconds_json(jitter)},
       {"note", note.empty() ? Json() : Json(note)},
       {"dst", dst.empty() ? Json() : Json(dst)},
       {"expected_decision", notes.in_the_way(firing) != nullptr ? "skip" : "start"}});
}

void print_json(const std::vector<Firing>& firings, const Notes& notes, const TimeView& view,
                const Context& context) {
  Json list = Json::array();
  for (const Firing& firing : firings) list.push(firing_json(firing, notes, view));
  Json answer = Json::object({{"schema", "dsched.next/1"}, {"timezone", view.zone().name()}});
  answer.set("firings", std::move(list));
  context.out().write(answer.dump() + "\n");
}

// The times of one expression, without heads: "Sat 2027-03-27 02:30 CET", or one time stamp a line
// with --plain.
void print_times(const std::vector<Firing>& firings, const Notes& notes, const TimeView& view,
                 const Context& context) {
  for (const Firing& firing : firings) {
    if (context.plain) {
      context.out().write(view.rfc3339(firing.at) + "\n");
      continue;
    }
    const std::string note = notes.of(firing);
    context.out().write(fmt::format("{} {}{}{}\n", view.full(firing.at),
                                    view.abbreviation(firing.at), note.empty() ? "" : "   ", note));
  }
}

Outcome<void> print_table(const std::vector<Firing>& firings, const Notes& notes,
                          const TimeView& view, const Context& context) {
  Table table({{"when", fmt::format("WHEN ({})", view.zone().name())},
               {"in", "IN"},
               {"job", "JOB"},
               {"note", "NOTE"}});
  for (const Firing& firing : firings) {
    const Duration wait = std::max(Duration{0}, firing.at - view.now());
    table.add({Cell(view.full(firing.at), view.rfc3339(firing.at)),
               Cell(human_duration(wait), fmt::format("{:.0f}", to_seconds(wait))),
               Cell(firing.job->name), Cell(notes.of(firing))});
  }
  return table.print(context, false);
}

Outcome<int> next_of_expression(Context& context, const std::string& text) {
  if (!context.arguments.words().empty())
    return usage_failure("--schedule and the names of jobs exclude each other");
  DSCHED_TRY_ASSIGN(const Instant now, context.now());
  DSCHED_TRY_ASSIGN(Expression expression,
                    parse_expression(context, text, dialect_of(context.arguments)));
  if (context.arguments.has("verbose")) print_warnings(context, expression);
  Job job;
  job.timetable = Timetable({expression.schedule}, expression.zone);
  DSCHED_TRY_ASSIGN(const Window window, window_of(context, *expression.zone, now));
  const TimeView view(context.arguments.has("utc") ? Zone::utc() : expression.zone, now);
  const std::vector<Firing> firings = merged({&job}, window);
  const Notes notes(context, view, {});
  if (context.json) {
    print_json(firings, notes, view, context);
  } else {
    print_times(firings, notes, view, context);
  }
  if (firings.empty()) context.note("no firing");
  return kExitOk;
}

Outcome<int> run(Context& context) {
  if (const auto text = context.arguments.value("schedule"))
    return next_of_expression(context, *text);
  if (context.arguments.has("dialect")) return usage_failure("--dialect is about --schedule");
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_workspace(context));
  const TimeView& view = workspace.view;
  DSCHED_TRY_ASSIGN(const std::vector<const Job*> jobs,
                    select_jobs(workspace.configuration.jobs, context.arguments.words(), {}));
  DSCHED_TRY_ASSIGN(const Window window, window_of(context, view.zone(), view.now()));
  DSCHED_TRY_ASSIGN(auto summaries, read_summaries(workspace.paths));
  const Notes notes(context, view, std::move(summaries));
  const std::vector<Firing> firings =
      context.arguments.has("per-job") ? per_job(jobs, window) : merged(jobs, window);
  if (context.json) {
    print_json(firings, notes, view, context);
  } else if (firings.empty()) {
    context.note("nothing is scheduled");
  } else {
    DSCHED_TRY(print_table(firings, notes, view, context));
  }
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "next",
    .heading = "Look",
    .summary = "upcoming runs, in order",
    .usage = "[JOB...] | --schedule EXPR",
    .words = Words::any,
    .word_kind = "job",
    .groups = kReadsJobs | kTables | kTimes | kReadOnly,
    .options = kOptions,
    .description =
        "What will run, and when. Clock changes, jitter and runs that are in the way are noted.\n"
        "Fields of --plain: time, seconds until then, job, note; with --schedule the time only.",
    .examples =
        "dsched next -n 20\ndsched next backup/db --until '2026-12-01'\n"
        "dsched next --schedule '30 2 * * *' --tz Europe/Berlin --from 2027-03-27 -n 3",
    .run = run,
};

}  // namespace

const CommandSpec& next_command() {
  return kCommand;
}

}  // namespace dsched
