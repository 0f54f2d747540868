#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/paths.h"
#include "cli/report.h"
#include "daemon/control.h"

namespace dsched {
namespace {

Json names_json(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) list.push(name);
  return list;
}

void print_json(const Context& context, const ReloadReport& report) {
  Json diagnostics = Json::array();
  for (const Diagnostic& diagnostic : report.diagnostics)
    diagnostics.push(diagnostic_json(diagnostic));
  context.out().write(Json::object({{"schema", "dsched.reload/1"},
                                    {"jobs", report.jobs},
                                    {"added", names_json(report.added)},
                                    {"changed", names_json(report.changed)},
                                    {"removed", names_json(report.removed)},
                                    {"diagnostics", diagnostics}})
                          .dump() +
                      "\n");
}

void print_text(const Context& context, const ReloadReport& report) {
  for (const Diagnostic& diagnostic : report.diagnostics)
    context.err().write(render(diagnostic, context.err_style.colour()) + "\n");
  const auto line = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) context.out().write(fmt::format("{:<9}{}\n", what, join(names, ", ")));
  };
  line("added", report.added);
  line("changed", report.changed);
  line("removed", report.removed);
  const bool same = report.added.empty() && report.changed.empty() && report.removed.empty();
  context.out().write(fmt::format("{} job{} active{}\n", report.jobs, report.jobs == 1 ? "" : "s",
                                  same ? ", nothing changed" : ""));
}

Outcome<int> run(Context& context) {
  DSCHED_TRY_ASSIGN(const Paths paths, resolve_paths(context));
  Result<ReloadReport> report = ask_reload(paths.run_directory);
  if (!report) {
    Failure failure(std::move(report).error());
    if (failure.kind == "unavailable") failure.exit_code = kExitNoDaemon;
    return failure;
  }
  if (context.json) {
    print_json(context, *report);
  } else {
    print_text(context, *report);
  }
  return has_errors(report->diagnostics) ? kExitNo : kExitOk;
}

constexpr CommandSpec kCommand{
    .name = "reload",
    .heading = "Serve",
    .summary = "let the daemon read the files again",
    .usage = "",
    .groups = kReadsJobs,
    .description =
        "Prints what changed. Runs that are going keep the definition they started with; jobs "
        "with\n"
        "errors keep their last good version. Exit code 1 when there are errors, 4 without a "
        "daemon.",
    .run = run,
};

}  // namespace

const CommandSpec& reload_command() {
  return kCommand;
}

}  // namespace dsched
