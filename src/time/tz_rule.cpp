#include "time/tz_rule.h"

#include "time/civil.h"

namespace dsched {
namespace {

class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : rest_(text) {}

  std::optional<TzRule> read() {
    TzRule rule;
    rule.standard = local_type(std::nullopt);
    if (ok_ && !rest_.empty()) {
      TzRule::Summer summer;
      summer.type = local_type(rule.standard.offset_s + 3600);
      expect(',');
      summer.start = change();
      expect(',');
      summer.end = change();
      rule.summer = summer;
    }
    if (!ok_ || !rest_.empty()) return std::nullopt;
    return rule;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok_ &= take(c); }

  int number(int low, int high) {
    int value = 0;
    std::size_t digits = 0;
    while (digits < rest_.size() && digits < 4 && rest_[digits] >= '0' && rest_[digits] <= '9') {
      value = value * 10 + (rest_[digits++] - '0');
    }
    rest_.remove_prefix(digits);
    ok_ &= digits > 0 && low <= value && value <= high;
    return value;
  }

  // [+-]hh[:mm[:ss]]
  std::int32_t time(int max_hours) {
    const bool negative = take('-');
    if (!negative) take('+');
    std::int32_t seconds = number(0, max_hours) * 3600;
    if (take(':')) seconds += number(0, 59) * 60;
    if (take(':')) seconds += number(0, 59);
    return negative ? -seconds : seconds;
  }

  std::string abbreviation() {
    const bool quoted = take('<');
    std::size_t length = 0;
    const auto belongs = [&](char c) {
      const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      return letter || (quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
    };
    while (length < rest_.size() && belongs(rest_[length])) ++length;
    ok_ &= length >= 3;
    std::string name(rest_.substr(0, length));
    rest_.remove_prefix(length);
    if (quoted) expect('>');
    return name;
  }

  // The sign is the other way round in POSIX: hours to add to get to Greenwich.
  TzRule::LocalType local_type(std::optional<std::int32_t> default_offset_s) {
    TzRule::LocalType type{abbreviation(), 0};
    const bool left_out = default_offset_s && !rest_.empty() && rest_.front() == ',';
    type.offset_s = left_out ? *default_offset_s : -time(24);
    return type;
  }

  TzRule::Change change() {
    using Kind = TzRule::Change::Kind;
    TzRule::Change change;
    if (take('M')) {
      change.kind = Kind::month_week_day;
      change.month = number(1, 12);
      expect('.');
      change.week = number(1, 5);
      expect('.');
      change.weekday = number(0, 6);
    } else if (take('J')) {
      change.kind = Kind::julian;
      change.day = number(1, 365);
    } else {
      change.day = number(0, 365);
    }
    if (take('/')) change.time_s = time(167);
    return change;
  }

  std::string_view rest_;
  bool ok_ = true;
};

std::int32_t nth_weekday(int year, int month, int week, int weekday) {
  const std::int32_t first = days_from_civil(year, month, 1);
  const int to_weekday = (weekday - weekday_of(first) + 7) % 7;
  int day = to_weekday + (week - 1) * 7;
  if (day >= days_in_month(month, is_leap_year(year))) day -= 7;
  return first + day;
}

}  // namespace

std::int64_t TzRule::Change::local_second_in(int year) const {
  std::int32_t date = 0;
  if (kind == Kind::month_week_day) {
    date = nth_weekday(year, month, week, weekday);
  } else {
    const bool after_leap_day = kind == Kind::julian && day >= 60 && is_leap_year(year);
    const int first = kind == Kind::julian ? 1 : 0;
    date = days_from_civil(year, 1, 1) + day - first + (after_leap_day ? 1 : 0);
  }
  return std::int64_t{date} * 86400 + time_s;
}

std::optional<TzRule> parse_tz_rule(std::string_view text) {
  return RuleReader(text).read();
}

}  // namespace dsched
