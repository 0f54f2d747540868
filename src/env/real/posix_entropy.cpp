#include "env/real/posix_entropy.h"

#include <sys/random.h>

#include "base/check.h"

namespace dsched {

namespace {

class PosixEntropy final : public Entropy {
 public:
  std::uint64_t next_u64() override {
    std::uint64_t value = 0;
    DSCHED_CHECK(getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value));
    return value;
  }
};

}  // namespace

std::unique_ptr<Entropy> make_posix_entropy() {
  return std::make_unique<PosixEntropy>();
}

}  // namespace dsched
