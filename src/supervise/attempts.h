#pragma once
// The hands: the running subprocesses of this process. Starts, captures, stops and reaps them. Used
// by the supervisor process and, in-process, by the foreground `dsched run`. Lives on one loop and
// one thread; this process must have no other children that somebody else waits for.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "env/clock.h"
#include "env/entropy.h"
#include "env/loop.h"
#include "supervise/start_request.h"

namespace dsched {

enum class OutputStream { out, err };

// Enough to find what is left of an attempt after this process has died.
struct ProcessTrace {
  std::int32_t pid = 0;           // also its session and process group
  std::uint64_t start_ticks = 0;  // /proc/PID/stat field 22: tells a re-used pid
  std::string cgroup;       // absolute path below the cgroup v2 mount; empty when there is none
  std::string script_path;  // private file to remove; may be empty
};

class Attempts {
 public:
  struct Listener {
    // The process exists and has passed exec.
    std::function<void(const AttemptKey&, const ProcessTrace&, Instant started_at)> on_started;
    // Exactly once per start(), also when it never executed. Output is complete up to what had been
    // written when the main process ended; left-behind processes may still append to the file.
    std::function<void(const AttemptKey&, const AttemptOutcome&)> on_ended;
    // Output as it is read, after masking; null = nobody wants it.
    std::function<void(const AttemptKey&, OutputStream, std::string_view bytes)> on_output;
    // Before fork: the caller may write the trace's forerunner down. A failure ends the attempt as
    // not started.
    std::function<Result<void>(const AttemptKey&, const std::string& cgroup)> before_start;
  };

  virtual ~Attempts() = default;  // kills what still runs

  // Begins to start; the rest is told to the listener, never from inside this call.
  virtual void start(StartRequest request) = 0;

  // TERM (or `signal`, 0 = the job's stop signal) to the whole of the attempt, KILL after its
  // kill_after. The outcome says stopped. Unknown keys are ignored.
  virtual void stop(const AttemptKey& key, int signal) = 0;
  virtual void kill(const AttemptKey& key) = 0;

  virtual std::size_t running() const = 0;   // started and not ended
  virtual std::size_t draining() const = 0;  // ended, but something they left behind still writes
};

struct AttemptsOptions {
  bool use_cgroups = true;  // where cgroup v2 is delegated to us; silently without otherwise
  std::string script_directory = "/tmp";  // where private files of script texts go while they run
};

// Makes this process the reaper of what its jobs leave behind, and raises its own limit of open
// files (not the jobs').
std::unique_ptr<Attempts> make_attempts(Loop& loop, Clock& clock, Entropy& entropy,
                                        Attempts::Listener listener, AttemptsOptions options = {});

// Ends everything that is left of an attempt whose supervisor died: its cgroup, its session,
// whatever carries its DSCHED_RUN_ID. Answers whether all is gone.
bool end_leftovers(const std::string& run_id, const ProcessTrace& trace);

}  // namespace dsched
