// The supervisor as a program of its own, for tests: supervisor_program __supervisor --state DIR
// --run DIR

#include <cstdio>
#include <string>

#include "env/real/posix_clock.h"
#include "env/real/posix_entropy.h"
#include "env/real/uv_loop.h"
#include "supervise/supervisor.h"

namespace {

class ErrorLog final : public dsched::Log {
 public:
  void write(dsched::LogLevel level, std::string_view message,
             const std::vector<dsched::LogField>&) override {
    if (level == dsched::LogLevel::error)
      std::fprintf(stderr, "%s\n", std::string(message).c_str());
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const auto clock = dsched::make_posix_clock();
  const auto loop = dsched::make_uv_loop(*clock);
  const auto entropy = dsched::make_posix_entropy();
  ErrorLog log;
  const auto served = dsched::run_supervisor(dsched::supervisor_paths(argv[3], argv[5]), *loop,
                                             *clock, *entropy, log, std::chrono::milliseconds{500});
  return served ? 0 : served.error().code == dsched::ErrorCode::unavailable ? 3 : 1;
}
