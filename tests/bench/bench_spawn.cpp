// Starts per second, with output captured to a file each: bench_spawn [STARTS] [IN_FLIGHT]
// [RESIDENT_MB] RESIDENT_MB makes this process that big first: the rate must not depend on it.

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "env/real/posix_clock.h"
#include "env/real/posix_entropy.h"
#include "env/real/uv_loop.h"
#include "supervise/attempts.h"
#include "support/temp_dir.h"

using namespace dsched;

namespace {

struct Bench {
  explicit Bench(bool use_cgroups) {
    Attempts::Listener listener;
    listener.on_ended = [this](const AttemptKey&, const AttemptOutcome&) {
      ++ended;
      if (ended == starts)
        loop->stop();
      else
        start_next();
    };
    attempts = make_attempts(*loop, *clock, *entropy, std::move(listener), {use_cgroups, "/tmp"});
  }

  void start_next() {
    if (started == starts) return;
    StartRequest request;
    request.key = {"run" + std::to_string(started++), 1};
    request.argv = {"/bin/true"};
    request.env = {"PATH=/usr/bin:/bin"};
    request.output_path = directory.file("log" + std::to_string(started % 1000));
    request.max_output = 1 << 20;
    attempts->start(std::move(request));
  }

  double rate(int count, int in_flight) {
    starts = count;
    const BootInstant begin = clock->boot_now();
    for (int i = 0; i < in_flight; ++i) start_next();
    loop->run();
    return count / to_seconds(clock->boot_now() - begin);
  }

  TempDir directory;
  std::unique_ptr<Clock> clock = make_posix_clock();
  std::unique_ptr<Loop> loop = make_uv_loop(*clock);
  std::unique_ptr<Entropy> entropy = make_posix_entropy();
  std::unique_ptr<Attempts> attempts;
  int starts = 0;
  int started = 0;
  int ended = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const int starts = argc > 1 ? std::atoi(argv[1]) : 5000;
  const int in_flight = argc > 2 ? std::atoi(argv[2]) : 16;
  const std::size_t resident_mb = argc > 3 ? static_cast<std::size_t>(std::atoi(argv[3])) : 0;
  const std::vector<char> ballast(resident_mb << 20, 'x');
  for (const bool use_cgroups : {true, false}) {
    std::printf("%s, %d in flight, %zu MB: %.0f starts per second\n",
                use_cgroups ? "cgroups" : "process groups", in_flight, ballast.size() >> 20,
                Bench(use_cgroups).rate(starts, in_flight));
  }
}
