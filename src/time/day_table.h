#pragma once
// The matching days of 2020 to 2109 as one bitmap that also knows where the next bit is, so that
// "the next matching day" is one load. 8 KiB for each set of day fields, shared by all patterns
// that have them: most crontabs have a handful. At most kMost are ever made; they live as long as
// the process, and any thread may ask for one. Patterns without a table look at months instead.

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "time/civil.h"

namespace dsched {

class DayPattern;
struct DayFields;

class DayTable {
 public:
  static constexpr std::int32_t kFirst = days_from_civil(2020, 1, 1);
  static constexpr std::int32_t kCount = 1 << 15;
  static constexpr std::size_t kMost = 64;
  static constexpr std::uint8_t kNone = kMost;

  // The number of the table of these fields; kNone when there is none yet.
  static std::uint8_t find(const DayFields& fields);
  // Makes it if there is none yet; kNone when there is no room for another.
  static std::uint8_t find_or_make(const DayPattern& pattern);
  // Requires: number is not kNone.
  static const DayTable& at(std::uint8_t number) {
    return *tables[number].load(std::memory_order_acquire);
  }

  // Which of the kinds of year have a matching day, as DayPattern has them.
  std::uint16_t year_types() const { return year_types_; }
  static bool holds(std::int32_t day) {
    return static_cast<std::uint32_t>(day - kFirst) < static_cast<std::uint32_t>(kCount);
  }
  // The first matching day at or after. Requires: holds(day).
  std::int32_t next(std::int32_t day) const {
    const auto place = static_cast<std::uint32_t>(day - kFirst);
    const Block block = blocks_[place / kBlockDays];
    const std::uint32_t rest = block.days >> place % kBlockDays;
    return rest != 0 ? day + std::countr_zero(rest) : block.next;
  }

 private:
  static constexpr std::int32_t kBlockDays = 32;
  struct Block {
    std::uint32_t days;  // which of its days match
    std::int32_t next;   // the first match behind it
  };

  explicit DayTable(const DayPattern& pattern);

  static std::array<std::atomic<const DayTable*>, kMost> tables;

  std::uint64_t key_;
  std::uint16_t year_types_;
  std::array<Block, kCount / kBlockDays> blocks_{};
};

}  // namespace dsched
