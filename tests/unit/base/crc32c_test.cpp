#include "base/crc32c.h"

#include <string>

#include <doctest/doctest.h>

namespace dsched {

TEST_CASE("crc32c gives the values of RFC 3720 appendix B.4") {
  std::string rising(32, '\0');
  for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<char>(i);
  const std::string falling(rising.rbegin(), rising.rend());
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43);
  CHECK(crc32c(rising) == 0x46DD794E);
  CHECK(crc32c(falling) == 0x113FDB5C);
}

TEST_CASE("crc32c of the usual check string and of nothing") {
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc32c("") == 0);
}

}  // namespace dsched
