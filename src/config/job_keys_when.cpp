#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "config/config.h"
#include "config/except_key.h"
#include "config/key_rule.h"

namespace dsched {

namespace {

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

// Where ~ is known the path is written out, so that nobody else has to ask whose home it is.
std::optional<std::string> absolute_glob(const std::string& glob, const ConfigSources& sources) {
  if (glob.front() == '/') return glob;
  const bool home_known = !sources.home.empty() && !sources.system_scope;
  if (home_known && glob.compare(0, 2, "~/") == 0) return sources.home + glob.substr(1);
  return std::nullopt;
}

void report_glob(const std::string& glob, const TableField& field) {
  Diagnostic& fault = field.error("E207", fmt::format("'{}' is not an absolute path", glob));
  fault.label = glob.front() == '~' ? "write the home directory out"
                                    : "it begins with '/'; 'dir' does not count here";
}

void read_watch(const TableField& field, const KeyContext& context) {
  const auto texts = read_texts(field);
  if (!texts) return;
  std::vector<std::string> globs;
  for (const std::string& text : *texts) {
    // "/in/" is most likely meant to be "/in/*", while nobody writes "/in/*/" by mistake.
    if (text.empty() || (text.back() == '/' && !has_glob_characters(text))) {
      field.error("E207", fmt::format("'watch' names no file: '{}'", text)).label =
          "for all files of a directory write \"/directory/*\"";
      return;
    }
    auto glob = absolute_glob(text, context.read.sources);
    if (!glob) return report_glob(text, field);
    globs.push_back(std::move(*glob));
  }
  context.draft.job.watch.globs = std::move(globs);
}

constexpr std::string_view kAfterOns[] = {"success", "failure", "any"};
constexpr std::string_view kCatchUps[] = {"none", "last", "all"};
constexpr std::string_view kDstGaps[] = {"after", "skip"};
constexpr std::string_view kDstRepeats[] = {"once", "both"};

constexpr KeyRule kWhenKeys[] = {
    {"schedule", read_schedule},
    {"dialect", [](const TableField& f,
                   const KeyContext& c) { assign_choice(c.draft.dialect, f, kDialectNames); }},
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
    {"start_deadline",
     [](const TableField& f, const KeyContext& c) {
       assign(c.draft.job.late.start_deadline, read_positive_duration(f));
     }},
    {"catch_up",
     [](const TableField& f, const KeyContext& c) {
       assign_choice(c.draft.job.late.catch_up, f, kCatchUps);
     }},
    {"catch_up_window",
     [](const TableField& f, const KeyContext& c) {
       assign(c.draft.job.late.window, read_positive_duration(f));
     }},
    {"after", read_after},
    {"after_on", [](const TableField& f,
                    const KeyContext& c) { assign_choice(c.draft.job.after_on, f, kAfterOns); }},
    {"after_timeout",
     [](const TableField& f, const KeyContext& c) {
       assign(c.draft.job.after_timeout, read_positive_duration(f));
     }},
    {"watch", read_watch},
    {"settle", [](const TableField& f,
                  const KeyContext& c) { assign(c.draft.job.watch.settle, read_duration(f)); }},
    {"on_boot",
     [](const TableField& f, const KeyContext& c) { assign(c.draft.on_boot, read_boolean(f)); }},
    {"enabled", [](const TableField& f,
                   const KeyContext& c) { assign(c.draft.job.enabled, read_boolean(f)); }},
};

}  // namespace

std::span<const KeyRule> when_keys() {
  return kWhenKeys;
}

}  // namespace dsched
