#include "base/rfc3339.h"

#include <cstdlib>
#include <optional>

#include <fmt/core.h>

namespace dsched {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;

minutes rounded_to_minutes(seconds offset) {
  const auto magnitude = std::chrono::floor<minutes>(std::chrono::abs(offset) + seconds{30});
  return offset < seconds{0} ? -magnitude : magnitude;
}

std::string format_offset(minutes offset, bool use_z) {
  if (use_z && offset == minutes{0}) return "Z";
  const auto magnitude = std::chrono::abs(offset).count();
  return fmt::format("{}{:02}:{:02}", offset < minutes{0} ? '-' : '+', magnitude / 60,
                     magnitude % 60);
}

// Reads a text of fixed form from the front; the first thing that does not fit makes all later
// reads fail.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    for (; count > 0; --count) value = value * 10 + digit();
    return value;
  }
  bool skip_any_of(std::string_view characters) {
    const bool found = !rest_.empty() && characters.find(rest_.front()) != std::string_view::npos;
    if (found) rest_.remove_prefix(1);
    return found;
  }
  void expect(std::string_view characters) { ok_ = skip_any_of(characters) && ok_; }
  bool digit_follows() const {
    return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
  }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  int digit() {
    if (!digit_follows()) {
      ok_ = false;
      return 0;
    }
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
  bool ok_ = true;
};

year_month_day scan_date(Scanner& scanner) {
  const int year = scanner.digits(4);
  scanner.expect("-");
  const int month = scanner.digits(2);
  scanner.expect("-");
  const int day = scanner.digits(2);
  return {std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
          std::chrono::day{static_cast<unsigned>(day)}};
}

// One to nine digits after the dot; those past the sixth are cut.
microseconds scan_fraction(Scanner& scanner) {
  std::int64_t nanoseconds = scanner.digits(1);
  int count = 1;
  for (; count < 9 && scanner.digit_follows(); ++count)
    nanoseconds = nanoseconds * 10 + scanner.digits(1);
  for (; count < 9; ++count) nanoseconds *= 10;
  return microseconds{nanoseconds / 1000};
}

// The time of day; nothing when it does not exist.
std::optional<microseconds> scan_time(Scanner& scanner) {
  const int hour = scanner.digits(2);
  scanner.expect(":");
  const int minute = scanner.digits(2);
  scanner.expect(":");
  const int second = scanner.digits(2);
  const microseconds fraction = scanner.skip_any_of(".") ? scan_fraction(scanner) : microseconds{0};
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return hours{hour} + minutes{minute} + seconds{second} + fraction;
}

std::optional<minutes> scan_offset(Scanner& scanner) {
  if (scanner.skip_any_of("Zz")) return minutes{0};
  const bool negative = scanner.skip_any_of("-");
  if (!negative) scanner.expect("+");
  const int hour = scanner.digits(2);
  scanner.expect(":");
  const int minute = scanner.digits(2);
  if (hour > 23 || minute > 59) return std::nullopt;
  const minutes offset = hours{hour} + minutes{minute};
  return negative ? -offset : offset;
}

}  // namespace

std::string format_rfc3339(Instant instant, seconds utc_offset, bool use_z) {
  const minutes offset = rounded_to_minutes(utc_offset);
  const auto local = std::chrono::floor<milliseconds>(instant) + offset;
  const auto day = std::chrono::floor<days>(local);
  const year_month_day date{day};
  const std::chrono::hh_mm_ss<milliseconds> time{local - day};
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  time.hours().count(), time.minutes().count(), time.seconds().count());
  if (time.subseconds().count() != 0) text += fmt::format(".{:03}", time.subseconds().count());
  return text + format_offset(offset, use_z);
}

Result<Instant> parse_rfc3339(std::string_view text) {
  Scanner scanner(text);
  const year_month_day date = scan_date(scanner);
  scanner.expect("Tt");
  const auto time = scan_time(scanner);
  const auto offset = scan_offset(scanner);
  if (!scanner.done()) {
    return Error{ErrorCode::invalid, fmt::format("'{}' is not a date and time with offset", text),
                 "write it like 2026-11-20T17:12:00+01:00 or 2026-11-20T16:12:00Z"};
  }
  if (!date.ok() || !time || !offset) {
    return Error{ErrorCode::invalid, fmt::format("'{}' does not exist", text), ""};
  }
  return Instant{std::chrono::sys_days{date}} + *time - *offset;
}

}  // namespace dsched
