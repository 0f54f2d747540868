#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "base/duration_text.h"
#include "base/rfc3339.h"
#include "base/suggest.h"
#include "base/text.h"
#include "time/field_parser.h"
#include "time/plain_cron.h"
#include "time/schedule.h"
#include "time/schedule_lint.h"
#include "time/zone.h"

namespace dsched {
namespace {

constexpr std::int32_t kLongestPeriodDays = 36525;

struct Nickname {
  std::string_view name;
  std::string_view fields;  // empty for @reboot
};
constexpr Nickname kNicknames[] = {
    {"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"}, {"@reboot", ""},
};

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// Whole days are counted on the calendar, parts that divide a day from its midnight, all else in
// real time.
Schedule repeating(std::chrono::seconds period, std::int32_t from_s) {
  const std::int64_t period_s = period.count();
  if (period_s % kSecondsPerDay == 0) {
    const TimePattern time =
        TimePattern::of_fields(std::uint64_t{1} << from_s % 60,
                               std::uint64_t{1} << from_s / 60 % 60, 1u << from_s / 3600, false);
    return Schedule(
        Pattern(time, DayPattern::every(static_cast<std::int32_t>(period_s / kSecondsPerDay))));
  }
  if (kSecondsPerDay % period_s == 0) {
    const auto step = static_cast<std::int32_t>(period_s);
    return Schedule(Pattern(TimePattern::of_step(from_s % step, step), DayPattern()));
  }
  return Schedule(Schedule::Every{period, std::chrono::seconds{from_s % period_s}});
}

class ScheduleParser {
 public:
  ScheduleParser(std::string_view text, const ScheduleContext& context)
      : text_(text), context_(context) {}

  Schedule::Parsed parse();
  // Requires: nothing was parsed yet.
  std::vector<ScheduleIssue> lint(const Zone* zone);

 private:
  void split();
  std::string_view text_of(Word word) const {
    return text_.substr(word.begin, word.end - word.begin);
  }
  Word all() const { return {words_.front().begin, last_end_}; }
  Words words_by_unit() const;
  std::optional<Schedule> nickname();
  std::optional<Schedule> interval();
  std::optional<Schedule> instant();
  std::optional<Schedule> cron();
  bool field_count_is_right();
  std::optional<std::int32_t> time_of_day(Word word);
  std::nullopt_t fail(std::string_view code, Word where, std::string message, std::string label,
                      std::string help = "");

