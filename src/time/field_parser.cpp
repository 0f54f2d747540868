#include "time/field_parser.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/suggest.h"
#include "base/text.h"
#include "time/plain_field.h"
#include "time/stable_hash.h"

namespace dsched {
namespace {

constexpr std::array<UnitInfo, 7> kUnits{{
    {"second", "seconds", 0, 59},
    {"minute", "minutes", 0, 59},
    {"hour", "hours", 0, 23},
    {"day of month", "days of the month", 1, 31},
    {"month", "months", 1, 12},
    {"day of week", "days of the week", 0, 6},
    {"year", "years", kFirstYearField, kLastYearField},
}};

// Where a star-step starts again, and so is uneven when the step does not divide the period.
constexpr std::array<std::string_view, 7> kPeriodEnds{"at the minute",
                                                      "at the hour",
                                                      "at midnight",
                                                      "at the end of the month",
                                                      "at the end of the year",
                                                      "at the end of the week",
                                                      ""};

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed",
                                                    "thu", "fri", "sat"};

constexpr int kSundayAgain = 7;
constexpr int kLastWeek = 6;       // of SpecialDays::nth
constexpr int kLastDrawnDay = 28;  // a day that every month has

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// The place in names of the three letters; -1 for none.
template <std::size_t N>
int find_name(const std::array<std::string_view, N>& names, std::string_view letters) {
  if (letters.size() != 3) return -1;
  const auto same = [&](std::string_view name) {
    return std::equal(name.begin(), name.end(), letters.begin(),
                      [](char a, char b) { return a == (b | 0x20); });
  };
  const auto found = std::find_if(names.begin(), names.end(), same);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

}  // namespace

const UnitInfo& unit_info(Unit unit) {
  return kUnits[static_cast<std::size_t>(unit)];
}

void FieldParser::parse(Unit unit, std::size_t begin, std::size_t end, Field& field) {
  const UnitInfo& info = unit_info(unit);
  const char first = text_[begin];
  const bool day = unit == Unit::day_of_month || unit == Unit::day_of_week;
  field.begin = begin;
  field.end = end;
  field.star = first == '*' || (first == '?' && day);
  field.whole = field.star && end - begin == 1;
  field.plus = false;
  if (field.whole) {
    if (unit == Unit::year) return;  // SpecialDays::every_year holds already
    field.bits = (std::uint64_t{2} << info.high) - (std::uint64_t{1} << info.low);
    return;
  }
  const bool shifted = unit == Unit::day_of_week && context_.dialect == Dialect::quartz;
  if (unit != Unit::year && !shifted) {
    field.bits = plain_field_bits(text_.substr(begin, end - begin), info.low, info.high);
    if (field.bits != 0) return;
  }
  unit_ = unit;
  info_ = &info;
  pos_ = begin;
  end_ = end;
  bits_ = 0;
  if (unit == Unit::year) special_.every_year = false;
  if (unit == Unit::day_of_week) field.plus = take('+');
  list();
  field.bits = bits_;
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
    check_step(all, n, begin);
    if (n <= all.high - all.low && unit_ != Unit::year && cycle() % n != 0) {
      warn("W307", begin, pos_,
           fmt::format("'{}' is uneven {}", text_.substr(begin, pos_ - begin),
                       kPeriodEnds[static_cast<std::size_t>(unit_)]),
           fmt::format("{} does not divide {}: the count starts again there", n, cycle()));
    }
  }
  add(all, n);
  return true;
}

// H H/n H(a-b) H(a-b)/n
bool FieldParser::drawn_item() {
  ++pos_;
  Range range = drawing_range();
  if (take('(')) {
    const std::size_t begin = pos_;
    if (!value(range.low)) return false;
    if (!take('-')) return unexpected();
    if (!value(range.high)) return false;
    if (range.low > range.high) {
      return fail("E305", begin, pos_, "this range runs backwards",
                  "the smaller number comes first");
    }
    if (!take(')')) return unexpected();
  }
  return draw_items(range, false);
}

// One drawn value of the range, or with a step all from a drawn start.
bool FieldParser::draw_items(Range range, bool with_host) {
  if (!at('/')) {
    add_value(draw(range, with_host));
    return true;
  }
  int n = 1;
  if (!step(n)) return false;
  const Range start{range.low, std::min(range.low + n - 1, range.high)};
  add({draw(start, with_host), range.high}, n);
  return true;
}

