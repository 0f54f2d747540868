#pragma once
// Real attempts on the real loop, for tests.

#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>

#include <unistd.h>

#include "env/real/posix_clock.h"
#include "env/real/posix_entropy.h"
#include "env/real/uv_loop.h"
#include "supervise/attempts.h"
#include "supervise/processes.h"
#include "support/temp_dir.h"

namespace dsched {

inline std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Harness {
 public:
  explicit Harness(AttemptsOptions options = {}) {
    Attempts::Listener listener;
    listener.on_started = [this](const AttemptKey& key, const ProcessTrace& trace, Instant) {
      traces[key.run_id] = trace;
    };
    listener.on_ended = [this](const AttemptKey& key, const AttemptOutcome& outcome) {
      ++ends;
      outcomes[key.run_id] = outcome;
    };
    options.script_directory = directory.path();
    attempts = make_attempts(*loop, *clock, *entropy, std::move(listener), options);
  }

  // A shell command whose output goes to out(id).
  StartRequest shell(const std::string& command, const std::string& id = "R1") {
    StartRequest request;
    request.key = {id, 1};
    request.job = "job";
    request.argv = {"/bin/sh", "-c", command};
    request.env = {"PATH=/usr/bin:/bin", "DSCHED_RUN_ID=" + id};
    request.dir = "/";
    request.output_path = out(id);
    request.error_path = out(id) + ".err";
    request.max_output = 1 << 20;
    request.kill_after = std::chrono::milliseconds{300};
    return request;
  }

  std::string out(const std::string& id = "R1") const { return directory.file("logs/" + id); }

  // Runs the loop until done() holds; false when it does not within ten seconds.
  bool until(const std::function<bool()>& done) {
    const BootInstant deadline = clock->boot_now() + std::chrono::seconds{10};
    while (!done() && clock->boot_now() < deadline) {
      auto tick =
          loop->at(clock->boot_now() + std::chrono::milliseconds{2}, [this] { loop->stop(); });
      loop->run();
    }
    return done();
  }

  AttemptOutcome run(StartRequest request) {
    const std::string id = request.key.run_id;
    outcomes.erase(id);
    attempts->start(std::move(request));
    DSCHED_CHECK(until([&] { return outcomes.contains(id); }));
    return outcomes[id];
  }

  std::string output_of(const std::string& command, const std::string& id = "R1") {
    run(shell(command, id));
    return contents(out(id));
  }

  TempDir directory;
  std::unique_ptr<Clock> clock = make_posix_clock();
  std::unique_ptr<Loop> loop = make_uv_loop(*clock);
  std::unique_ptr<Entropy> entropy = make_posix_entropy();
  std::map<std::string, AttemptOutcome> outcomes;
  std::map<std::string, ProcessTrace> traces;
  int ends = 0;
  std::unique_ptr<Attempts> attempts;
};

}  // namespace dsched
