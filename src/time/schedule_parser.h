#pragma once
// The work behind Schedule::parse.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "time/field_parser.h"
#include "time/schedule.h"
#include "time/schedule_lint.h"

namespace dsched {

class ScheduleParser {
 public:
  // Fills parsed, which is empty and outlives the parser.
  ScheduleParser(std::string_view text, const ScheduleContext& context, Schedule::Parsed& parsed)
      : text_(text), context_(context), parsed_(parsed), issues_(parsed.issues) {}
  void parse();

 private:
  static constexpr std::size_t kMaxFields = 7;
  struct Word {
    std::size_t begin, end;
  };

  bool has_errors() const;
  Schedule& schedule() { return *parsed_.schedule; }
  void split();
  std::string_view text_of(Word word) const {
    return text_.substr(word.begin, word.end - word.begin);
  }
  Word all() const { return {words_.front().begin, last_end_}; }
  void nickname();
  void interval();
  void set_interval(std::int64_t period_s, std::int32_t from_s);
  void instant();
  void cron();
  bool field_count_is_right();
  void compile(const CronFields& fields, const SpecialDays& special);
  std::optional<std::int32_t> time_of_day(Word word);
  void fail(std::string_view code, Word where, std::string message, std::string label,
            std::string help = "");

  std::string_view text_;
  const ScheduleContext& context_;
  std::array<Word, kMaxFields> words_;
  std::size_t word_count_ = 0;  // may be more than there are in words_
  std::size_t last_end_ = 0;
  Schedule::Parsed& parsed_;
  std::vector<ScheduleIssue>& issues_;
};

}  // namespace dsched
