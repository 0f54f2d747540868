#include "config/job_keys.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "base/suggest.h"
#include "config/key_rule.h"

namespace dsched {

namespace {

// Known to the design, refused until a release does what they say.
const std::vector<std::string_view> kLaterKeys = {
    "secrets", "http",      "on_hosts",  "max_parallel", "require", "hosts",   "run_on",
    "shards",  "placement", "isolation", "limits",       "window",  "dialect",
};

std::array<std::span<const KeyRule>, 4> all_keys() {
  return {what_keys(), when_keys(), how_keys(), outcome_keys()};
}

const KeyRule* find_job_key(std::string_view name) {
  for (const std::span<const KeyRule> keys : all_keys()) {
    if (const KeyRule* rule = find_rule(keys, name)) return rule;
  }
  return nullptr;
}

std::vector<std::string> names_of_all() {
  std::vector<std::string> names;
  for (const std::span<const KeyRule> keys : all_keys()) {
    for (const KeyRule& rule : keys) names.emplace_back(rule.name);
  }
  return names;
}

// A key of a table counts by itself: tables of the job and of [defaults] are merged.
void note_places(const Entry& entry, const KeyContext& context) {
  Job& job = context.draft.job;
  const std::string& file = context.report.source().name();
  if (entry.value.kind != Value::Kind::table)
    return set_key_place(job, entry.key, {file, entry.key_begin.line});
  for (const Entry& inner : entry.value.entries)
    set_key_place(job, entry.key + "." + inner.key, {file, inner.key_begin.line});
}

// [job.backup.db] is the job 'backup' with a table 'db' in it; people mean the job 'backup/db'.
bool looks_like_job(const Entry& entry) {
  return find_entry(entry.value.entries, "command") != nullptr ||
         find_entry(entry.value.entries, "schedule") != nullptr;
}

void report_unknown_job_key(const Entry& entry, const std::vector<Entry>& entries,
                            const KeyContext& context) {
  report_unknown_key(context.report, entry, "", names_of_all(), kLaterKeys);
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

const KeyRule* find_rule(std::span<const KeyRule> rules, std::string_view name) {
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const KeyRule& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

std::vector<std::string> names_of(std::span<const KeyRule> rules) {
  std::vector<std::string> names;
  for (const KeyRule& rule : rules) names.emplace_back(rule.name);
  return names;
}

void read_table(const TableField& field, const KeyContext& context, std::span<const KeyRule> rules,
                const std::vector<std::string_view>& later) {
  if (field.value.kind != Value::Kind::table)
    return report_type(field, fmt::format("a table: [{}]", field.name));
  for (const Entry& entry : field.value.entries) {
    if (const KeyRule* rule = find_rule(rules, entry.key)) {
      rule->read({entry.key, entry.value, context.report}, context);
    } else {
      report_unknown_key(context.report, entry, field.name, names_of(rules), later);
    }
  }
}

bool belongs_to_the_line(std::string_view key) {
  const std::string_view table = key.substr(0, key.find('.'));
  return table == "command" || table == "script" || table == "schedule" || table == "dialect" ||
         table == "shell" || table == "stdin" || table == "env";
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

void set_key_place(Job& job, std::string_view key, SourcePlace place) {
  // Of these two the one written last counts.
  const std::string_view other = key == "command" ? "script" : key == "script" ? "command" : "";
  const auto is_over = [&](const auto& known) {
    return known.first == key || known.first == other;
  };
  job.key_places.erase(std::remove_if(job.key_places.begin(), job.key_places.end(), is_over),
                       job.key_places.end());
  job.key_places.emplace_back(key, std::move(place));
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
    const KeyRule* rule = find_job_key(entry.key);
    if (rule == nullptr) {
      report_unknown_job_key(entry, entries, context);
    } else if (place == KeyPlace::crontab_comment && belongs_to_the_line(entry.key)) {
      context.report
          .error("E603", key_span(context.report.source(), entry),
                 fmt::format("'{}' cannot be set in a comment", entry.key))
          .label = "the lines of the crontab say it";
    } else {
      rule->read({entry.key, entry.value, context.report}, context);
      note_places(entry, context);
    }
  }
}

}  // namespace dsched
