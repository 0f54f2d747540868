#include "time/day_table.h"

#include <memory>

#include "time/day_pattern.h"

namespace dsched {
namespace {

std::uint64_t key_of(const DayFields& fields) {
  return fields.days | std::uint64_t{fields.months} << 32 | std::uint64_t{fields.weekdays} << 48 |
         std::uint64_t{fields.both} << 56;
}

// Fibonacci hashing (Knuth, 6.4).
std::size_t first_place(std::uint64_t key) {
  static_assert(DayTable::kMost == 1 << (64 - 58));
  return key * 0x9e3779b97f4a7c15 >> 58;
}

}  // namespace

constinit std::array<std::atomic<const DayTable*>, DayTable::kMost> DayTable::tables{};

std::uint8_t DayTable::find(const DayFields& fields) {
  const std::uint64_t key = key_of(fields);
  const std::size_t start = first_place(key);
  for (std::size_t i = 0; i < kMost; ++i) {
    const std::size_t number = (start + i) % kMost;
    const DayTable* table = tables[number].load(std::memory_order_acquire);
    if (table == nullptr) break;
    if (table->key_ == key) return static_cast<std::uint8_t>(number);
  }
  return kNone;
}

std::uint8_t DayTable::find_or_make(const DayPattern& pattern) {
  const std::uint64_t key = key_of(pattern.fields());
  const std::size_t start = first_place(key);
  for (std::size_t i = 0; i < kMost; ++i) {
    const std::size_t number = (start + i) % kMost;
    const DayTable* table = tables[number].load(std::memory_order_acquire);
    if (table == nullptr) {
      std::unique_ptr<const DayTable> made(new DayTable(pattern));
      // Another thread may have been faster: then its table is here now.
      if (tables[number].compare_exchange_strong(table, made.get())) table = made.release();
    }
    if (table->key_ == key) return static_cast<std::uint8_t>(number);
  }
  return kNone;
}

DayTable::DayTable(const DayPattern& pattern)
    : key_(key_of(pattern.fields())), year_types_(pattern.year_types_) {
  std::int32_t next = pattern.next_by_months(kFirst + kCount);
  for (std::int32_t place = kCount - kBlockDays; place >= 0; place -= kBlockDays) {
    Block& block = blocks_[static_cast<std::size_t>(place / kBlockDays)];
    block.next = next;
    block.days = pattern.matches_among(kFirst + place);
    if (block.days != 0) next = kFirst + place + std::countr_zero(block.days);
  }
}

}  // namespace dsched
