// Zone files are foreign bytes: whatever they hold, reading them ends in an error or in a zone that
// can be asked.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "time/zone.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using dsched::Zone;
  const auto zone =
      Zone::from_tzif("fuzz", std::string_view(reinterpret_cast<const char*>(data), size));
  if (!zone) return 0;
  const auto& intervals = (*zone)->intervals();
  for (std::size_t i = 1; i + 1 < intervals.size(); ++i) {
    DSCHED_CHECK(intervals[i - 1].start_s < intervals[i].start_s);
    DSCHED_CHECK((*zone)->interval_at(intervals[i].start_s) == i);
    const auto offset =
        (*zone)->at(dsched::Second{std::chrono::seconds{intervals[i].start_s}}).utc_offset;
    DSCHED_CHECK(offset.count() == intervals[i].offset_s);
  }
  return 0;
}
