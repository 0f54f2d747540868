#pragma once
// One field of a cron expression -> bits.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "time/cron_fields.h"
#include "time/schedule.h"

namespace dsched {

class FieldParser {
 public:
  // special takes what does not fit into bits, errors what is wrong, and warnings what is doubtful;
  // it may be null. All must outlive the parser.
  FieldParser(std::string_view text, const ScheduleContext& context, SpecialDays& special,
              std::vector<ScheduleIssue>& errors, std::vector<ScheduleIssue>* warnings)
      : text_(text), context_(context), special_(special), errors_(errors), warnings_(warnings) {}

  // Reads one field. After an error the bits are of no use. Requires: the place is not empty.
  void parse(Unit unit, Word place, CronFields& fields);

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
  int highest_number() const;
  bool counts_from_sunday() const;
  int as_written(int value) const;

  // Each notes an error and returns false.
  bool fail(std::string_view code, std::size_t begin, std::size_t end, std::string message,
            std::string label, std::string help = "");
  bool unexpected();
  bool no_such_value(std::size_t begin);
  bool unknown_name(std::size_t begin);
  // Each notes a warning about text[begin, pos_), if there is reason to and anybody wants it.
  void doubt_wrap(std::size_t begin);
  void doubt_step(Range range, int step, std::size_t begin);
  void doubt_uneven_step(int step, std::size_t begin);
  void doubt(std::string_view code, std::size_t begin, std::string message, std::string label);

  std::string_view text_;
  const ScheduleContext& context_;
  SpecialDays& special_;
  std::vector<ScheduleIssue>& errors_;
  std::vector<ScheduleIssue>* warnings_;
  // The field in work.
  Unit unit_ = Unit::minute;
  const UnitInfo* info_ = nullptr;
  std::size_t pos_ = 0;
  std::size_t end_ = 0;
  std::uint64_t bits_ = 0;
};

}  // namespace dsched
