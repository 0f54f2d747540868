#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/duration_text.h"
#include "base/run_id.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/jobs.h"
#include "cli/records.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"follow", 'f', "", "go on until the run has ended; exit with its code"},
    {"lines", 'n', "N", "only the last N lines"},
    {"attempt", 0, "N", "of this try; otherwise the last one"},
    {"stderr", 0, "", "the error output of a job that keeps it apart"},
    {"path", 0, "", "print the name of the file"},
    {"raw", 0, "", "escape sequences as they are, also on a terminal"},
};

constexpr std::size_t kMaxLogBytes = 1ULL << 31;

int current_attempt(const RunRecord& run) {
  const int ended = static_cast<int>(run.attempts.size());
  return run.result ? std::max(1, ended) : ended + 1;
}

// The file of the attempt that is wanted.
Outcome<std::string> file_of(const Context& context, const RunRecord& run) {
  if (run.log_path.empty())
    return Failure(kExitNotFound, "not_found",
                   fmt::format("run {} kept no output", short_run_id(run.run_id)));
  DSCHED_TRY_ASSIGN(const int attempt,
                    context.arguments.number("attempt", current_attempt(run), 1));
  if (attempt > current_attempt(run))
    return Failure(kExitNotFound, "not_found",
                   fmt::format("run {} has {} tries, not {}", short_run_id(run.run_id),
                               current_attempt(run), attempt));
  return context.arguments.has("stderr") ? attempt_error_path(run.log_path, attempt)
                                         : attempt_log_path(run.log_path, attempt);
}

std::string_view last_lines(std::string_view text, std::size_t count) {
  std::size_t at = text.size();
  if (at > 0 && text.back() == '\n') --at;
  for (; count > 0 && at != std::string_view::npos && at > 0; --count) {
    at = text.rfind('\n', at - 1);
    if (at == std::string_view::npos) return text;
    if (count == 1) return text.substr(at + 1);
  }
  return text;
}

std::string head_line(const RunRecord& run, const TimeView& view) {
  const Instant at = run.started_at.value_or(run.claimed_at);
  std::string text = fmt::format("--- {}, {} {}, {}", run.job, view.full(at), view.abbreviation(at),
                                 result_words(run));
  if (const auto took = duration_of(run); took && run.result)
    text += " after " + human_duration(*took);
  if (run.max_attempts > 1)
    text += fmt::format(", try {} of {}", current_attempt(run), run.max_attempts);
  return text + fmt::format(", run {} on {}", short_run_id(run.run_id), run.host);
}

Outcome<void> print_log(const Context& context, const std::string& path, const RunRecord& run,
                        const TimeView& view) {
  Result<std::string> text = context.platform.files.read(path, kMaxLogBytes);
  if (!text) return std::move(text).error();
  DSCHED_TRY_ASSIGN(const int lines, context.arguments.number("lines", 0, 0));
  std::string_view shown = *text;
  if (context.arguments.has("lines"))
    shown = lines == 0 ? "" : last_lines(*text, static_cast<std::size_t>(lines));
  context.note(head_line(run, view));
  context.err().flush();
  const bool raw = context.arguments.has("raw") || !context.platform.terminal.out_is_terminal;
  LogPrinter printer(context.out(), !raw);
  printer.write(shown);
  printer.finish();
  context.out().flush();
  const auto count = static_cast<std::size_t>(std::count(shown.begin(), shown.end(), '\n'));
  context.note(fmt::format("--- {} line{} (before: dsched logs {}@-1)", count,
                           count == 1 ? "" : "s", run.job));
  return {};
}

Json log_json(const RunRecord& run, const TimeView& view, const std::string& path,
              const std::string& text) {
  Json answer = Json::object({{"schema", "dsched.logs/1"}, {"path", path}});
  answer.set("run", run_json(run, view));
  answer.set("text", text);
  return answer;
}

Outcome<int> run(Context& context) {
  if (context.arguments.words().empty()) return usage_failure("a job or a run is missing");
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_workspace(context));
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> history, open_reader(workspace.paths));
  const std::string& word = context.arguments.words().front();
  if (!history) {
    const std::vector<std::string> names = names_of(workspace.configuration.jobs);
    if (std::find(names.begin(), names.end(), word) == names.end())
      return unknown_name("job or run", word, names);
    return Failure(kExitNotFound, "not_found", fmt::format("'{}' has not run yet", word));
  }
  DSCHED_TRY_ASSIGN(const RunRecord record,
                    select_run(*history, workspace.configuration.jobs, word, workspace.view));
  DSCHED_TRY_ASSIGN(const std::string path, file_of(context, record));
  if (context.arguments.has("path")) {
    context.out().write(path + "\n");
    return kExitOk;
  }
  if (context.arguments.has("follow")) {
    context.note(head_line(record, workspace.view));
    return follow_run(context, *history, record, path);
  }
  if (context.json) {
    DSCHED_TRY_ASSIGN(const std::string text, context.platform.files.read(path, kMaxLogBytes));
    context.out().write(log_json(record, workspace.view, path, text).dump() + "\n");
    return kExitOk;
  }
  DSCHED_TRY(print_log(context, path, record, workspace.view));
  return kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "logs",
    .heading = "Look",
    .summary = "output of a run",
    .usage = "JOB | JOB@-1 | JOB@failed | JOB@TIME | RUN",
    .words = Words::one,
    .word_kind = "job",
    .groups = kReadsJobs | kTimes | kReadOnly,
    .options = kOptions,
    .description =
        "The output of the latest run of a job, of the one before (JOB@-1), of the last that "
        "failed\n"
        "(JOB@failed), of a time (JOB@2026-11-20T02:15), or of a run id of which four characters "
        "are enough.",
    .examples =
        "dsched logs nightly\ndsched logs -f nightly\nless \"$(dsched logs --path nightly)\"",
    .run = run,
};

}  // namespace

const CommandSpec& logs_command() {
  return kCommand;
}

}  // namespace dsched
