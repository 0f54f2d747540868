#include "property/random_cron.h"

#include <array>

namespace dsched {
namespace {

constexpr std::array<const char*, 13> kMonths{"",    "jan", "Feb", "MAR", "apr", "May", "JUN",
                                              "jul", "Aug", "SEP", "oct", "Nov", "DEC"};
constexpr std::array<const char*, 8> kWeekdays{"sun", "Mon", "TUE", "wed",
                                               "Thu", "FRI", "sat", "7"};

}  // namespace

std::string RandomCron::plain_item(int low, int high, bool names) {
  const auto value = [&] {
    const int n = number(low, high);
    if (names && one_in(2))
      return std::string(low == 1 ? kMonths[static_cast<std::size_t>(n)]
                                  : kWeekdays[static_cast<std::size_t>(n)]);
    return std::to_string(n);
  };
  std::string item;
  switch (number(0, 5)) {
    case 0:
      item = "*";
      break;
    case 1:
    case 2:
      item = value() + "-" + value();
      break;
    default:
      item = value();
  }
  if (one_in(3)) item += "/" + std::to_string(number(1, one_in(10) ? 100 : (high - low) / 2 + 1));
  return item;
}

std::string RandomCron::field(int low, int high, bool names, int star_of_ten) {
  if (number(1, 10) <= star_of_ten) return "*";
  std::string text = plain_item(low, high, names);
  while (one_in(3)) text += "," + plain_item(low, high, names);
  return text;
}

std::string RandomCron::day_of_month() {
  if (one_in(12)) return "?";
  if (!one_in(3)) return field(1, 31, false, 6);
  std::string text;
  do {
    if (!text.empty()) text += ",";
    switch (number(0, 5)) {
      case 0:
        text += "L";
        break;
      case 1:
        text += "LW";
        break;
      case 2:
        text += "L-" + std::to_string(number(0, 30));
        break;
      case 3:
        text += "L-" + std::to_string(number(0, 30)) + "W";
        break;
      case 4:
        text += std::to_string(number(1, 31)) + "W";
        break;
      default:
        text += plain_item(1, 31, false);
    }
  } while (one_in(2));
  return text;
}

std::string RandomCron::day_of_week() {
  if (one_in(12)) return "?";
  const std::string plus = one_in(5) ? "+" : "";
  if (!one_in(4)) return plus + field(0, 7, true, 6);
  std::string text = plus;
  do {
    if (text != plus) text += ",";
    const std::string weekday = kWeekdays[static_cast<std::size_t>(number(0, 7))];
    switch (number(0, 3)) {
      case 0:
        text += weekday + "#" + std::to_string(number(1, 5));
        break;
      case 1:
        text += weekday + "L";
        break;
      case 2:
        text += weekday + "#L";
        break;
      default:
        text += plain_item(0, 7, true);
    }
  } while (one_in(2));
  return text;
}

std::string RandomCron::day_fields() {
  return day_of_month() + " " + field(1, 12, true, 5) + " " + day_of_week();
}

std::string RandomCron::expression() {
  const std::string time = field(0, 59, false, 2) + " " + field(0, 23, false, 4) + " ";
  const std::string days = one_in(3) ? day_fields() : "* * *";
  if (!one_in(6)) return time + days;
  const std::string seconds = field(0, 59, false, 1) + " ";
  if (!one_in(2)) return seconds + time + days;
  const int year = number(1975, 2095);
  return seconds + time + days + " " + (one_in(2) ? "*" : std::to_string(year) + "-2099");
}

}  // namespace dsched
