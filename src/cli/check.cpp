#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/jobs.h"
#include "cli/json.h"
#include "cli/report.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"strict", 0, "", "warnings are errors too"},
    {"format", 0, "text|json|github|junit", "the form of the answer"},
};

// Files named as words are read as they are; otherwise all files of the scope.
Outcome<ConfigSources> sources_to_check(const Context& context) {
  DSCHED_TRY_ASSIGN(Paths paths, resolve_paths(context));
  const std::vector<std::string>& words = context.arguments.words();
  if (!words.empty()) {
    paths.files_only = true;
    paths.job_files = words;
    paths.job_directories.clear();
    paths.settings_files.clear();
    paths.settings_required = false;
  }
  return config_sources(paths, context);
}

std::string count_of(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// "2 files with errors, 1 warning, 41 files fine.  Jobs with errors are not loaded; ..."
std::string summary_of(const Report& report) {
  std::set<std::string> bad_files;
  std::size_t warnings = 0;
  for (const Diagnostic& diagnostic : report.diagnostics) {
    if (diagnostic.severity == Severity::warning) ++warnings;
    if (diagnostic.severity == Severity::error) bad_files.insert(diagnostic.file);
  }
  const std::size_t fine = report.files_read - std::min(report.files_read, bad_files.size());
  std::vector<std::string> parts;
  if (!bad_files.empty()) parts.push_back(count_of(bad_files.size(), "file") + " with errors");
  if (warnings > 0) parts.push_back(count_of(warnings, "warning"));
  parts.push_back(count_of(fine, "file") + " fine");
  std::string text = join(parts, ", ") + ".";
  if (!bad_files.empty())
    text += "  Jobs with errors are not loaded; their last good version stays active.";
  return text;
}

std::string text_of(const Report& report, bool colour) {
  std::string text;
  for (const Diagnostic& diagnostic : report.diagnostics) text += render(diagnostic, colour) + "\n";
  return text;
}

Outcome<int> run(Context& context) {
  DSCHED_TRY_ASSIGN(const ConfigSources sources, sources_to_check(context));
  const Configuration configuration =
      load_configuration(sources, context.platform.files, context.platform.zones);
  Report report{configuration.diagnostics, configuration.files_read};
  const std::vector<Diagnostic> of_world =
      check_world(configuration.jobs, context.platform.files, context.platform.users);
  report.diagnostics.insert(report.diagnostics.end(), of_world.begin(), of_world.end());
  sort_diagnostics(report.diagnostics);
  const bool strict = context.arguments.has("strict");
  const bool ok = !has_errors(report.diagnostics) && !(strict && !report.diagnostics.empty());

  const std::string format =
      context.json ? "json" : context.arguments.value("format").value_or("text");
  if (format == "json") {
    context.out().write(check_json(report, ok));
  } else if (format == "github") {
    context.out().write(check_github(report));
  } else if (format == "junit") {
    context.out().write(check_junit(report));
  } else if (context.plain) {
    context.out().write(check_plain(report));
  } else {
    context.out().write(text_of(report, context.out_style.colour()));
    if (!context.arguments.has("quiet")) context.out().write(summary_of(report) + "\n");
  }
  return ok ? kExitOk : kExitNo;
}

constexpr CommandSpec kCommand{
    .name = "check",
    .heading = "Change",
    .summary = "every fault of every job file",
    .usage = "[FILE...]",
    .words = Words::any,
    .word_kind = "file",
    .groups = kReadsJobs | kTables,
    .options = kOptions,
    .description =
        "Reads the files of the scope, or those named, and shows every error and warning with its "
        "place.\n"
        "Exit code 1 when there are errors. With -q nothing is said when all is well.\n"
        "Fields of --plain: severity, code, file, line, column, message.",
    .examples = "dsched check\ndsched check ci.toml --format github\ndsched check --strict -q",
    .run = run,
};

}  // namespace

const CommandSpec& check_command() {
  return kCommand;
}

}  // namespace dsched
