#include "config/job_check.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "base/duration_text.h"
#include "base/suggest.h"
#include "config/config.h"
#include "config/resources_table.h"

namespace dsched {

namespace {

template <class Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

// The longest time between two firings by the clock on the wall, of the first of some year: enough
// to see weekends and months.
Duration longest_gap(const Timetable& timetable) {
  constexpr int kFirings = 100;
  constexpr Second kStart{std::chrono::seconds{1'735'689'600}};  // 2025-01-01
  Duration longest{0};
  std::optional<Second> last;
  Second at = kStart;
  for (int i = 0; i < kFirings; ++i) {
    const auto next = timetable.next(at);
    if (!next) break;
    at = *next;
    const Second local = at + timetable.zone().at(at).utc_offset;
    if (last) longest = std::max<Duration>(longest, local - *last);
    last = local;
  }
  return longest;
}

class JobCheck {
 public:
  JobCheck(const std::vector<Entry>& entries, JobDraft& draft, FaultReport& report,
           const ReadContext& context)
      : entries_(entries),
        draft_(draft),
        job_(draft.job),
        report_(report),
        limits_(context.settings.limits),
        settings_files_(context.sources.settings_files) {}

  void run() {
    check_pool();
    check_resources();
    check_parameters();
    check_companions();
    check_expectations();
  }

 private:
  // "retry.max" is the key max of the table retry.
  const Entry* find(std::string_view key) const {
    const std::size_t dot = key.find('.');
    const Entry* entry = find_entry(entries_, key.substr(0, dot));
    if (entry == nullptr || dot == std::string_view::npos) return entry;
    return find_entry(entry->value.entries, key.substr(dot + 1));
  }

  Diagnostic& complain(Severity severity, std::string_view code, std::string_view key,
                       std::string message) {
    const Entry* entry = find(key);
    const Span place =
        entry != nullptr ? span_of(report_.source(), entry->value) : draft_.place.span;
    Diagnostic& diagnostic = report_.add(severity, code, place, std::move(message));
    const auto from = std::find_if(job_.key_places.begin(), job_.key_places.end(),
                                   [&](const auto& known) { return known.first == key; });
    if (entry == nullptr && from != job_.key_places.end()) {
      diagnostic.help.push_back(
          fmt::format("'{}' is from {}:{}", key, from->second.file, from->second.line));
    }
    return diagnostic;
  }

  std::string where_settings_go() const { return settings_files_.back(); }

  // Files that are named on the command line come without settings.
  void warn_unknown(std::string_view key, std::string message) {
    complain(Severity::warning, "W214", key, std::move(message)).label =
        "no dsched.toml is read with this file: this does not count here";
  }

  void check_pool() {
    std::string& pool = job_.needs.pool;
    if (pool.empty() || limits_.pools.contains(pool)) return;
    if (settings_files_.empty()) {
      warn_unknown("pool", fmt::format("the pool '{}' is not known", pool));
      return pool.clear();
    }
    Diagnostic& fault =
        complain(Severity::error, "E214", "pool", fmt::format("there is no pool '{}'", pool));
    const std::vector<std::string> near = suggestions(pool, keys_of(limits_.pools));
    if (!near.empty()) {
      fault.label = fmt::format("did you mean '{}'?", near.front());
      return;
    }
    fault.help.push_back(fmt::format("pools are made in {}, for instance:", where_settings_go()));
    fault.help.push_back("[pools]");
    fault.help.push_back(fmt::format("{} = 2", quoted_name(pool)));
  }

  static std::string quoted_name(const std::string& name) {
    const bool bare = name.find_first_of("/.:") == std::string::npos;
    return bare ? name : "\"" + name + "\"";
  }

  void check_resources() {
    auto& needed = job_.needs.resources;
    for (const auto& [name, amount] : needed) check_resource(name, amount);
    if (settings_files_.empty()) needed.clear();
  }

  void check_resource(const std::string& name, std::uint64_t amount) {
    const std::string key = "resources." + name;
    if (settings_files_.empty())
      return warn_unknown(key, fmt::format("what this host offers of '{}' is not known", name));
    const auto offer = limits_.resources.find(name);
    if (offer != limits_.resources.end() && offer->second >= amount) return;
    if (offer != limits_.resources.end()) {
      complain(Severity::error, "E215", key,
               fmt::format("this job needs {} of '{}', and the host offers {}",
                           amount_text(name, amount), name, amount_text(name, offer->second)))
          .label = "it could never start";
      return;
    }
    Diagnostic& fault =
        complain(Severity::error, "E215", key, fmt::format("this host offers no '{}'", name));
    const std::vector<std::string> near = suggestions(name, keys_of(limits_.resources));
    if (!near.empty()) fault.label = fmt::format("did you mean '{}'?", near.front());
    fault.help.push_back(
        fmt::format("what it offers stands in {}, for instance:", where_settings_go()));
    fault.help.push_back("[host]");
    fault.help.push_back("resources = { slots = 8, memory = \"16G\", gpu = 1 }");
  }

  bool starts_by_itself() const {
    return !job_.timetable.empty() || !job_.after.empty() || !job_.watch.globs.empty() ||
           find("schedule") != nullptr || find("after") != nullptr || find("watch") != nullptr;
  }

  void check_parameters() {
    if (!job_.enabled || !starts_by_itself()) return;
    for (const Parameter& parameter : job_.parameters) {
      if (!parameter.required || parameter.default_value) continue;
      complain(Severity::error, "E213", "param",
               fmt::format("'{}' is required, and only a person can give it", parameter.name))
          .help.push_back("this job starts by itself: give the parameter a default");
    }
  }

  // Keys of this job; those from [defaults] are for other jobs as well.
  void check_companions() {
    if (job_.after.empty()) {
      warn_without("after_timeout", "after");
      warn_without("after_on", "after");
    }
    if (job_.timetable.empty()) {
      warn_without("catch_up", "schedule");
    } else if (job_.late.catch_up == CatchUp::none) {
      warn_without("catch_up_window", "catch_up");
    }
    if (job_.watch.globs.empty()) warn_without("settle", "watch");
    if (!starts_by_itself()) warn_without("expect.finish_by", "schedule");
    if (!job_.notify.anybody() && !find("notify.webhook") && !find("notify.command")) {
      for (const std::string_view key : {"notify.on", "notify.after", "notify.repeat"})
        warn_without(key, "notify.email");
    }
  }

  void warn_without(std::string_view key, std::string_view other) {
    const Entry* entry = find(key);
    // When the other key is there, it is wrong, and that has been told.
    if (entry == nullptr || find(other) != nullptr) return;
    Diagnostic& fault = report_.warning("W201", key_span(report_.source(), *entry),
                                        fmt::format("'{}' does nothing without '{}'", key, other));
    if (other == "notify.email") fault.label = "or 'webhook', or 'command': nobody is told";
  }

  void check_expectations() {
    const Expectations& expect = job_.expect;
    const Duration gap = expect.within ? longest_gap(job_.timetable) : Duration{0};
    if (expect.within && gap > *expect.within && job_.after.empty()) {
      complain(Severity::warning, "W202", "expect.within",
               fmt::format("the schedule leaves gaps of {}, longer than {}", human_duration(gap),
                           human_duration(*expect.within)))
          .label = "this job is overdue by its own schedule";
    }
    if (expect.max_runtime && job_.timeout && *expect.max_runtime >= *job_.timeout) {
      complain(Severity::warning, "W202", "expect.max_runtime",
               fmt::format("'timeout' ends a run after {} already", human_duration(*job_.timeout)))
          .label = "no run lasts that long";
    }
  }

  const std::vector<Entry>& entries_;
  JobDraft& draft_;
  Job& job_;
  FaultReport& report_;
  const Limits& limits_;
  const std::vector<std::string>& settings_files_;
};

}  // namespace

void check_job(const std::vector<Entry>& entries, JobDraft& draft, FaultReport& report,
               const ReadContext& context) {
  JobCheck(entries, draft, report, context).run();
}

}  // namespace dsched
