#include "config/crontab.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "config/crontab_comment.h"
#include "config/crontab_line.h"
#include "config/job_check.h"
#include "config/job_keys.h"
#include "config/job_lint.h"
#include "config/mail_address.h"

namespace dsched {

namespace {

// Users that system crontabs name, and that are no commands people run.
constexpr std::array<std::string_view, 7> kSystemUsers = {
    "root", "www-data", "nobody", "postgres", "mysql", "daemon", "debian-exim"};

std::string prefix_from(const std::string& name) {
  std::string prefix;
  for (const std::string_view part : split(name, '/')) {
    const std::string slug = name_slug(part);
    prefix += (prefix.empty() ? "" : "/") + (slug.empty() ? "crontab" : slug);
  }
  return prefix;
}

class CrontabReader {
 public:
  CrontabReader(const SourceText& source, const std::string& name, const JobDraft& defaults,
                const ReadContext& context, Findings& findings)
      : source_(source),
        prefix_(prefix_from(name)),
        context_(context),
        findings_(findings),
        report_(source, findings.diagnostics),
        base_(start_from(defaults, context)) {}

  void read() {
    for (line_ = 1; line_ <= source_.line_count(); ++line_) read_line();
    drop_comment();
  }

 private:
  // Of the defaults, what cron itself settles does not count.
  static JobDraft start_from(const JobDraft& defaults, const ReadContext& context) {
    const Job built_in;
    JobDraft draft = defaults;
    draft.dialect = Dialect::crontab;
    draft.schedules.clear();
    draft.has_command = false;
    draft.job.shell = built_in.shell;
    draft.job.input = built_in.input;
    draft.job.env.clear();
    draft.job.expand_env = false;
    std::erase_if(draft.job.key_places,
                  [](const auto& known) { return belongs_to_the_line(known.first); });
    if (draft.job.inherit_env) return draft;
    draft.job.env = {{"SHELL", "/bin/sh"}, {"PATH", "/usr/bin:/bin"}};
    if (!context.sources.home.empty() && !context.sources.system_scope)
      draft.job.env.emplace_back("HOME", context.sources.home);
    return draft;
  }

  Span in_file(Span in_line) const {
    const std::size_t begin = source_.line_span(line_).begin;
    return {begin + in_line.begin, begin + in_line.end};
  }

  std::string_view text_of(Span in_line) const {
    return source_.line(line_).substr(in_line.begin, in_line.end - in_line.begin);
  }

  void read_line() {
    const std::string_view line = source_.line(line_);
    const std::size_t first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return drop_comment();
    if (line[first] == '#') return read_comment(line);
    if (!is_clean(line)) return drop_keys();
    if (const auto assignment = parse_assignment(line)) {
      drop_comment();
      return assign(*assignment);
    }
    read_entry(split_entry(line));
    drop_keys();
  }

  bool is_clean(std::string_view line) {
    const std::size_t nul = line.find('\0');
    if (nul != std::string_view::npos) {
      report_.error("E207", in_file({nul, nul + 1}), "this line holds a NUL character");
    } else if (!is_utf8(line)) {
      report_.error("E104", in_file({0, line.size()}), "this line is not UTF-8");
    } else {
      return true;
    }
    return false;
  }

  void read_comment(std::string_view line) {
    const auto words = find_dsched_comment(line);
    if (!words || !is_clean(line)) return;
    const std::size_t errors = report_.errors();
    auto entries = parse_dsched_comment(in_file(*words), report_);
    std::move(entries.begin(), entries.end(), std::back_inserter(keys_));
    comment_ = in_file({line.find('#'), line.size()});
    has_comment_ = true;
    bad_comment_ = bad_comment_ || report_.errors() != errors;
  }

  void drop_keys() {
    keys_.clear();
    has_comment_ = false;
    bad_comment_ = false;
  }

  void drop_comment() {
    if (has_comment_)
      report_.warning("W605", comment_, "this comment belongs to no line").label =
          "it stands right above the line that it is for";
    drop_keys();
  }

  void assign(const CrontabAssignment& assignment) {
    if (assignment.after_quote) {
      report_.error("E602", in_file(*assignment.after_quote),
                    "the quotes do not enclose the value");
      return;
    }
    if (!is_variable_name(assignment.name)) {
      report_.error("E405", in_file(assignment.name_span),
                    fmt::format("'{}' cannot be the name of a variable", assignment.name));
      return;
    }
    if (assignment.name == "CRON_TZ") return set_zone(assignment);
    if (assignment.name == "LOGNAME") {
      report_.warning("W604", in_file(assignment.name_span), "LOGNAME cannot be set").label =
          "it is the user's name, as in cron";
      return;
    }
    set_variable(base_.job, assignment.name, assignment.value);
    if (assignment.name == "SHELL") {
      base_.job.shell = {assignment.value, "-c"};
      note_place("shell");
    }
    if (assignment.name == "HOME") {
      base_.job.dir = assignment.value;
      note_place("dir");
    }
    if (assignment.name == "MAILTO") set_recipients(assignment);
    warn_assignment(assignment);
  }

