#include "config/job_keys.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "base/suggest.h"
#include "base/text.h"
#include "config/config.h"
#include "config/except_key.h"
#include "config/signal_name.h"
#include "config/value_reader.h"

namespace dsched {

namespace {

constexpr IntegerRange kExitCodes{0, 255};
constexpr std::int64_t kMostRetries = 1000;
constexpr std::int64_t kMostRuns = 10'000'000;

using ReadKey = void (*)(const TableField&, const KeyContext&);
struct KeyRule {
  std::string_view name;
  ReadKey read;
};

template <class T>
void assign(T& target, std::optional<T> value) {
  if (value) target = std::move(*value);
}

template <class Enum, std::size_t n>
void assign_choice(Enum& target, const TableField& field, const std::string_view (&words)[n]) {
  if (const auto index = read_choice(field, words)) target = static_cast<Enum>(*index);
}

void read_command(const TableField& field, const KeyContext& context) {
  Command& command = context.draft.job.command;
  if (field.value.kind != Value::Kind::array) {
    if (field.value.kind != Value::Kind::string)
      return report_type(field, "a string or an array of strings");
    if (auto text = read_filled_text(field)) command = ShellCommand{std::move(*text)};
    return;
  }
  auto words = read_texts(field);
  if (!words) return;
  if (words->empty() || words->front().empty()) {
    field.error("E207", "'command' names no program");
    return;
  }
  command = ArgvCommand{std::move(*words)};
}

void read_script(const TableField& field, const KeyContext& context) {
  if (auto text = read_filled_text(field)) context.draft.job.command = ScriptCommand{*text};
}

void read_shell(const TableField& field, const KeyContext& context) {
  auto words = read_texts(field);
  if (!words) return;
  if (words->empty() || words->front().empty()) {
    field.error("E207", "'shell' names no program");
    return;
  }
  // A shell alone reads the command with -c, like every POSIX shell.
  if (field.value.kind == Value::Kind::string) words->push_back("-c");
  context.draft.job.shell = std::move(*words);
}

void read_stdin(const TableField& field, const KeyContext& context) {
  constexpr std::string_view kFile = "file:";
  auto text = read_text(field);
  if (!text) return;
  StandardInput& input = context.draft.job.input;
  if (text->empty()) {
    input = EmptyInput{};
  } else if (text->compare(0, kFile.size(), kFile) != 0) {
    input = TextInput{std::move(*text)};
  } else if (text->size() > kFile.size()) {
    input = FileInput{text->substr(kFile.size())};
  } else {
    field.error("E207", "'stdin' names no file").label = "write \"file:/path\"";
  }
}

// Names of users and groups; what really exists is a question to the world.
void read_account(const TableField& field, std::string& target) {
  auto name = read_filled_text(field);
  if (!name) return;
  if (name->find_first_of(" \t\n:/,") == std::string::npos && name->front() != '-') {
    target = std::move(*name);
    return;
  }
  field.error("E406", fmt::format("'{}' cannot be the name of a {}", *name, field.name));
}

void read_user(const TableField& field, const KeyContext& context) {
  if (context.read.sources.system_scope) return read_account(field, context.draft.job.user);
  Diagnostic& fault = field.error("E403", "only the system's dsched can run jobs as another user");
  fault.label = "remove this key";
  fault.help.push_back("jobs in user scope run as the user they belong to");
}

void read_umask(const TableField& field, const KeyContext& context) {
  constexpr std::size_t kMostDigits = 4;
  const auto text = read_text(field);
  if (!text) return;
  std::uint32_t mask = 0;
  bool octal = !text->empty() && text->size() <= kMostDigits;
  for (const char c : *text) {
    octal = octal && c >= '0' && c <= '7';
    mask = mask * 8 + static_cast<std::uint32_t>(c - '0');
  }
  if (octal && mask <= 0777) {
    context.draft.job.umask = mask;
    return;
  }
  field.error("E207", fmt::format("'{}' is not a umask", *text)).label =
      "three octal digits, such as \"022\"";
}

void read_env(const TableField& field, const KeyContext& context) {
  if (field.value.kind != Value::Kind::table)
    return report_type(field, "a table: [env] and lines of NAME = \"value\"");
  for (const Entry& entry : field.value.entries) {
    if (!is_variable_name(entry.key)) {
      context.report
          .error("E405", key_span(context.report.source(), entry),
                 fmt::format("'{}' cannot be the name of a variable", entry.key))
          .label = "letters, digits and _, not starting with a digit";
      continue;
    }
    if (auto value = read_text({entry.key, entry.value, field.report}))
      set_variable(context.draft.job, entry.key, std::move(*value));
  }
}

void read_env_file(const TableField& field, const KeyContext& context) {
  const auto paths = read_texts(field);
  if (!paths) return;
  std::vector<EnvFile> files;
  for (const std::string& path : *paths) {
    const bool optional = !path.empty() && path.front() == '-';
    files.push_back({path.substr(optional ? 1 : 0), optional});
    if (files.back().path.empty()) {
      field.error("E207", "'env_file' names no file");
      return;
    }
  }
  context.draft.job.env_files = std::move(files);
}

void read_schedule(const TableField& field, const KeyContext& context) {
  const auto items = read_list(field, "a string or an array of strings");
  if (!items) return;
  context.draft.schedules.clear();
  for (const TableField& item : *items) {
    const SourceText& source = field.report.source();
    if (auto text = read_text(item))
      context.draft.schedules.push_back(
          {std::move(*text), &source, source.offset(item.value.begin)});
  }
}

void read_timezone(const TableField& field, const KeyContext& context) {
  auto name = read_filled_text(field);
  if (!name) return;
  const SourceText& source = field.report.source();
  const Span place =
      inside_string(source.text(), source.offset(field.value.begin), 0, name->size());
  if (auto zone = find_zone(*name, place, field.report, context.read.zones)) {
    context.draft.zone = std::move(zone);
    context.draft.job.timezone = std::move(*name);
  }
}

void read_stop_signal(const TableField& field, const KeyContext& context) {
  std::optional<int> number;
  if (field.value.kind == Value::Kind::integer) {
    number = signal_number(std::to_string(field.value.integer));
  } else if (field.value.kind == Value::Kind::string) {
    number = signal_number(field.value.text);
  } else {
    return report_type(field, "a string such as \"TERM\"");
  }
  if (number) {
    context.draft.job.stop_signal = *number;
    return;
  }
  const std::vector<std::string> near = suggestions(field.value.text, signal_names());
  Diagnostic& fault = field.error("E203", "there is no such signal");
  fault.label = near.empty() ? "for instance \"TERM\", \"INT\" or \"HUP\""
                             : fmt::format("did you mean \"{}\"?", near.front());
}

void read_after(const TableField& field, const KeyContext& context) {
  const auto names = read_texts(field);
  if (!names) return;
  JobDraft& draft = context.draft;
  draft.job.after.clear();
  draft.after_places.clear();
  const auto items = read_list(field, "a string or an array of strings");
  for (std::size_t i = 0; i < names->size(); ++i) {
    const std::string& name = (*names)[i];
    const Span place = field.value.untyped ? field.span() : (*items)[i].span();
    if (const auto checked = check_job_name(name); !checked) {
      Diagnostic& fault = field.report.error("E208", place, checked.error().message);
      fault.help.push_back(checked.error().hint);
      continue;
    }
    if (std::find(draft.job.after.begin(), draft.job.after.end(), name) != draft.job.after.end())
      continue;
    draft.job.after.push_back(name);
    draft.after_places.push_back({&field.report.source(), place});
  }
}

void read_success_exit(const TableField& field, const KeyContext& context) {
  auto codes = read_integers(field, kExitCodes);
  if (codes && codes->empty()) {
    field.error("E207", "'success_exit' is empty: no run could succeed");
  } else {
    assign(context.draft.job.success_exit, std::move(codes));
  }
}

void read_jitter(const TableField& field, const KeyContext& context) {
  constexpr Duration kMost = std::chrono::hours{24 * 7};
  const auto jitter = read_duration(field);
  if (!jitter) return;
  if (*jitter > kMost) {
    field.error("E204", "'jitter' is longer than a week");
  } else {
    context.draft.rules.jitter = *jitter;
  }
}

void read_except(const TableField& field, const KeyContext& context) {
  if (auto days = read_excepted_days(field, context.read.files)) {
    context.draft.rules.except = std::move(days->calendar);
    context.draft.except_hash = days->hash;
  }
}

constexpr std::string_view kOverlaps[] = {"skip", "queue", "allow", "replace"};
constexpr std::string_view kAfterOns[] = {"success", "failure", "any"};
constexpr std::string_view kBackoffs[] = {"constant", "linear", "exponential"};
constexpr std::string_view kCaptures[] = {"merged", "separate", "none"};
constexpr std::string_view kDstGaps[] = {"after", "skip"};
constexpr std::string_view kDstRepeats[] = {"once", "both"};

constexpr KeyRule kRetryKeys[] = {
    {"max",
     [](const TableField& f, const KeyContext& c) {
       if (const auto max = read_integer(f, {0, kMostRetries}))
         c.draft.job.retry.max = static_cast<int>(*max);
     }},
    {"delay", [](const TableField& f,
                 const KeyContext& c) { assign(c.draft.job.retry.delay, read_duration(f)); }},
    {"backoff",
     [](const TableField& f, const KeyContext& c) {
       assign_choice(c.draft.job.retry.backoff, f, kBackoffs);
     }},
    {"max_delay",
     [](const TableField& f, const KeyContext& c) {
       assign(c.draft.job.retry.max_delay, read_duration(f));
     }},
    {"on",
     [](const TableField& f, const KeyContext& c) {
       const bool any = f.value.kind == Value::Kind::string && f.value.text == "any";
       if (any) {
         c.draft.job.retry.on.clear();
       } else {
         assign(c.draft.job.retry.on, read_integers(f, kExitCodes));
       }
     }},
};

constexpr KeyRule kOutputKeys[] = {
    {"capture",
     [](const TableField& f, const KeyContext& c) {
       assign_choice(c.draft.job.output.capture, f, kCaptures);
     }},
    {"max_size", [](const TableField& f,
                    const KeyContext& c) { assign(c.draft.job.output.max_size, read_size(f)); }},
    {"tee",
     [](const TableField& f, const KeyContext& c) { assign(c.draft.job.output.tee, read_boolean(f)); }},
    {"mask",
     [](const TableField& f, const KeyContext& c) { assign(c.draft.job.output.mask, read_texts(f)); }},
};

constexpr KeyRule kHistoryKeys[] = {
    {"keep", [](const TableField& f,
                const KeyContext& c) { assign(c.draft.job.history.keep, read_duration(f)); }},
    {"keep_runs",
     [](const TableField& f, const KeyContext& c) {
       if (const auto runs = read_integer(f, {1, kMostRuns}))
         c.draft.job.history.keep_runs = static_cast<int>(*runs);
     }},
};

std::vector<std::string> names_of(std::span<const KeyRule> rules) {
  std::vector<std::string> names;
  for (const KeyRule& rule : rules) names.emplace_back(rule.name);
  return names;
}

const KeyRule* find_rule(std::span<const KeyRule> rules, std::string_view name) {
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const KeyRule& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

void read_table(const TableField& field, const KeyContext& context, std::span<const KeyRule> rules) {
  if (field.value.kind != Value::Kind::table)
    return report_type(field, fmt::format("a table: [{}]", field.name));
  for (const Entry& entry : field.value.entries) {
    if (const KeyRule* rule = find_rule(rules, entry.key)) {
      rule->read({entry.key, entry.value, context.report}, context);
    } else {
      report_unknown_key(context.report, entry, field.name, names_of(rules), {});
    }
  }
}

constexpr KeyRule kJobKeys[] = {
    {"command", read_command},
    {"script", read_script},
    {"shell", read_shell},
    {"stdin", read_stdin},
    {"dir",
     [](const TableField& f, const KeyContext& c) { assign(c.draft.job.dir, read_filled_text(f)); }},
    {"user", read_user},
    {"group", [](const TableField& f, const KeyContext& c) { read_account(f, c.draft.job.group); }},
    {"umask", read_umask},
    {"env", read_env},
    {"env_file", read_env_file},
    {"inherit_env",
     [](const TableField& f, const KeyContext& c) { assign(c.draft.job.inherit_env, read_boolean(f)); }},
    {"success_exit", read_success_exit},
    {"schedule", read_schedule},
    {"timezone", read_timezone},
    {"dst_gap",
     [](const TableField& f, const KeyContext& c) {
       c.draft.rules.dst_gap_set = true;
       assign_choice(c.draft.rules.dst_gap, f, kDstGaps);
     }},
    {"dst_repeat",
     [](const TableField& f, const KeyContext& c) {
       assign_choice(c.draft.rules.dst_repeat, f, kDstRepeats);
     }},
    {"jitter", read_jitter},
    {"except", read_except},
    {"after", read_after},
    {"after_on", [](const TableField& f,
                    const KeyContext& c) { assign_choice(c.draft.job.after_on, f, kAfterOns); }},
    {"enabled",
     [](const TableField& f, const KeyContext& c) { assign(c.draft.job.enabled, read_boolean(f)); }},
    {"timeout",
     [](const TableField& f, const KeyContext& c) {
       if (const auto timeout = read_duration(f)) c.draft.job.timeout = *timeout;
     }},
    {"stop_signal", read_stop_signal},
    {"kill_after",
     [](const TableField& f, const KeyContext& c) { assign(c.draft.job.kill_after, read_duration(f)); }},
    {"overlap",
     [](const TableField& f, const KeyContext& c) { assign_choice(c.draft.job.overlap, f, kOverlaps); }},
    {"retry", [](const TableField& f, const KeyContext& c) { read_table(f, c, kRetryKeys); }},
    {"output", [](const TableField& f, const KeyContext& c) { read_table(f, c, kOutputKeys); }},
    {"history", [](const TableField& f, const KeyContext& c) { read_table(f, c, kHistoryKeys); }},
    {"tags", [](const TableField& f, const KeyContext& c) { assign(c.draft.job.tags, read_texts(f)); }},
    {"description",
     [](const TableField& f, const KeyContext& c) { assign(c.draft.job.description, read_text(f)); }},
};

// Known to the design, refused until a release does what they say.
const std::vector<std::string_view> kLaterKeys = {
    "secrets", "param",          "http",         "on_hosts",
    "only_if", "start_deadline", "catch_up",     "catch_up_window",
    "watch",   "settle",         "on_boot",      "after_timeout",
    "locks",   "pool",           "priority",     "queue",
    "hosts",   "run_on",         "shards",       "placement",
    "on_lost", "isolation",      "resources",    "limits",
    "notify",  "expect",         "max_parallel", "pause_after_failures",
    "require", "dialect",        "window",       "pause_after_lost",
};

bool belongs_to_the_line(std::string_view key) {
  return key == "command" || key == "script" || key == "schedule" || key == "shell" ||
         key == "stdin" || key == "env";
}

// [job.backup.db] is the job 'backup' with a table 'db' in it; people mean the job 'backup/db'.
bool looks_like_job(const Entry& entry) {
  return find_entry(entry.value.entries, "command") != nullptr ||
         find_entry(entry.value.entries, "schedule") != nullptr;
}

void report_unknown_job_key(const Entry& entry, const std::vector<Entry>& entries,
                            const KeyContext& context) {
  report_unknown_key(context.report, entry, "", names_of(kJobKeys), kLaterKeys);
  if (looks_like_job(entry)) {
    context.report.help(fmt::format("a '/' in a name needs quotes: [job.\"{}/{}\"]",
                                    context.draft.job.name, entry.key));
  }
  const std::vector<std::string> near = suggestions(entry.key, {"schedule"});
  const bool has_schedule =
      find_entry(entries, "schedule") != nullptr || find_entry(entries, "after") != nullptr;
  if (!near.empty() && !has_schedule && context.draft.schedules.empty())
    context.report.help("without a schedule this job only runs by hand");
}

}  // namespace

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void set_variable(Job& job, const std::string& name, std::string value) {
  const auto known = std::find_if(job.env.begin(), job.env.end(),
                                  [&](const auto& variable) { return variable.first == name; });
  if (known != job.env.end()) {
    known->second = std::move(value);
  } else {
    job.env.emplace_back(name, std::move(value));
  }
}

void report_unknown_key(FaultReport& report, const Entry& entry, std::string_view table,
                        const std::vector<std::string>& known,
                        const std::vector<std::string_view>& later) {
  const Span place = key_span(report.source(), entry);
  if (std::find(later.begin(), later.end(), entry.key) != later.end()) {
    report.error("E220", place, fmt::format("the key '{}' is not supported yet", entry.key)).label =
        "remove it: a later release will know it";
    return;
  }
  const std::string where = table.empty() ? "" : fmt::format(" in [{}]", table);
  Diagnostic& fault =
      report.error("E201", place, fmt::format("unknown key '{}'{}", entry.key, where));
  const std::vector<std::string> near = suggestions(entry.key, known);
  if (near.empty()) return;
  fault.label = fmt::format("did you mean '{}'?", near.front());
  fault.replacement = near.front();
}

std::shared_ptr<const Zone> find_zone(const std::string& name, Span place, FaultReport& report,
                                      Zones& zones) {
  const Zones::Found& zone = zones.find(name);
  if (zone) return *zone;
  Diagnostic& fault = report.error("E310", place, zone.error().message);
  fault.label = zone.error().hint;
  return nullptr;
}

void read_job_keys(const std::vector<Entry>& entries, KeyPlace place, const KeyContext& context) {
  for (const Entry& entry : entries) {
    const KeyRule* rule = find_rule(kJobKeys, entry.key);
    if (rule == nullptr) {
      report_unknown_job_key(entry, entries, context);
    } else if (place == KeyPlace::crontab_comment && belongs_to_the_line(entry.key)) {
      context.report
          .error("E603", key_span(context.report.source(), entry),
                 fmt::format("'{}' cannot be set in a comment", entry.key))
          .label = "the lines of the crontab say it";
    } else {
      rule->read({entry.key, entry.value, context.report}, context);
    }
  }
}

}  // namespace dsched
