#include "config/job_file.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/core.h>

#include "base/suggest.h"
#include "config/job_check.h"
#include "config/job_keys.h"
#include "config/job_lint.h"
#include "config/toml_file.h"
#include "config/value_reader.h"

namespace dsched {

namespace {

class JobFileReader {
 public:
  JobFileReader(const SourceText& source, const JobDraft& defaults, const ReadContext& context,
                Findings& findings)
      : source_(source),
        defaults_(defaults),
        context_(context),
        findings_(findings),
        report_(source, findings.diagnostics) {}

  void read(const std::string& name, bool allow_defaults) {
    const std::optional<Value> root = parse_toml(source_, report_);
    if (!root) return reject("");
    const Entry* jobs = find_entry(root->entries, "job");
    const bool tables = jobs != nullptr || find_entry(root->entries, "defaults") != nullptr;
    if (!tables) return read_single(name, root->entries);
    const std::size_t jobs_before = findings_.jobs.size();
    const bool good = read_root(root->entries, allow_defaults);
    if (jobs != nullptr) read_tables(*jobs);
    if (good) return;
    // Its jobs might lack what the wrong part meant for them.
    findings_.jobs.erase(findings_.jobs.begin() + static_cast<std::ptrdiff_t>(jobs_before),
                         findings_.jobs.end());
    reject("");
  }

 private:
  void reject(const std::string& job) { findings_.rejected.push_back({source_.name(), job}); }

  void read_single(const std::string& name, const std::vector<Entry>& entries) {
    const std::size_t at = entries.empty() ? 0 : source_.offset(entries.front().key_begin);
    const Span place{at, entries.empty() ? 0 : key_span(source_, entries.front()).end};
    if (const auto checked = check_toml_name(name); !checked) {
      Diagnostic& fault = findings_.diagnostics.emplace_back(
          about_file(Severity::error, "E208", source_.name(), checked.error().message));
      fault.help.push_back(checked.error().hint);
      return reject("");
    }
    read_job(name, place, 1, entries);
  }

  // What stands beside the jobs; false when something there is wrong.
  bool read_root(const std::vector<Entry>& entries, bool allow_defaults) {
    const std::size_t errors = report_.errors();
    for (const Entry& entry : entries) {
      if (entry.key == "job") continue;
      if (entry.key == "defaults" && allow_defaults) {
        read_defaults(entry, defaults_, report_, context_);
        continue;
      }
      const Span place = key_span(source_, entry);
      if (entry.key == "defaults") {
        report_.error("E201", place, "[defaults] cannot stand in this file").label =
            "it belongs in dsched.toml";
      } else {
        report_.error("E212", place, fmt::format("'{}' stands beside [job.NAME] tables", entry.key))
            .label = entry.value.kind == Value::Kind::table
                         ? fmt::format("write [job.NAME.{}]", entry.key)
                         : "a file is one job, or has all its jobs in tables";
      }
    }
    return report_.errors() == errors;
  }

  void read_tables(const Entry& jobs) {
    if (jobs.value.kind != Value::Kind::table) {
      report_type({"job", jobs.value, report_}, "tables: [job.NAME]");
      return reject("");
    }
    for (const Entry& entry : jobs.value.entries) read_table(entry);
  }

  void read_table(const Entry& entry) {
    const Span place = key_span(source_, entry);
    if (entry.value.kind != Value::Kind::table) {
      report_.error("E212", place, fmt::format("the job '{}' is not a table", entry.key)).label =
          fmt::format("write [job.{}]", entry.key);
      return reject(entry.key);
    }
    if (const auto checked = check_toml_name(entry.key); !checked) {
      Diagnostic& fault = report_.error("E208", place, checked.error().message);
      fault.help.push_back(checked.error().hint);
      return reject(entry.key);
    }
    read_job(entry.key, place, entry.key_begin.line, entry.value.entries);
  }

  static Result<void> check_toml_name(const std::string& name) {
    if (name.find(':') != std::string::npos) {
      return Error{ErrorCode::invalid, "'" + name + "' cannot be a job name: it has a ':'",
                   "only jobs that are lines of crontab files have a ':' in their names"};
    }
    return check_job_name(name);
  }

  void read_job(const std::string& name, Span place, int line, const std::vector<Entry>& entries) {
    const std::size_t errors = report_.errors();
    JobDraft draft = defaults_;
    draft.job.name = name;
    draft.job.place = {source_.name(), line};
    draft.place = {&source_, place};
    read_job_keys(entries, KeyPlace::job, {report_, draft, context_});
    check_command(entries, draft);
    finish_job(draft, report_, context_);
    check_job(entries, draft, report_, context_);
    if (report_.errors() != errors) return reject(name);
    findings_.jobs.push_back(std::move(draft));
  }

  void check_command(const std::vector<Entry>& entries, const JobDraft& draft) {
    const Entry* command = find_entry(entries, "command");
    const Entry* script = find_entry(entries, "script");
    if (command != nullptr) lint_command(command->value, report_);
    if (script != nullptr) lint_command(script->value, report_);
    if (command != nullptr && script != nullptr) return report_two_commands(*command, *script);
    if (command != nullptr || script != nullptr || draft.has_command) return;
    if (std::any_of(entries.begin(), entries.end(), means_command)) return;
    report_.error("E210", draft.place.span, fmt::format("'{}' has nothing to run", draft.job.name))
        .help.push_back("give it a 'command' or a 'script'");
  }

  // A misspelt key, or one for later, has had its message.
  static bool means_command(const Entry& entry) {
    return entry.key == "http" || !suggestions(entry.key, {"command", "script"}).empty();
  }

  void report_two_commands(const Entry& command, const Entry& script) {
    const bool command_first = command.key_begin.line <= script.key_begin.line;
    const Entry& first = command_first ? command : script;
    const Entry& second = command_first ? script : command;
    Diagnostic& fault = report_.error("E211", key_span(source_, second),
                                      "this job has two things to run: 'command' and 'script'");
    fault.label = fmt::format("'{}' is in line {}", first.key, first.key_begin.line);
    fault.help.push_back(fmt::format("first: {}:{}:{}", source_.name(), first.key_begin.line,
                                     first.key_begin.column));
  }

  const SourceText& source_;
  JobDraft defaults_;
  const ReadContext& context_;
  Findings& findings_;
  FaultReport report_;
};

}  // namespace

void read_job_file(const SourceText& source, const std::string& name, bool allow_defaults,
                   const JobDraft& defaults, const ReadContext& context, Findings& findings) {
  JobFileReader(source, defaults, context, findings).read(name, allow_defaults);
}

void read_defaults(const Entry& table, JobDraft& defaults, FaultReport& report,
                   const ReadContext& context) {
  if (table.value.kind != Value::Kind::table)
    return report_type({"defaults", table.value, report}, "a table: [defaults]");
  const std::vector<Entry>& entries = table.value.entries;
  read_job_keys(entries, KeyPlace::defaults, {report, defaults, context});
  if (find_entry(entries, "command") != nullptr || find_entry(entries, "script") != nullptr)
    defaults.has_command = true;
  // Faults of its schedules are told here, not once for every job.
  JobDraft example = defaults;
  example.job.name = "defaults";
  finish_job(example, report, context);
  for (ScheduleText& schedule : defaults.schedules) schedule.source = nullptr;
}

}  // namespace dsched
