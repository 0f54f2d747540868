#include "config/settings_file.h"

#include <algorithm>

#include <fmt/core.h>

#include "config/job_file.h"
#include "config/job_keys.h"
#include "config/toml_file.h"
#include "config/value_reader.h"

namespace dsched {

namespace {

constexpr std::int64_t kMostRunning = 1'000'000;
constexpr std::string_view kLogFormats[] = {"text", "json", "journald"};
const std::vector<std::string_view> kLaterTables = {"host",    "pools", "crontab", "coordination",
                                                    "metrics", "mail",  "web"};

class SettingsReader {
 public:
  SettingsReader(FaultReport& report, const ReadContext& context, Settings& settings, JobDraft& defaults)
      : report_(report), context_(context), settings_(settings), defaults_(defaults) {}

  void read(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) read_root(entry);
  }

 private:
  void read_root(const Entry& entry) {
    if (entry.key == "defaults") {
      read_defaults(entry, defaults_, report_, context_);
      settings_.timezone = defaults_.job.timezone;
    } else if (entry.key == "daemon") {
      read_table(entry, {"max_running", "stop_timeout", "watch"});
    } else if (entry.key == "log") {
      read_table(entry, {"format"});
    } else if (is_local_coordination(entry)) {
      return;
    } else if (entry.key == "job") {
      report_.error("E201", key_span(report_.source(), entry), "jobs cannot stand in dsched.toml")
          .label = "they belong in jobs.d, or in a file given with --file";
    } else {
      report_unknown_key(report_, entry, "", {"defaults", "daemon", "log"}, kLaterTables);
    }
  }

  // What every host does without being told.
  static bool is_local_coordination(const Entry& entry) {
    const std::vector<Entry>& entries = entry.value.entries;
    return entry.key == "coordination" && entries.size() == 1 && entries.front().key == "store" &&
           entries.front().value.text == "local";
  }

  void read_table(const Entry& table, const std::vector<std::string>& known) {
    if (table.value.kind != Value::Kind::table) {
      return report_type({table.key, table.value, report_},
                         fmt::format("a table: [{}]", table.key));
    }
    for (const Entry& entry : table.value.entries) {
      if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
        report_unknown_key(report_, entry, table.key, known, {});
      } else {
        read_value({entry.key, entry.value, report_});
      }
    }
  }

  void read_value(const TableField& field) {
    if (field.name == "max_running") {
      if (const auto number = read_integer(field, {0, kMostRunning}))
        settings_.max_running = static_cast<int>(*number);
    } else if (field.name == "stop_timeout") {
      if (const auto timeout = read_duration(field)) settings_.stop_timeout = *timeout;
    } else if (field.name == "watch") {
      if (const auto watch = read_boolean(field)) settings_.watch = *watch;
    } else if (const auto format = read_choice(field, kLogFormats)) {
      settings_.log_format = static_cast<LogFormat>(*format);
      settings_.log_format_set = true;
    }
  }

  FaultReport& report_;
  const ReadContext& context_;
  Settings& settings_;
  JobDraft& defaults_;
};

}  // namespace

bool read_settings_file(const SourceText& source, const ReadContext& context, Settings& settings,
                        JobDraft& defaults, std::vector<Diagnostic>& diagnostics) {
  FaultReport report(source, diagnostics);
  if (const auto root = parse_toml(source, report))
    SettingsReader(report, context, settings, defaults).read(root->entries);
  return report.errors() == 0;
}

}  // namespace dsched