  std::string_view text_;
  const ScheduleContext& context_;
  std::vector<ScheduleIssue>* warnings_ = nullptr;  // null: nobody wants them
  std::vector<ScheduleIssue> errors_;
  Words words_;
  std::size_t word_count_ = 0;  // may be more than there are in words_
  std::size_t last_end_ = 0;
  bool is_cron_ = false;
  CronFields fields_;
};

Schedule::Parsed ScheduleParser::parse() {
  split();
  if (word_count_ == 0) {
    fail("E301", {0, text_.size()}, "the schedule is empty",
         "five fields or a nickname are expected");
    return {std::nullopt, std::move(errors_)};
  }
  const std::string_view first = text_of(words_.front());
  std::optional<Schedule> schedule = first.front() == '@' ? nickname()
                                     : first == "every"   ? interval()
                                     : first == "at"      ? instant()
                                                          : cron();
  return {std::move(schedule), std::move(errors_)};
}

std::vector<ScheduleIssue> ScheduleParser::lint(const Zone* zone) {
  std::vector<ScheduleIssue> warnings;
  warnings_ = &warnings;
  const std::optional<Schedule> schedule = parse().schedule;
  if (!schedule) return {};
  if (is_cron_) {
    lint_cron({text_, words_by_unit(), fields_, schedule->pattern()}, zone, warnings);
    std::stable_sort(warnings.begin(), warnings.end(),
                     [](const auto& a, const auto& b) { return a.begin < b.begin; });
  }
  return warnings;
}

void ScheduleParser::split() {
  const std::string_view text = text_;
  std::size_t end = 0;
  for (std::size_t begin = 0;; begin = end) {
    while (begin < text.size() && is_blank(text[begin])) ++begin;
    if (begin == text.size()) return;
    end = begin + 1;
    while (end < text.size() && !is_blank(text[end])) ++end;
    if (word_count_ < words_.size()) words_[word_count_] = {begin, end};
    ++word_count_;
    last_end_ = end;
  }
}

std::optional<Schedule> ScheduleParser::nickname() {
  const std::string name = to_lower_ascii(text_of(words_.front()));
  if (name == "@every" && context_.dialect != Dialect::crontab) return interval();
  const auto known = std::find_if(std::begin(kNicknames), std::end(kNicknames),
                                  [&](const Nickname& nickname) { return nickname.name == name; });
  if (known == std::end(kNicknames)) {
    std::vector<std::string> names{"@every"};
    for (const Nickname& nickname : kNicknames) names.emplace_back(nickname.name);
    return fail("E309", words_.front(),
                fmt::format("unknown nickname '{}'{}", visible(name), did_you_mean(name, names)),
                "@hourly @daily @midnight @weekly @monthly @yearly @annually @reboot or @every");
  }
  if (word_count_ > 1) {
    return fail("E309", {words_[1].begin, last_end_}, fmt::format("nothing may follow {}", name),
                "not expected here");
  }
  if (known->fields.empty()) return Schedule(Schedule::Boot{});
  return Schedule::parse(known->fields, {}).schedule;
}

// every DURATION [from HH:MM], @every DURATION
std::optional<Schedule> ScheduleParser::interval() {
  const bool nickname = text_of(words_.front()).front() == '@';
  if (context_.dialect == Dialect::crontab) {
    return fail("E311", words_.front(), "intervals are not known in crontab files",
                "write five fields");
  }
  if (word_count_ < 2)
    return fail("E311", words_.front(), "the interval is missing", "write \"every 15m\"");
  const auto duration = parse_duration(text_of(words_[1]));
  if (!duration)
    return fail("E311", words_[1], duration.error().message, "", duration.error().hint);
  const auto period = std::chrono::duration_cast<std::chrono::seconds>(*duration);
  if (period != *duration || period.count() < 1 || period > std::chrono::days{kLongestPeriodDays}) {
    return fail("E311", words_[1], "this interval is not possible",
                "whole seconds, at least one, up to 36525 days");
  }
  std::int32_t from = 0;
  if (word_count_ > 2) {
    const bool right = !nickname && word_count_ == 4 && text_of(words_[2]) == "from";
    if (!right) {
      return fail("E311", {words_[2].begin, last_end_}, "not expected here",
                  nickname ? "nothing may follow the interval"
                           : "only \"from HH:MM\" may follow the interval");
    }
    const auto start = time_of_day(words_[3]);
    if (!start) return fail("E311", words_[3], "this is not a time of day", "write it as 04:30");
    from = *start;
  }
  return repeating(period, from);
}

// HH:MM or HH:MM:SS
std::optional<std::int32_t> ScheduleParser::time_of_day(Word word) {
  const std::string_view text = text_of(word);
  if (text.size() != 5 && text.size() != 8) return std::nullopt;
  const std::string seconds = text.size() == 5 ? ":00" : "";
  const auto instant = parse_rfc3339(fmt::format("1970-01-01T{}{}Z", text, seconds));
  if (!instant) return std::nullopt;
  return static_cast<std::int32_t>(floor_second(*instant).time_since_epoch().count());
}

// at DATE-TIME, in the zone of the job or with its own offset
std::optional<Schedule> ScheduleParser::instant() {
  if (context_.dialect == Dialect::crontab) {
    return fail("E312", words_.front(), "instants are not known in crontab files",
                "write five fields");
  }
  if (word_count_ != 2)
    return fail("E312", all(), "one date and time is expected", "write \"at 2026-11-20T02:15\"");
  constexpr std::size_t kMinutesEnd = 16;  // of 2026-11-20T02:15
  constexpr std::size_t kSecondsEnd = 19;
  std::string text(text_of(words_[1]));
  const bool seconds = text.size() > kMinutesEnd && text[kMinutesEnd] == ':';
  if (!seconds && text.size() >= kMinutesEnd) text.insert(kMinutesEnd, ":00");
  const bool has_offset = text.size() > kSecondsEnd;
  if (!has_offset) text += 'Z';
  const auto instant = parse_rfc3339(text);
  const auto day =
      instant ? std::chrono::floor<std::chrono::days>(*instant) : std::chrono::sys_days{};
  if (!instant || Instant{floor_second(*instant)} != *instant ||
      day < floor<std::chrono::days>(kFirstSecond) || day >= floor<std::chrono::days>(kEndSecond)) {
    return fail("E312", words_[1], "this is not a date and time", "write it as 2026-11-20T02:15",
                "seconds and an offset from UTC may follow: 2026-11-20T02:15:00+01:00");
  }
  return Schedule(Schedule::Once{floor_second(*instant).time_since_epoch().count(), has_offset});
}

bool ScheduleParser::field_count_is_right() {
  const bool crontab = context_.dialect == Dialect::crontab;
  const std::size_t low = context_.dialect == Dialect::quartz ? 6 : 5;
  const std::size_t high = crontab ? 5 : 7;
  if (low <= word_count_ && word_count_ <= high) return true;
  const bool too_few = word_count_ < low;
  const std::string expected = too_few   ? fmt::format("{}", low)
                               : crontab ? "5"
                                         : fmt::format("{} to 7", low);
  std::string message = fmt::format("{} fields expected, got {}", expected, word_count_);
  if (crontab && word_count_ == 6)
    message += ": is the first one seconds or the sixth a user name?";
  std::string label = crontab || too_few ? "minute hour day-of-month month day-of-week"
                                         : "second minute hour day-of-month month day-of-week year";
  if (context_.dialect == Dialect::quartz)
    label = "second minute hour day-of-month month day-of-week [year]";
  fail("E301", all(), std::move(message), std::move(label));
  return false;
}

std::optional<Schedule> ScheduleParser::cron() {
  if (!field_count_is_right()) return std::nullopt;
  is_cron_ = true;
  SpecialDays special;
  FieldParser parser(text_, context_, special, errors_, warnings_);
  const Words words = words_by_unit();
  for (std::size_t i = 0; i < kUnits; ++i) {
    if (words[i].begin < words[i].end) parser.parse(static_cast<Unit>(i), words[i], fields_);
  }
  if (!errors_.empty()) return std::nullopt;
  const bool plain = special == SpecialDays{};
  return Schedule(Pattern(
      fields_.time(), plain ? DayPattern(fields_.days()) : DayPattern(fields_.days(), special)));
}

// Five fields begin with the minute.
Words ScheduleParser::words_by_unit() const {
  Words words;
  const std::size_t first = word_count_ == 5 ? 1 : 0;
  std::copy_n(words_.begin(), word_count_, words.begin() + first);
  return words;
}

std::nullopt_t ScheduleParser::fail(std::string_view code, Word where, std::string message,
                                    std::string label, std::string help) {
  ScheduleIssue issue{Severity::error,
                      std::string(code),
                      std::move(message),
                      where.begin,
                      where.end,
                      std::move(label),
                      {},
                      ""};
  if (!help.empty()) issue.help.push_back(std::move(help));
  errors_.push_back(std::move(issue));
  return std::nullopt;
}

}  // namespace

Schedule::Parsed Schedule::parse(std::string_view text, const ScheduleContext& context) {
  Parsed parsed;
  CronFields fields;
  if (context.dialect != Dialect::quartz && read_plain_cron(text, fields)) {
    parsed.schedule.emplace(Pattern(fields.time(), DayPattern(fields.days())));
    return parsed;
  }
  return ScheduleParser(text, context).parse();
}

std::vector<ScheduleIssue> schedule_warnings(std::string_view text, const ScheduleContext& context,
                                             const Zone* zone) {
  return ScheduleParser(text, context).lint(zone);
}

}  // namespace dsched
