#include <algorithm>

#include <fmt/core.h>

#include "base/suggest.h"
#include "config/key_rule.h"
#include "config/resources_table.h"
#include "config/signal_name.h"

namespace dsched {

namespace {

constexpr IntegerRange kRetries{0, 1000};
constexpr IntegerRange kPriorities{-1000, 1000};
constexpr IntegerRange kRunsInARow{0, 1'000'000};

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

void read_locks(const TableField& field, const KeyContext& context) {
  const auto names = read_texts(field);
  if (!names) return;
  std::vector<std::string> locks;
  for (const std::string& name : *names) {
    if (!check_shared_name(name, "lock", field)) return;
    if (std::find(locks.begin(), locks.end(), name) == locks.end()) locks.push_back(name);
  }
  context.draft.job.needs.locks = std::move(locks);
}

// "" takes back the pool of [defaults].
void read_pool(const TableField& field, const KeyContext& context) {
  auto name = read_text(field);
  if (name && (name->empty() || check_shared_name(*name, "pool", field)))
    context.draft.job.needs.pool = std::move(*name);
}

void read_resources(const TableField& field, const KeyContext& context) {
  auto& needed = context.draft.job.needs.resources;
  for (const auto& [name, amount] : read_amounts(field)) {
    const auto known = std::find_if(needed.begin(), needed.end(),
                                    [&](const auto& resource) { return resource.first == name; });
    if (known != needed.end()) needed.erase(known);
    if (amount > 0) needed.emplace_back(name, amount);
  }
}

void read_below_load(const TableField& field, const KeyContext& context) {
  const auto load = read_number(field);
  if (!load) return;
  if (*load > 0) {
    context.draft.job.needs.below_load = *load;
  } else {
    field.error("E204", fmt::format("'{}' must be more than 0", field.name));
  }
}

constexpr std::string_view kOverlaps[] = {"skip", "queue", "allow", "replace"};
constexpr std::string_view kBackoffs[] = {"constant", "linear", "exponential"};
constexpr std::string_view kQueueOrders[] = {"first-come", "shortest"};
constexpr std::string_view kOnLosts[] = {"skip", "rerun", "hold"};

constexpr KeyRule kRetryKeys[] = {
    {"max", [](const TableField& f,
               const KeyContext& c) { assign_number(c.draft.job.retry.max, f, kRetries); }},
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

constexpr KeyRule kHowKeys[] = {
    {"timeout", [](const TableField& f,
                   const KeyContext& c) { assign(c.draft.job.timeout, read_duration(f)); }},
    {"stop_signal", read_stop_signal},
    {"kill_after", [](const TableField& f,
                      const KeyContext& c) { assign(c.draft.job.kill_after, read_duration(f)); }},
    {"overlap", [](const TableField& f,
                   const KeyContext& c) { assign_choice(c.draft.job.overlap, f, kOverlaps); }},
    {"retry", [](const TableField& f, const KeyContext& c) { read_table(f, c, kRetryKeys); }},
    {"locks", read_locks},
    {"pool", read_pool},
    {"priority", [](const TableField& f,
                    const KeyContext& c) { assign_number(c.draft.job.priority, f, kPriorities); }},
    {"queue", [](const TableField& f,
                 const KeyContext& c) { assign_choice(c.draft.job.queue, f, kQueueOrders); }},
    {"resources", read_resources},
    {"only_below_load", read_below_load},
    {"on_lost", [](const TableField& f,
                   const KeyContext& c) { assign_choice(c.draft.job.on_lost, f, kOnLosts); }},
    {"pause_after_failures",
     [](const TableField& f, const KeyContext& c) {
       assign_number(c.draft.job.pause_after_failures, f, kRunsInARow);
     }},
    {"pause_after_lost",
     [](const TableField& f, const KeyContext& c) {
       assign_number(c.draft.job.pause_after_lost, f, kRunsInARow);
     }},
};

}  // namespace

std::span<const KeyRule> how_keys() {
  return kHowKeys;
}

}  // namespace dsched