// ~ lo~ ~hi lo~hi, each with /n. Stands at the '~'.
bool FieldParser::tilde_item(std::optional<int> low) {
  const std::size_t begin = pos_++;
  const bool has_high = pos_ < end_ && !at('/') && !at(',');
  Range range = low || has_high ? Range{low.value_or(info_->low), info_->high} : drawing_range();
  if (has_high && !value(range.high)) return false;
  if (range.low > range.high) {
    return fail("E305", begin, pos_, "this range runs backwards", "the smaller number comes first");
  }
  return draw_items(range, true);
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
    if (context_.dialect == Dialect::quartz) {
      add_value(kSundayAgain - 1);
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
      warn("W305", begin, pos_,
           fmt::format("the range '{}' wraps around", text_.substr(begin, pos_ - begin)),
           fmt::format("it goes on from {} after {}", info_->low, info_->high));
      range.high += cycle();
    }
  }
  int n = 1;
  if (at('/')) {
    if (!step(n)) return false;
    if (!ranged) range = {weekday ? low % 7 : low, info_->high};
    check_step(range, n, begin);
  }
  add(range, n);
  return true;
}

// A number or a name.
bool FieldParser::value(int& result) {
  const std::size_t begin = pos_;
  if (pos_ < end_ && is_letter(text_[pos_])) return name(result);
  if (!number(result, info_->name)) return false;
  if (unit_ == Unit::day_of_week && context_.dialect == Dialect::quartz) --result;
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
  const bool weekday = unit_ == Unit::day_of_week;
  const bool quartz = weekday && context_.dialect == Dialect::quartz;
  const int high = weekday && !quartz ? kSundayAgain : info_->high;
  if (info_->low <= value && value <= high) return true;
  std::string label = fmt::format("{} are {} to {}", info_->plural, info_->low, high);
  if (weekday) label += " (Sunday is 0 and 7)";
  if (quartz) label = "days of the week are 1 (Sunday) to 7 in this dialect";
  return fail("E304", begin, pos_,
              fmt::format("{} {} does not exist", info_->name, text_.substr(begin, pos_ - begin)),
              std::move(label));
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
  result = month ? find_name(kMonths, letters) + 1 : find_name(kWeekdays, letters);
  pos_ = end;
  if (result >= info_->low) return true;
  std::vector<std::string> names;
  if (month) names.assign(kMonths.begin(), kMonths.end());
  if (!month) names.assign(kWeekdays.begin(), kWeekdays.end());
  const std::string start = to_lower_ascii(letters.substr(0, 3));
  const bool longer = std::find(names.begin(), names.end(), start) != names.end();
  std::string label = longer ? fmt::format("names have three letters: '{}'", start)
                             : fmt::format("names are {} to {}", names.front(), names.back());
  return fail("E302", begin, end,
              fmt::format("unknown {} '{}'{}", info_->name, letters,
                          longer ? "" : did_you_mean(to_lower_ascii(letters), names)),
              std::move(label));
}

// Stands at the '/'.
bool FieldParser::step(int& result) {
  const std::size_t begin = ++pos_;
  if (!number(result, "step")) return false;
  if (result > 0) return true;
  return fail("E306", begin, pos_, "a step of 0 would never move on", "steps are 1 or more");
}

void FieldParser::check_step(Range range, int step, std::size_t begin) {
  if (step <= range.high - range.low || step == 1) return;
  warn("W306", begin, pos_, fmt::format("the step {} is longer than the range", step),
       fmt::format("only {} matches", range.low));
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

FieldParser::Range FieldParser::drawing_range() const {
  return {info_->low, unit_ == Unit::day_of_month ? kLastDrawnDay : info_->high};
}

// One and the same value for this job (and host) at every parse.
int FieldParser::draw(Range range, bool with_host) const {
  const std::uint64_t hash = with_host
                                 ? stable_hash({context_.job_name, info_->name, context_.host})
                                 : stable_hash({context_.job_name, info_->name});
  const auto size = static_cast<std::uint64_t>(range.high - range.low + 1);
  return range.low + static_cast<int>((hash >> 32) * size >> 32);
}

bool FieldParser::fail(std::string_view code, std::size_t begin, std::size_t end,
                       std::string message, std::string label, std::string help) {
  ScheduleIssue issue{
      Severity::error, std::string(code), std::move(message), begin, end, std::move(label), {}, ""};
  if (!help.empty()) issue.help.push_back(std::move(help));
  issues_.push_back(std::move(issue));
  return false;
}

void FieldParser::warn(std::string_view code, std::size_t begin, std::size_t end,
                       std::string message, std::string label) {
  issues_.push_back({Severity::warning,
                     std::string(code),
                     std::move(message),
                     begin,
                     end,
                     std::move(label),
                     {},
                     ""});
}

bool FieldParser::unexpected() {
  if (pos_ >= end_)
    return fail("E303", end_ - 1, end_, "the field ends too early", "something is missing here");
  std::size_t end = pos_ + 1;
  while (end < end_ && (text_[end] & 0xc0) == 0x80) ++end;  // all of a UTF-8 character
  return fail("E303", pos_, end,
              fmt::format("unexpected '{}' in the {}", visible(text_.substr(pos_, end - pos_)),
                          info_->name),
              fmt::format("{} are {} to {}", info_->plural, info_->low, info_->high));
}

}  // namespace dsched
