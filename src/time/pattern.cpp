#include "time/pattern.h"

namespace dsched {

LocalSecond Pattern::next_second(LocalSecond from) const {
  auto [day, second] = split(from);
  if (second > time_.last()) {
    ++day;
    second = 0;
  }
  const std::int32_t found = days_.next(day);
  if (found == day && second > time_.first()) return join(day, time_.next(second));
  if (found == kNoDayAfter) return kNever;
  return join(found, time_.first());
}

}  // namespace dsched
