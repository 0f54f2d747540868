// The part of FieldParser that draws values: H and ~.

#include <algorithm>

#include "time/field_parser.h"
#include "time/stable_hash.h"

namespace dsched {
namespace {

constexpr int kLastDrawnDay = 28;  // a day that every month has

}  // namespace

// H H/n H(a-b) H(a-b)/n
bool FieldParser::drawn_item() {
  ++pos_;
  Range range = drawing_range();
  if (take('(')) {
    const std::size_t begin = pos_;
    if (!value(range.low)) return false;
    if (!take('-')) return unexpected();
    if (!value(range.high)) return false;
    if (range.low > range.high) {
      return fail("E305", begin, pos_, "this range runs backwards",
                  "the smaller number comes first");
    }
    if (!take(')')) return unexpected();
  }
  return draw_items(range, false);
}

// One drawn value of the range, or with a step all from a drawn start.
bool FieldParser::draw_items(Range range, bool with_host) {
  if (!at('/')) {
    add_value(draw(range, with_host));
    return true;
  }
  int n = 1;
  if (!step(n)) return false;
  const Range start{range.low, std::min(range.low + n - 1, range.high)};
  add({draw(start, with_host), range.high}, n);
  return true;
}

// ~ lo~ ~hi lo~hi, each with /n. Stands at the '~'.
bool FieldParser::tilde_item(std::optional<int> low) {
  const std::size_t begin = pos_++;
  const bool has_high = pos_ < end_ && !at('/') && !at(',');
  Range range = low || has_high ? Range{low.value_or(info_->low), info_->high} : drawing_range();
  if (has_high && !value(range.high)) return false;
  if (range.low > range.high) {
    return fail("E305", begin, pos_, "this range runs backwards", "the smaller number comes first");
  }
  return draw_items(range, true);
}

FieldParser::Range FieldParser::drawing_range() const {
  return {info_->low, unit_ == Unit::day_of_month ? kLastDrawnDay : info_->high};
}

// One and the same value for this job (and host) at every parse.
int FieldParser::draw(Range range, bool with_host) const {
  const std::uint64_t hash = with_host
                                 ? stable_hash({context_.job_name, info_->name, context_.host})
                                 : stable_hash({context_.job_name, info_->name});
  const auto size = static_cast<std::uint64_t>(range.high - range.low + 1);
  return range.low + static_cast<int>((hash >> 32) * size >> 32);
}

}  // namespace dsched
