#include "time/schedule_parser.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/duration_text.h"
#include "base/rfc3339.h"
#include "base/suggest.h"
#include "base/text.h"
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

std::size_t index(Unit unit) {
  return static_cast<std::size_t>(unit);
}

}  // namespace

void ScheduleParser::parse() {
  split();
  if (word_count_ == 0) {
    return fail("E301", {0, text_.size()}, "the schedule is empty",
                "five fields or a nickname are expected");
  }
  parsed_.schedule.emplace(Schedule::Key{}, text_of(all()), context_.dialect);
  const std::string_view first = text_of(words_.front());
  if (first.front() == '@') {
    nickname();
  } else if (first == "every") {
    interval();
  } else if (first == "at") {
    instant();
  } else {
    cron();
  }
  if (issues_.empty()) return;
  std::stable_sort(issues_.begin(), issues_.end(),
                   [](const auto& a, const auto& b) { return a.begin < b.begin; });
  if (has_errors()) parsed_.schedule.reset();
}

bool ScheduleParser::has_errors() const {
  return std::any_of(issues_.begin(), issues_.end(),
                     [](const ScheduleIssue& issue) { return issue.severity == Severity::error; });
}

void ScheduleParser::split() {
  const std::string_view text = text_;
  std::size_t count = 0;
  std::size_t end = 0;
  for (std::size_t begin = 0;; begin = end) {
    while (begin < text.size() && is_blank(text[begin])) ++begin;
    if (begin == text.size()) break;
    end = begin + 1;
    while (end < text.size() && !is_blank(text[end])) ++end;
    if (count < kMaxFields) words_[count] = {begin, end};
    ++count;
    last_end_ = end;
  }
  word_count_ = count;
}

void ScheduleParser::nickname() {
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
  if (known->fields.empty()) {
    schedule().kind_ = Schedule::Kind::boot;
    return;
  }
  const ScheduleContext plain{{}, {}, Dialect::dsched, nullptr};
  schedule().pattern_ = Schedule::parse(known->fields, plain).schedule->pattern();
}

// every DURATION [from HH:MM], @every DURATION
void ScheduleParser::interval() {
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
  set_interval(period.count(), from);
}

// Whole days are counted on the calendar, parts that divide a day from its midnight, all else in
// real time.
void ScheduleParser::set_interval(std::int64_t period_s, std::int32_t from_s) {
  if (period_s % kSecondsPerDay == 0) {
    const TimePattern time =
        TimePattern::of_fields(std::uint64_t{1} << from_s % 60,
                               std::uint64_t{1} << from_s / 60 % 60, 1u << from_s / 3600, false);
    schedule().pattern_ =
        Pattern(time, DayPattern::every(static_cast<std::int32_t>(period_s / kSecondsPerDay)));
  } else if (kSecondsPerDay % period_s == 0) {
    const auto step = static_cast<std::int32_t>(period_s);
    schedule().pattern_ = Pattern(TimePattern::of_step(from_s % step, step), DayPattern());
  } else {
    schedule().kind_ = Schedule::Kind::every;
    schedule().period_or_instant_ = period_s;
    schedule().phase_or_flag_ = from_s % period_s;
  }
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
void ScheduleParser::instant() {
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
  schedule().kind_ = Schedule::Kind::once;
  schedule().period_or_instant_ = floor_second(*instant).time_since_epoch().count();
  schedule().phase_or_flag_ = has_offset ? 1 : 0;
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

void ScheduleParser::cron() {
  if (!field_count_is_right()) return;
  SpecialDays special;
  CronFields fields;  // set before they are read
  FieldParser parser(text_, context_, special, issues_);
  std::size_t next = 0;
  const auto read = [&](Unit unit) {
    parser.parse(unit, words_[next].begin, words_[next].end, fields[index(unit)]);
    ++next;
  };
  if (word_count_ > 5) {
    read(Unit::second);
  } else {
    fields[index(Unit::second)].bits = 1;
  }
  for (const Unit unit :
       {Unit::minute, Unit::hour, Unit::day_of_month, Unit::month, Unit::day_of_week})
    read(unit);
  if (word_count_ > 6) read(Unit::year);
  if (issues_.empty() || !has_errors()) compile(fields, special);
}

void ScheduleParser::compile(const CronFields& fields, const SpecialDays& special) {
  const Field& minutes = fields[index(Unit::minute)];
  const Field& hours = fields[index(Unit::hour)];
  const Field& days = fields[index(Unit::day_of_month)];
  const Field& weekdays = fields[index(Unit::day_of_week)];
  const TimePattern time =
      TimePattern::of_fields(fields[index(Unit::second)].bits, minutes.bits,
                             static_cast<std::uint32_t>(hours.bits), minutes.star || hours.star);
  const DayFields day_fields{static_cast<std::uint32_t>(days.bits),
                             static_cast<std::uint16_t>(fields[index(Unit::month)].bits),
                             static_cast<std::uint8_t>(weekdays.bits),
                             days.star || weekdays.star || weekdays.plus};
  schedule().pattern_ = Pattern(time, DayPattern(day_fields, special));
  lint_schedule(text_, fields, schedule(), context_.zone.get(), issues_);
}

void ScheduleParser::fail(std::string_view code, Word where, std::string message, std::string label,
                          std::string help) {
  ScheduleIssue issue{Severity::error,
                      std::string(code),
                      std::move(message),
                      where.begin,
                      where.end,
                      std::move(label),
                      {},
                      ""};
  if (!help.empty()) issue.help.push_back(std::move(help));
  issues_.push_back(std::move(issue));
}

Schedule::Parsed Schedule::parse(std::string_view text, const ScheduleContext& context) {
  Parsed parsed;
  ScheduleParser(text, context, parsed).parse();
  return parsed;
}

}  // namespace dsched
