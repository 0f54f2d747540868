#include "config/settings_file.h"

#include <algorithm>
#include <span>

#include <fmt/core.h>

#include "base/text.h"
#include "config/job_file.h"
#include "config/key_rule.h"
#include "config/mail_address.h"
#include "config/resources_table.h"
#include "config/toml_file.h"
#include "config/value_reader.h"

namespace dsched {

namespace {

constexpr IntegerRange kCounts{0, 1'000'000};
constexpr IntegerRange kPoolSizes{1, 1'000'000};
constexpr std::string_view kLogFormats[] = {"text", "json", "journald"};
const std::vector<std::string> kTables = {"defaults", "daemon", "pools", "host", "log", "mail"};
const std::vector<std::string_view> kLaterTables = {"crontab", "coordination", "metrics", "web"};
const std::vector<std::string_view> kLaterHostKeys = {"labels"};

bool is_transport(std::string_view text) {
  if (text == "sendmail" || text == "none") return true;
  for (const std::string_view scheme : {"smtp://", "smtps://"}) {
    if (text.compare(0, scheme.size(), scheme) != 0) continue;
    const std::string_view host = text.substr(scheme.size());
    return !host.empty() && host.front() != ':' &&
           host.find_first_of(" \t\n/@") == std::string_view::npos;
  }
  return false;
}

class SettingsReader {
 public:
  SettingsReader(FaultReport& report, const ReadContext& context, Settings& settings,
                 JobDraft& defaults)
      : report_(report), context_(context), settings_(settings), defaults_(defaults) {}

  void read(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) read_root(entry);
  }

 private:
  using ReadValue = void (SettingsReader::*)(const TableField&);
  struct Key {
    std::string_view name;
    ReadValue read;
  };

  void read_root(const Entry& entry) {
    if (entry.key == "defaults") {
      read_defaults(entry, defaults_, report_, context_);
      settings_.timezone = defaults_.job.timezone;
    } else if (entry.key == "daemon") {
      read_table(entry, kDaemonKeys, {});
    } else if (entry.key == "log") {
      read_table(entry, kLogKeys, {});
    } else if (entry.key == "mail") {
      read_table(entry, kMailKeys, {});
    } else if (entry.key == "host") {
      read_table(entry, kHostKeys, kLaterHostKeys);
    } else if (entry.key == "pools") {
      read_pools(entry);
    } else if (is_local_coordination(entry)) {
      return;
    } else if (entry.key == "job") {
      report_.error("E201", key_span(report_.source(), entry), "jobs cannot stand in dsched.toml")
          .label = "they belong in jobs.d, or in a file given with --file";
    } else {
      report_unknown_key(report_, entry, "", kTables, kLaterTables);
    }
  }

  // What every host does without being told.
  static bool is_local_coordination(const Entry& entry) {
    const std::vector<Entry>& entries = entry.value.entries;
    return entry.key == "coordination" && entries.size() == 1 && entries.front().key == "store" &&
           entries.front().value.text == "local";
  }

  bool is_table(const TableField& field, std::string_view wanted) {
    if (field.value.kind == Value::Kind::table) return true;
    report_type(field, wanted);
    return false;
  }

  void read_table(const Entry& table, std::span<const Key> keys,
                  const std::vector<std::string_view>& later) {
    if (!is_table({table.key, table.value, report_}, fmt::format("a table: [{}]", table.key)))
      return;
    for (const Entry& entry : table.value.entries) {
      const auto key = std::find_if(keys.begin(), keys.end(),
                                    [&](const Key& known) { return known.name == entry.key; });
      if (key != keys.end()) {
        (this->*key->read)({entry.key, entry.value, report_});
        continue;
      }
      std::vector<std::string> names;
      for (const Key& known : keys) names.emplace_back(known.name);
      report_unknown_key(report_, entry, table.key, names, later);
    }
  }

  void read_max_running(const TableField& field) {
    assign_number(settings_.limits.max_running, field, kCounts);
  }
  void read_max_waiting(const TableField& field) {
    assign_number(settings_.limits.max_waiting, field, kCounts);
  }
  void read_stop_timeout(const TableField& field) {
    assign(settings_.stop_timeout, read_duration(field));
  }
  void read_watch(const TableField& field) { assign(settings_.watch, read_boolean(field)); }

  void read_log_format(const TableField& field) {
    const auto format = read_choice(field, kLogFormats);
    if (!format) return;
    settings_.log_format = static_cast<LogFormat>(*format);
    settings_.log_format_set = true;
  }

  void read_mail_from(const TableField& field) {
    auto address = read_text(field);
    if (!address) return;
    if (is_mail_address(*address)) {
      settings_.mail_from = std::move(*address);
    } else {
      field.error("E207", fmt::format("'{}' is not a mail address", visible(*address))).label =
          "such as \"dsched@example.org\"";
    }
  }

  void read_mail_transport(const TableField& field) {
    auto transport = read_text(field);
    if (!transport) return;
    if (is_transport(*transport)) {
      settings_.mail_transport = std::move(*transport);
    } else {
      field.error("E207", fmt::format("'{}' is no way to send mail", visible(*transport))).label =
          "\"sendmail\", \"smtp://host:25\", \"smtps://host:465\" or \"none\"";
    }
  }

  void read_host_resources(const TableField& field) {
    for (const auto& [name, amount] : read_amounts(field))
      settings_.limits.resources[name] = amount;
  }

  void read_pools(const Entry& table) {
    if (!is_table({table.key, table.value, report_}, "a table: [pools]")) return;
    for (const Entry& entry : table.value.entries) {
      const TableField field{entry.key, entry.value, report_};
      if (check_shared_name(entry.key, "pool", field))
        read_pool(field, settings_.limits.pools[entry.key]);
    }
  }

  // NAME = 2, or NAME = { size = 2, max_waiting = 100 }
  void read_pool(const TableField& field, PoolLimits& pool) {
    const std::vector<std::string> known = {"size", "max_waiting"};
    if (field.value.kind != Value::Kind::table) {
      if (field.value.kind != Value::Kind::integer)
        return report_type(field, "a number, or a table with size and max_waiting");
      return assign_number(pool.size, field, kPoolSizes);
    }
    for (const Entry& entry : field.value.entries) {
      const TableField item{entry.key, entry.value, report_};
      if (entry.key == known[0]) {
        assign_number(pool.size, item, kPoolSizes);
      } else if (entry.key == known[1]) {
        assign_number(pool.max_waiting, item, kCounts);
      } else {
        report_unknown_key(report_, entry, "pools." + std::string(field.name), known, {});
      }
    }
  }

  static constexpr Key kDaemonKeys[] = {{"max_running", &SettingsReader::read_max_running},
                                        {"max_waiting", &SettingsReader::read_max_waiting},
                                        {"stop_timeout", &SettingsReader::read_stop_timeout},
                                        {"watch", &SettingsReader::read_watch}};
  static constexpr Key kLogKeys[] = {{"format", &SettingsReader::read_log_format}};
  static constexpr Key kMailKeys[] = {{"from", &SettingsReader::read_mail_from},
                                      {"transport", &SettingsReader::read_mail_transport}};
  static constexpr Key kHostKeys[] = {{"resources", &SettingsReader::read_host_resources}};

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
