#pragma once
// One field of a cron expression -> bits.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "time/day_pattern.h"
#include "time/schedule.h"

namespace dsched {

enum class Unit : std::uint8_t { second, minute, hour, day_of_month, month, day_of_week, year };

struct UnitInfo {
  std::string_view name;    // "hour"
  std::string_view plural;  // "hours"
  int low, high;            // as people write them; day_of_week also takes 7
};
const UnitInfo& unit_info(Unit unit);

struct Field {
  std::uint64_t bits;      // Sunday is bit 0; not used for years
  std::size_t begin, end;  // where it stands in the text
  bool star;               // starts with '*' or '?': matters for the rule about the two day fields
  bool whole;              // nothing but '*' or '?'
  bool plus;               // day_of_week only: '+' in front
};

class FieldParser {
 public:
  // special takes what does not fit into bits; issues takes what is wrong. All must outlive the
  // parser.
  FieldParser(std::string_view text, const ScheduleContext& context, SpecialDays& special,
              std::vector<ScheduleIssue>& issues)
      : text_(text), context_(context), special_(special), issues_(issues) {}

  // Reads the field at text[begin, end). After an error the bits are of no use.
  // Requires: begin < end.
  void parse(Unit unit, std::size_t begin, std::size_t end, Field& field);

 private:
  struct Range {
    int low = 0, high = 0;
  };

  bool at(char c) const { return pos_ < end_ && text_[pos_] == c; }
  bool take(char c);
  bool take_letter(char upper);
  void list();
  bool item();
  bool star_item();
  bool drawn_item();
  bool tilde_item(std::optional<int> low);
  bool last_day_item();
  bool value_item();
  bool weekday_special(int weekday);
  bool range_item(int low, std::size_t begin);
  bool value(int& result);
  bool number(int& result, std::string_view what);
  bool name(int& result);
  bool step(int& result);
  bool in_range(int value, std::size_t begin);
  void add(Range range, int step);
  void add_value(int value);
  bool draw_items(Range range, bool with_host);
  int draw(Range range, bool with_host) const;
  Range drawing_range() const;
  int cycle() const;
  void check_step(Range range, int step, std::size_t begin);

  bool fail(std::string_view code, std::size_t begin, std::size_t end, std::string message,
            std::string label, std::string help = "");
  void warn(std::string_view code, std::size_t begin, std::size_t end, std::string message,
            std::string label);
  bool unexpected();

  std::string_view text_;
  const ScheduleContext& context_;
  SpecialDays& special_;
  std::vector<ScheduleIssue>& issues_;
  // The field in work.
  Unit unit_ = Unit::minute;
  const UnitInfo* info_ = nullptr;
  std::size_t pos_ = 0;
  std::size_t end_ = 0;
  std::uint64_t bits_ = 0;
};

}  // namespace dsched
