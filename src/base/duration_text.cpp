#include "base/duration_text.h"

#include <optional>

#include <fmt/core.h>

#include "base/check.h"

namespace dsched {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t us;
};

constexpr Unit kUnits[] = {
    {"w", 604'800'000'000},
    {"d", 86'400'000'000},
    {"h", 3'600'000'000},
    {"m", 60'000'000},
    {"s", 1'000'000},
    {"ms", 1'000},
    {"us", 1},
};

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

constexpr std::string_view kDigits = "0123456789";

Error not_a_duration(std::string_view text) {
  return {ErrorCode::invalid, fmt::format("'{}' is not a duration", text),
          "write whole numbers with units (w d h m s ms us), the largest first, such as \"1h30m\""};
}

Error without_unit(std::string_view text) {
  return {ErrorCode::invalid, "a duration needs a unit",
          fmt::format("write \"{0}s\", \"{0}m\" or \"{0}h\"", text)};
}

Error too_long(std::string_view text) {
  return {ErrorCode::invalid, fmt::format("the duration '{}' is too long", text), ""};
}

const Unit* find_unit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

// total + number * unit, or nothing when that does not fit.
std::optional<std::int64_t> add_part(std::int64_t total, std::string_view number,
                                     std::int64_t unit_us) {
  std::int64_t count = 0;
  for (char digit : number) {
    if (__builtin_mul_overflow(count, 10, &count) ||
        __builtin_add_overflow(count, digit - '0', &count)) {
      return std::nullopt;
    }
  }
  std::int64_t us = 0;
  if (__builtin_mul_overflow(count, unit_us, &us) || __builtin_add_overflow(total, us, &total)) {
    return std::nullopt;
  }
  return total;
}

// Two parts; the smaller one is left out when it is zero.
std::string two_parts(std::int64_t large, char large_unit, std::string_view small) {
  return small.empty() ? fmt::format("{}{}", large, large_unit)
                       : fmt::format("{}{} {}", large, large_unit, small);
}

std::string part(std::int64_t count, char unit) {
  return count == 0 ? "" : fmt::format("{}{}", count, unit);
}

// From an hour upwards; seconds are dropped.
std::string hours_or_days(std::int64_t us) {
  if (us >= kDay) return two_parts(us / kDay, 'd', part(us % kDay / kHour, 'h'));
  return two_parts(us / kHour, 'h', part(us % kHour / kMinute, 'm'));
}

std::string human_magnitude(std::int64_t us) {
  if (us >= kHour) return hours_or_days(us);
  if (us < kMinute) return fmt::format("{}.{}s", us / kSecond, us % kSecond / (kSecond / 10));
  const std::int64_t seconds = us % kMinute / kSecond;
  return two_parts(us / kMinute, 'm', seconds == 0 ? "" : fmt::format("{:02}s", seconds));
}

std::string rough_magnitude(std::int64_t us) {
  if (us >= kHour) return hours_or_days(us);
  return us >= kMinute ? fmt::format("{}m", us / kMinute) : fmt::format("{}s", us / kSecond);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return not_a_duration(text);
  if (text.find_first_not_of(kDigits) == std::string_view::npos) return without_unit(text);
  std::int64_t total = 0;
  const Unit* previous = nullptr;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view number = rest.substr(0, rest.find_first_not_of(kDigits));
    rest.remove_prefix(number.size());
    const std::string_view name = rest.substr(0, rest.find_first_of(kDigits));
    rest.remove_prefix(name.size());
    const Unit* unit = find_unit(name);
    const bool in_order = unit != nullptr && (previous == nullptr || previous->us > unit->us);
    if (number.empty() || !in_order) return not_a_duration(text);
    const auto sum = add_part(total, number, unit->us);
    if (!sum) return too_long(text);
    total = *sum;
    previous = unit;
  }
  return Duration{total};
}

std::string exact_duration(Duration duration) {
  DSCHED_CHECK(duration >= Duration{0});
  std::int64_t rest = duration.count();
  if (rest == 0) return "0s";
  std::string text;
  for (const Unit& unit : kUnits) {
    // "10d" reads better than "1w3d": weeks only when nothing is left.
    if (unit.name == "w" && rest % unit.us != 0) continue;
    if (rest >= unit.us) text += fmt::format("{}{}", rest / unit.us, unit.name);
    rest %= unit.us;
  }
  return text;
}

std::string human_duration(Duration duration) {
  if (duration < Duration{0}) return "-" + human_magnitude(-duration.count());
  return human_magnitude(duration.count());
}

std::string relative_duration(Duration from_now) {
  const std::int64_t us = from_now.count();
  if (us >= kSecond) return "in " + rough_magnitude(us);
  if (us <= -kSecond) return rough_magnitude(-us) + " ago";
  return "now";
}

}  // namespace dsched
