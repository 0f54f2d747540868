// What FieldParser says about fields that are wrong or doubtful.

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/suggest.h"
#include "base/text.h"
#include "time/field_names.h"
#include "time/field_parser.h"

namespace dsched {
namespace {

// Where a star-step starts again, and so is uneven when the step does not divide the period.
constexpr std::array<std::string_view, kUnits> kPeriodEnds{"at the minute",
                                                           "at the hour",
                                                           "at midnight",
                                                           "at the end of the month",
                                                           "at the end of the year",
                                                           "at the end of the week",
                                                           ""};

}  // namespace

bool FieldParser::fail(std::string_view code, std::size_t begin, std::size_t end,
                       std::string message, std::string label, std::string help) {
  ScheduleIssue issue{
      Severity::error, std::string(code), std::move(message), begin, end, std::move(label), {}, ""};
  if (!help.empty()) issue.help.push_back(std::move(help));
  errors_.push_back(std::move(issue));
  return false;
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

// Only where the day of the week counts from 1 are values not the numbers that people write.
int FieldParser::as_written(int value) const {
  return value + (counts_from_sunday() ? 1 : 0);
}

bool FieldParser::no_such_value(std::size_t begin) {
  std::string label = fmt::format("{} are {} to {}", info_->plural, info_->low, highest_number());
  if (unit_ == Unit::day_of_week) label += " (Sunday is 0 and 7)";
  if (counts_from_sunday()) label = "days of the week are 1 (Sunday) to 7 in this dialect";
  return fail("E304", begin, pos_,
              fmt::format("{} {} does not exist", info_->name, text_.substr(begin, pos_ - begin)),
              std::move(label));
}

bool FieldParser::unknown_name(std::size_t begin) {
  std::vector<std::string> names;
  if (unit_ == Unit::month) {
    names.assign(kShortMonths.begin(), kShortMonths.end());
  } else {
    names.assign(kShortWeekdays.begin(), kShortWeekdays.end());
  }
  const std::string_view letters = text_.substr(begin, pos_ - begin);
  const std::string start = to_lower_ascii(letters.substr(0, 3));
  const bool longer = std::find(names.begin(), names.end(), start) != names.end();
  std::string label = longer ? fmt::format("names have three letters: '{}'", start)
                             : fmt::format("names are {} to {}", names.front(), names.back());
  return fail("E302", begin, pos_,
              fmt::format("unknown {} '{}'{}", info_->name, letters,
                          longer ? "" : did_you_mean(to_lower_ascii(letters), names)),
              std::move(label));
}

void FieldParser::doubt(std::string_view code, std::size_t begin, std::string message,
                        std::string label) {
  warnings_->push_back({Severity::warning,
                        std::string(code),
                        std::move(message),
                        begin,
                        pos_,
                        std::move(label),
                        {},
                        ""});
}

void FieldParser::doubt_wrap(std::size_t begin) {
  if (warnings_ == nullptr) return;
  doubt(
      "W305", begin, fmt::format("the range '{}' wraps around", text_.substr(begin, pos_ - begin)),
      fmt::format("it goes on from {} after {}", as_written(info_->low), as_written(info_->high)));
}

void FieldParser::doubt_step(Range range, int step, std::size_t begin) {
  if (warnings_ == nullptr || step <= range.high - range.low || step == 1) return;
  doubt("W306", begin, fmt::format("the step {} is longer than the range", step),
        fmt::format("only {} matches", as_written(range.low)));
}

void FieldParser::doubt_uneven_step(int step, std::size_t begin) {
  const bool uneven = step < cycle() && unit_ != Unit::year && cycle() % step != 0;
  if (warnings_ == nullptr || !uneven) return;
  doubt("W307", begin,
        fmt::format("'{}' is uneven {}", text_.substr(begin, pos_ - begin),
                    kPeriodEnds[static_cast<std::size_t>(unit_)]),
        fmt::format("{} does not divide {}: the count starts again there", step, cycle()));
}

}  // namespace dsched
