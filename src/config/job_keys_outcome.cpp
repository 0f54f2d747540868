#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "config/key_rule.h"
#include "config/mail_address.h"

namespace dsched {

namespace {

constexpr IntegerRange kKeptRuns{1, 10'000'000};
constexpr IntegerRange kFailuresInARow{1, 1'000'000};

constexpr std::string_view kCaptures[] = {"merged", "separate", "none"};

constexpr KeyRule kOutputKeys[] = {
    {"capture",
     [](const TableField& f, const KeyContext& c) {
       assign_choice(c.draft.job.output.capture, f, kCaptures);
     }},
    {"max_size", [](const TableField& f,
                    const KeyContext& c) { assign(c.draft.job.output.max_size, read_size(f)); }},
    {"tee", [](const TableField& f,
               const KeyContext& c) { assign(c.draft.job.output.tee, read_boolean(f)); }},
    {"mask", [](const TableField& f,
                const KeyContext& c) { assign(c.draft.job.output.mask, read_texts(f)); }},
};

constexpr KeyRule kHistoryKeys[] = {
    {"keep", [](const TableField& f,
                const KeyContext& c) { assign(c.draft.job.history.keep, read_duration(f)); }},
    {"keep_runs",
     [](const TableField& f, const KeyContext& c) {
       assign_number(c.draft.job.history.keep_runs, f, kKeptRuns);
     }},
};

// "06:30"
std::optional<std::chrono::minutes> time_of_day(std::string_view text) {
  constexpr std::size_t kColon = 2;
  if (text.size() != 5 || text[kColon] != ':') return std::nullopt;
  int digits[4] = {};
  for (std::size_t at = 0, i = 0; at < text.size(); ++at) {
    if (at == kColon) continue;
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
    digits[i++] = text[at] - '0';
  }
  const int hour = digits[0] * 10 + digits[1];
  const int minute = digits[2] * 10 + digits[3];
  if (hour > 23 || minute > 59) return std::nullopt;
  return std::chrono::hours{hour} + std::chrono::minutes{minute};
}

void read_finish_by(const TableField& field, const KeyContext& context) {
  const auto text = read_text(field);
  if (!text) return;
  if (const auto time = time_of_day(*text)) {
    context.draft.job.expect.finish_by = *time;
  } else {
    field.error("E207", fmt::format("'{}' is not a time of day", *text)).label =
        "hour and minute, such as \"06:30\"";
  }
}

void read_max_runtime(const TableField& field, const KeyContext& context) {
  Expectations& expect = context.draft.job.expect;
  const bool learned = field.value.kind == Value::Kind::string && field.value.text == "learned";
  const auto longest = learned ? std::nullopt : read_positive_duration(field);
  if (!learned && !longest) return;
  expect.learned_runtime = learned;
  expect.max_runtime = longest;
}

constexpr KeyRule kExpectKeys[] = {
    {"finish_by", read_finish_by},
    {"within",
     [](const TableField& f, const KeyContext& c) {
       assign(c.draft.job.expect.within, read_positive_duration(f));
     }},
    {"max_runtime", read_max_runtime},
};
const std::vector<std::string_view> kLaterExpectKeys = {"ping"};

void read_email(const TableField& field, const KeyContext& context) {
  auto addresses = read_texts(field);
  if (!addresses) return;
  for (const std::string& address : *addresses) {
    if (is_mail_address(address)) continue;
    field.error("E207", fmt::format("'{}' is not a mail address", visible(address))).label =
        "such as \"ana@example.org\"; several stand in an array";
    return;
  }
  context.draft.job.notify.email = std::move(*addresses);
}

bool is_web_address(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.compare(0, scheme.size(), scheme) != 0) continue;
    const std::string_view rest = text.substr(scheme.size());
    return !rest.empty() && rest.front() != '/' && rest.front() != ':' &&
           std::none_of(rest.begin(), rest.end(),
                        [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
  }
  return false;
}

void read_webhook(const TableField& field, const KeyContext& context) {
  auto addresses = read_texts(field);
  if (!addresses) return;
  for (const std::string& address : *addresses) {
    if (is_web_address(address)) continue;
    field.error("E207", fmt::format("'{}' is not a web address", visible(address))).label =
        "such as \"https://example.org/hook\"";
    return;
  }
  context.draft.job.notify.webhooks = std::move(*addresses);
}

constexpr std::string_view kAlertKinds[] = {"failure", "recovery", "missed", "output",
                                            "late",    "overdue",  "slow",   "paused"};

constexpr KeyRule kNotifyKeys[] = {
    {"on", [](const TableField& f,
              const KeyContext& c) { assign_choices(c.draft.job.notify.on, f, kAlertKinds); }},
    {"email", read_email},
    {"webhook", read_webhook},
    {"command", [](const TableField& f,
                   const KeyContext& c) { assign(c.draft.job.notify.command, read_text(f)); }},
    {"after",
     [](const TableField& f, const KeyContext& c) {
       assign_number(c.draft.job.notify.after, f, kFailuresInARow);
     }},
    {"repeat", [](const TableField& f,
                  const KeyContext& c) { assign(c.draft.job.notify.repeat, read_duration(f)); }},
};

constexpr KeyRule kOutcomeKeys[] = {
    {"output", [](const TableField& f, const KeyContext& c) { read_table(f, c, kOutputKeys); }},
    {"notify", [](const TableField& f, const KeyContext& c) { read_table(f, c, kNotifyKeys); }},
    {"expect", [](const TableField& f,
                  const KeyContext& c) { read_table(f, c, kExpectKeys, kLaterExpectKeys); }},
    {"history", [](const TableField& f, const KeyContext& c) { read_table(f, c, kHistoryKeys); }},
    {"tags",
     [](const TableField& f, const KeyContext& c) { assign(c.draft.job.tags, read_texts(f)); }},
    {"description", [](const TableField& f,
                       const KeyContext& c) { assign(c.draft.job.description, read_text(f)); }},
};

}  // namespace

std::span<const KeyRule> outcome_keys() {
  return kOutcomeKeys;
}

}  // namespace dsched
