#include "time/day_pattern.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "time/civil.h"
#include "time/months.h"

namespace dsched {
namespace {

constexpr std::uint16_t kAllYearTypes = 0x3fff;
constexpr int kFebruary = 2;
constexpr int kSunday = 0;
constexpr int kSaturday = 6;

int highest(std::uint64_t bits) {
  return std::bit_width(bits) - 1;
}

// The bits 1 to length.
std::uint32_t month_mask(int length) {
  return static_cast<std::uint32_t>((std::uint64_t{2} << length) - 2);
}

// A year is one of 14 types: the weekday of its 1 January, plus 7 in leap years. They repeat every
// 400 years.
constexpr auto kYearTypes = [] {
  std::array<std::uint8_t, 400> types{};
  for (int year = 0; year < 400; ++year) {
    const int weekday = weekday_of(days_from_civil(2000 + year, 1, 1));
    types[static_cast<std::size_t>(year)] =
        static_cast<std::uint8_t>(weekday + (is_leap_year(year) ? 7 : 0));
  }
  return types;
}();

int year_type(int year) {
  return kYearTypes[static_cast<std::size_t>(year % 400)];
}

int length_of(std::size_t index) {
  return months::kTable[index + 1].first() - months::kTable[index].first();
}

// The weekday nearest to that day, within the month.
int nearest_weekday(int day, int first_weekday, int length) {
  const int weekday = (first_weekday + day - 1) % 7;
  if (weekday == kSaturday) return day > 1 ? day - 1 : day + 2;
  if (weekday == kSunday) return day < length ? day + 1 : day - 2;
  return day;
}

std::uint32_t special_days_of_month(const SpecialDays& special, int first_weekday, int length) {
  std::uint32_t bits = 0;
  for (std::uint32_t left = special.from_last; left != 0; left &= left - 1) {
    const int day = length - std::countr_zero(left);
    if (day >= 1) bits |= 1u << day;
  }
  for (std::uint32_t left = special.weekday_from_last; left != 0; left &= left - 1) {
    const int day = length - std::countr_zero(left);
    if (day >= 1) bits |= 1u << nearest_weekday(day, first_weekday, length);
  }
  for (std::uint32_t left = special.nearest_weekday; left != 0; left &= left - 1) {
    const int day = std::countr_zero(left);
    if (day <= length) bits |= 1u << nearest_weekday(day, first_weekday, length);
  }
  return bits;
}

std::uint32_t nth_weekdays_of_month(std::uint64_t nth, int first_weekday, int length) {
  std::uint32_t bits = 0;
  for (std::uint64_t left = nth; left != 0; left &= left - 1) {
    const int week = std::countr_zero(left) / 8;
    const int first = 1 + (std::countr_zero(left) % 8 - first_weekday + 7) % 7;
    const bool last = week == 5;
    const int day = last ? first + (length - first) / 7 * 7 : first + week * 7;
    if (day <= length) bits |= 1u << day;
  }
  return bits;
}

}  // namespace

DayPattern::DayPattern(DayFields fields) : fields_(fields) {
  const bool all_days = fields.days == kAllDays;
  const bool all_weekdays = fields.weekdays == kAllWeekdays;
  const bool any_day = fields.both ? all_days && all_weekdays : all_days || all_weekdays;
  if (any_day && fields.months == kAllMonths) return;
  kind_ = Kind::calendar;
  any_weekday_ = fields.both && all_weekdays;
  table_ = DayTable::find(fields);
  if (table_ != DayTable::kNone) [[likely]] {
    set_year_types(DayTable::at(table_).year_types());
  } else {
    find_year_types();
    if (kind_ == Kind::calendar) table_ = DayTable::find_or_make(*this);
  }
}

DayPattern::DayPattern(DayFields fields, const SpecialDays& special)
    : special_(std::make_shared<const SpecialDays>(special)),
      fields_(fields),
      kind_(Kind::calendar) {
  find_year_types();
}

void DayPattern::set_year_types(std::uint16_t types) {
  year_types_ = types;
  fires_every_year_ = types == kAllYearTypes && special().every_year;
}

void DayPattern::find_year_types() {
  unsigned types = 0;
  // Any 28 years without a century among them have all types.
  for (int year = kFirstYearField; year < kFirstYearField + 28; ++year) {
    if (matches_in(year)) types |= 1u << year_type(year);
  }
  set_year_types(static_cast<std::uint16_t>(types));
  int year = kFirstYearField;
  while (year <= kLastYearField && !fires_in(year)) ++year;
  if (year > kLastYearField) kind_ = Kind::never;
}

DayPattern DayPattern::every(std::int32_t period) {
  DSCHED_CHECK(period > 0);
  DayPattern pattern;
  if (period == 1) return pattern;
  pattern.kind_ = Kind::period;
  pattern.fields_.days = static_cast<std::uint32_t>(period);
  return pattern;
}

std::int32_t DayPattern::period() const {
  return kind_ == Kind::period ? static_cast<std::int32_t>(fields_.days) : 0;
}

const SpecialDays& DayPattern::special() const {
  static const SpecialDays kNone;
  return special_ ? *special_ : kNone;
}

// The matching days of a month as bits 1 to 31. Some may be beyond its end: a check of the one day
// that is found is cheaper than a mask, for which the processor would have to wait.
std::uint32_t DayPattern::month_bits(std::size_t index) const {
  if (any_weekday_) return fields_.days;
  const int first_weekday = months::kTable[index].first_weekday();
  const std::uint32_t week = (fields_.weekdays * 0x81u >> first_weekday) & kAllWeekdays;
  auto weekdays =
      static_cast<std::uint32_t>(week * std::uint64_t{0x10204081} << 1);  // five times in a row
  std::uint32_t days = fields_.days;
  if (special_) [[unlikely]] {
    days |= special_days_of_month(*special_, first_weekday, length_of(index));
    weekdays |= nth_weekdays_of_month(special_->nth, first_weekday, length_of(index));
  }
  return fields_.both ? days & weekdays : days | weekdays;
}

// Which of the 32 days from first on match.
std::uint32_t DayPattern::matches_among(std::int32_t first) const {
  std::uint64_t bits = 0;
  for (std::size_t i = months::index_of(first); months::kTable[i].first() < first + 32; ++i) {
    const Month month = months::kTable[i];
    if ((fields_.months >> month.number() & 1) == 0) continue;
    const std::uint64_t days = month_bits(i) & month_mask(length_of(i));
    const int shift = month.first() - 1 - first;
    bits |= shift < 0 ? days >> -shift : days << shift;
  }
  return static_cast<std::uint32_t>(bits);
}

bool DayPattern::matches_in(int year) const {
  const auto january = static_cast<std::size_t>(year - months::kFirst) * 12;
  for (unsigned left = fields_.months; left != 0; left &= left - 1) {
    const std::size_t index = january + static_cast<std::size_t>(std::countr_zero(left)) - 1;
    if ((month_bits(index) & month_mask(length_of(index))) != 0) return true;
  }
  return false;
}

bool DayPattern::fires_in(int year) const {
  if ((year_types_ >> year_type(year) & 1) == 0) return false;
  if (!special_ || special_->every_year) return true;
  return kFirstYearField <= year && year <= kLastYearField && special_->years[year_index(year)];
}

std::int32_t DayPattern::next_by_months(std::int32_t day) const {
  if (kind_ == Kind::never) return kNoDayAfter;
  if (kind_ == Kind::period) return previous(day + period() - 1);
  std::size_t index = months::index_of(day);
  int day_of_month = day - months::kTable[index].first() + 1;
  const unsigned twice = fields_.months | static_cast<unsigned>(fields_.months) << 12;
  if (!fires_every_year_ && !fires_in(months::year_of(index))) {
    index = skip_years(index);
    day_of_month = 1;
  }
  while (index < months::kCount) {
    const Month month = months::kTable[index];
    if ((fields_.months >> month.number() & 1) != 0) {
      const std::uint32_t bits = month_bits(index) >> day_of_month;
      const int found = day_of_month + std::countr_zero(bits);
      if (bits != 0 && (found <= 28 || found <= length_of(index))) return month.first() - 1 + found;
    }
    const bool all_months = fields_.months == kAllMonths;
    index += all_months
                 ? 1
                 : 1 + static_cast<std::size_t>(std::countr_zero(twice >> (month.number() + 1)));
    if (!fires_every_year_) index = skip_years(index);
    day_of_month = 1;
  }
  return kNoDayAfter;
}

// The same month when its year can fire, otherwise the first month that counts of the next year
// that can.
std::size_t DayPattern::skip_years(std::size_t index) const {
  int year = months::year_of(index);
  if (index >= months::kCount || fires_in(year)) return index;
  do ++year;
  while (year <= months::kLast && !fires_in(year));
  return static_cast<std::size_t>(year - months::kFirst) * 12 +
         static_cast<std::size_t>(std::countr_zero(fields_.months)) - 1;
}

std::int32_t DayPattern::previous(std::int32_t day) const {
  switch (kind_) {
    case Kind::every_day:
      return day;
    case Kind::period: {
      const std::int32_t remainder = day % period();
      return day - (remainder < 0 ? remainder + period() : remainder);
    }
    case Kind::calendar:
      return previous_in_calendar(day);
    case Kind::never:
      break;
  }
  return kNoDayBefore;
}

std::int32_t DayPattern::previous_in_calendar(std::int32_t day) const {
  std::size_t index = months::index_of(day);
  int day_of_month = day - months::kTable[index].first() + 1;
  for (;; --index, day_of_month = 31) {
    const Month month = months::kTable[index];
    if ((fields_.months >> month.number() & 1) != 0 && fires_in(months::year_of(index))) {
      const int last = std::min(day_of_month, length_of(index));
      const std::uint32_t bits = month_bits(index) & month_mask(last);
      if (bits != 0) return month.first() - 1 + highest(bits);
    }
    if (index == 0) return kNoDayBefore;
  }
}

}  // namespace dsched
