#include "fuzz/fuzz_schedule.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dsched::fuzz::schedule(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