  void note_place(std::string_view key) { set_key_place(base_.job, key, {source_.name(), line_}); }

  // Cron mails what a command writes; an empty MAILTO is nobody.
  void set_recipients(const CrontabAssignment& assignment) {
    NotifyPolicy& notify = base_.job.notify;
    notify.email.clear();
    for (const std::string_view part : split(assignment.value, ',')) {
      const std::string_view address = trim(part);
      if (address.empty()) continue;
      if (is_mail_address(address)) {
        notify.email.emplace_back(address);
        continue;
      }
      report_
          .warning("W601", in_file(assignment.value_span),
                   fmt::format("'{}' is not a mail address", visible(address)))
          .label = "it gets no mail";
    }
    note_place("notify.email");
    if (notify.email.empty()) return;
    notify.on = {AlertKind::output, AlertKind::failure};
    note_place("notify.on");
  }

  void set_zone(const CrontabAssignment& assignment) {
    auto zone =
        find_zone(assignment.value, in_file(assignment.value_span), report_, context_.zones);
    // Without it the lines below would run at wrong times.
    zone_is_bad_ = zone == nullptr;
    base_.zone = std::move(zone);
    note_place("timezone");
  }

  void warn_assignment(const CrontabAssignment& assignment) {
    if (assignment.name == "MAILFROM")
      report_.warning("W606", in_file(assignment.name_span), "MAILFROM does not count").label =
          "the sender is [mail] from in dsched.toml";
    if (assignment.name == "TZ")
      report_
          .warning("W602", in_file(assignment.name_span),
                   "TZ is what the jobs see, not when they run")
          .label = "CRON_TZ sets the zone of the schedules";
  }

  void read_entry(const CrontabEntry& entry) {
    const std::size_t errors = report_.errors();
    JobDraft draft = base_;
    const CrontabCommand command = split_percent(text_of(entry.command));
    draft.job.name = fmt::format("{}:{}-{}", prefix_, line_, command_slug(command.text));
    draft.job.place = {source_.name(), line_};
    draft.place = {&source_, in_file({entry.schedule.begin, source_.line(line_).size()})};
    apply_comment(draft);
    if (const auto checked = check_job_name(draft.job.name); !checked) {
      Diagnostic& fault = report_.error("E208", draft.place.span, checked.error().message);
      fault.help.push_back(checked.error().hint);
    }
    draft.schedules.push_back(
        {std::string(text_of(entry.schedule)), &source_, in_file(entry.schedule).begin});
    draft.job.command = ShellCommand{command.text};
    for (const std::string_view key : {"schedule", "command"})
      set_key_place(draft.job, key, {source_.name(), line_});
    if (!command.input.empty()) draft.job.input = TextInput{command.input};
    finish_job(draft, report_, context_);
    check_job(keys_, draft, report_, context_);
    if (report_.errors() == errors && trim(command.text).empty())
      report_.error("E210", in_file(entry.schedule), "this line has no command");
    lint(entry.command);
    if (report_.errors() != errors || bad_comment_ || zone_is_bad_) {
      findings_.rejected.push_back({source_.name(), draft.job.name});
    } else {
      findings_.jobs.push_back(std::move(draft));
    }
  }

  void apply_comment(JobDraft& draft) {
    const auto name = std::find_if(keys_.begin(), keys_.end(),
                                   [](const Entry& entry) { return entry.key == "name"; });
    if (name != keys_.end()) {
      draft.job.name = prefix_ + "/" + name->value.text;
      draft.place.span = span_of(source_, name->value);
      keys_.erase(name);
    }
    read_job_keys(keys_, KeyPlace::crontab_comment, {report_, draft, context_});
  }

  void lint(Span command) {
    const std::string_view raw = text_of(command);
    if (const auto found = find_discarded_errors(raw))
      warn_discarded_errors(in_file({command.begin + found->begin, command.begin + found->end}),
                            report_);
    const auto words = split_words(raw);
    const bool user = words.size() > 1 && std::find(kSystemUsers.begin(), kSystemUsers.end(),
                                                    words.front()) != kSystemUsers.end();
    if (!user) return;
    report_
        .warning("W603", in_file({command.begin, command.begin + words.front().size()}),
                 fmt::format("the command starts with '{}'", words.front()))
        .label = "a user, as in /etc/crontab? This file has no user column";
  }

  const SourceText& source_;
  const std::string prefix_;
  const ReadContext& context_;
  Findings& findings_;
  FaultReport report_;
  JobDraft base_;  // what the assignments so far say
  int line_ = 0;
  std::vector<Entry> keys_;  // of the comments right above
  Span comment_;
  bool has_comment_ = false;
  bool bad_comment_ = false;
  bool zone_is_bad_ = false;
};

}  // namespace

void read_crontab(const SourceText& source, const std::string& name, const JobDraft& defaults,
                  const ReadContext& context, Findings& findings) {
  CrontabReader(source, name, defaults, context, findings).read();
}

}  // namespace dsched
