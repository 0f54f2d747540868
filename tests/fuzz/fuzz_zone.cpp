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
  for (const Zone::Interval& interval : (*zone)->intervals()) {
    const std::size_t i = (*zone)->interval_at(interval.start_s);
    DSCHED_CHECK(i + 1 < (*zone)->intervals().size());
    (*zone)->at(dsched::Second{std::chrono::seconds{interval.start_s}});
  }
  return 0;
}
