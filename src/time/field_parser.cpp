#include "time/field_parser.h"

#include <algorithm>

#include <fmt/core.h>

#include "time/field_names.h"

namespace dsched {
namespace {

constexpr int kSundayAgain = 7;
constexpr int kLastWeek = 6;  // of SpecialDays::nth

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

void FieldParser::parse(Unit unit, Word place, CronFields& fields) {
  unit_ = unit;
  info_ = &unit_info(unit);
  pos_ = place.begin;
  end_ = place.end;
  bits_ = 0;
  const bool day = unit == Unit::day_of_month || unit == Unit::day_of_week;
  if (at('*') || (at('?') && day)) fields.set_star(unit);
  if (unit == Unit::year && end_ - pos_ == 1 && at('*')) return;  // every_year holds already
  if (unit == Unit::year) special_.every_year = false;
  if (unit == Unit::day_of_week && take('+')) fields.set_plus();
  list();
  fields[unit] = bits_;
}

void FieldParser::list() {
  do {
    if (pos_ == end_ || at(',')) {
      const std::size_t begin = pos_ == end_ ? pos_ - 1 : pos_;
      fail("E307", begin, begin + 1, "an item of the list is empty", "something is missing here");
      return;
    }
    if (!item()) return;
    if (pos_ < end_ && !at(',')) {
      unexpected();
      return;
    }
  } while (take(','));
}

bool FieldParser::take(char c) {
  if (!at(c)) return false;
  ++pos_;
  return true;
}

bool FieldParser::take_letter(char upper) {
  if (pos_ >= end_ || (text_[pos_] & ~0x20) != upper) return false;
  ++pos_;
  return true;
}

bool FieldParser::item() {
  const char c = text_[pos_];
  const bool alone = pos_ + 1 == end_ || !is_letter(text_[pos_ + 1]);
  if (c == '*' || c == '?') return star_item();
  if (c == '~') return tilde_item(std::nullopt);
  if ((c == 'H' || c == 'h') && alone) return drawn_item();
  if ((c == 'L' || c == 'l') && unit_ == Unit::day_of_month) return last_day_item();
  return value_item();
}

// * */n ?
bool FieldParser::star_item() {
  const std::size_t begin = pos_;
  const bool star = take('*');
  if (!star) {
    if (unit_ != Unit::day_of_month && unit_ != Unit::day_of_week) return unexpected();
    ++pos_;
  }
  const Range all{info_->low, info_->high};
  int n = 1;
  if (star && at('/')) {
    if (!step(n)) return false;
    doubt_step(all, n, begin);
    doubt_uneven_step(n, begin);
  }
  add(all, n);
  return true;
}

// L L-n LW L-nW, in the day of the month
bool FieldParser::last_day_item() {
  ++pos_;
  int before = 0;
  if (take('-')) {
    const std::size_t begin = pos_;
    if (!number(before, "number of days")) return false;
    if (before > 30) {
      return fail("E304", begin, pos_, fmt::format("no month has a day {} before its last", before),
                  "0 to 30 days before the last");
    }
  }
  (take_letter('W') ? special_.weekday_from_last : special_.from_last) |= 1u << before;
  return true;
}

bool FieldParser::value_item() {
  const std::size_t begin = pos_;
  if (unit_ == Unit::day_of_week && pos_ + 1 <= end_ && (text_[pos_] | 0x20) == 'l' &&
      (pos_ + 1 == end_ || text_[pos_ + 1] == ',')) {
    ++pos_;
    if (counts_from_sunday()) {
      add_value(info_->high);
      return true;
    }
    return fail("E308", begin, pos_, "'L' alone says nothing in the day of the week",
                "which weekday?",
                "for the last Friday of the month write 5L or FRIL, for Saturdays write 6");
  }
  int first = 0;
  if (!value(first)) return false;
  if (unit_ == Unit::day_of_month && take_letter('W')) {
    special_.nearest_weekday |= 1u << first;
    return true;
  }
  if (unit_ == Unit::day_of_week && (at('#') || at('L') || at('l')))
    return weekday_special(first % 7);
  if (at('~')) return tilde_item(first);
  return range_item(first, begin);
}

// wL w#n w#L. Stands behind the weekday.
bool FieldParser::weekday_special(int weekday) {
  int week = kLastWeek;
  if (!take_letter('L')) {
    ++pos_;
    if (!take_letter('L')) {
      const std::size_t begin = pos_;
      if (!number(week, "week")) return false;
      if (week < 1 || week > 5) {
        return fail("E304", begin, pos_, fmt::format("no month has a weekday number {}", week),
                    "1 (first) to 5 (fifth), or L for the last");
      }
    }
  }
  special_.nth |= std::uint64_t{1} << ((week - 1) * 8 + weekday);
  return true;
}

// a a-b a/n a-b/n. Stands behind a.
bool FieldParser::range_item(int low, std::size_t begin) {
  const bool weekday = unit_ == Unit::day_of_week;
  Range range{low, low};
  const bool ranged = take('-');
  if (ranged) {
    if (!value(range.high)) return false;
    if (weekday && low == kSundayAgain) range = {0, range.high == kSundayAgain ? 0 : range.high};
    if (range.low > range.high) {
      if (unit_ == Unit::year) {
        return fail("E305", begin, pos_, "this range runs backwards", "years do not start again");
      }
      doubt_wrap(begin);
      range.high += cycle();
    }
  }
  int n = 1;
  if (at('/')) {
    if (!step(n)) return false;
    if (!ranged) range = {weekday ? low % 7 : low, info_->high};
    doubt_step(range, n, begin);
  }
  add(range, n);
  return true;
}

// A number or a name.
bool FieldParser::value(int& result) {
  const std::size_t begin = pos_;
  if (pos_ < end_ && is_letter(text_[pos_])) return name(result);
  if (!number(result, info_->name)) return false;
  if (counts_from_sunday()) --result;
  return in_range(result, begin);
}

bool FieldParser::number(int& result, std::string_view what) {
  constexpr int kTooLarge = 100'000;
  const std::size_t begin = pos_;
  int sum = 0;
  while (pos_ < end_ && is_digit(text_[pos_])) {
    sum = std::min(sum * 10 + (text_[pos_] - '0'), kTooLarge);
    ++pos_;
  }
  result = sum;
  if (pos_ > begin) return true;
  if (pos_ < end_) return unexpected();
  return fail("E303", begin - 1, begin, fmt::format("a {} is missing", what),
              "a number goes after this");
}

bool FieldParser::in_range(int value, std::size_t begin) {
  return (info_->low <= value && value <= highest_number()) || no_such_value(begin);
}

// Sunday is 7 as well, where it is 0.
int FieldParser::highest_number() const {
  return unit_ == Unit::day_of_week && !counts_from_sunday() ? kSundayAgain : info_->high;
}

// Quartz counts days of the week from 1, which is Sunday.
bool FieldParser::counts_from_sunday() const {
  return unit_ == Unit::day_of_week && context_.dialect == Dialect::quartz;
}

bool FieldParser::name(int& result) {
  const std::size_t begin = pos_;
  std::size_t end = begin;
  while (end < end_ && is_letter(text_[end])) ++end;
  const bool month = unit_ == Unit::month;
  if (!month && unit_ != Unit::day_of_week) return unexpected();
  const bool last = !month && end - begin == 4 && (text_[end - 1] | 0x20) == 'l';
  if (last) --end;
  const std::string_view letters = text_.substr(begin, end - begin);
  result = month ? find_name(kShortMonths, letters) + 1 : find_name(kShortWeekdays, letters);
  pos_ = end;
  if (result >= info_->low) return true;
  return unknown_name(begin);
}

// Stands at the '/'.
bool FieldParser::step(int& result) {
  const std::size_t begin = ++pos_;
  if (!number(result, "step")) return false;
  if (result > 0) return true;
  return fail("E306", begin, pos_, "a step of 0 would never move on", "steps are 1 or more");
}

void FieldParser::add(Range range, int step) {
  if (step == 1 && range.high <= info_->high && unit_ != Unit::year) {
    bits_ |= (std::uint64_t{2} << range.high) - (std::uint64_t{1} << range.low);
    return;
  }
  for (int value = range.low; value <= range.high; value += step) add_value(value);
}

void FieldParser::add_value(int value) {
  if (unit_ == Unit::year) {
    special_.years.set(static_cast<std::size_t>(value - kFirstYearField));
  } else {
    bits_ |= std::uint64_t{1} << (value > info_->high ? value - cycle() : value);
  }
}

int FieldParser::cycle() const {
  return info_->high - info_->low + 1;
}

}  // namespace dsched
