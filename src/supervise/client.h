#pragma once
// The daemon's side of the supervisor socket.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "env/clock.h"
#include "env/loop.h"
#include "supervise/attempts.h"
#include "supervise/supervisor.h"

namespace dsched {

class SupervisorClient {
 public:
  // What the supervisor knows of an attempt when the daemon connects.
  struct Known {
    AttemptKey key;
    std::optional<Instant> started_at;
    std::optional<AttemptOutcome> outcome;  // none: it is running
  };
  struct Listener {
    // Connected: the identity of this supervisor process, and everything that is not acknowledged
    // yet, including what a dead predecessor on this host left (as lost, its processes ended).
    // same_boot: the journal is from this boot.
    std::function<void(const std::string& uuid, bool same_boot, std::vector<Known>)> on_ready;
    std::function<void(const AttemptKey&, Instant started_at)> on_started;
    std::function<void(const AttemptKey&, const AttemptOutcome&)> on_ended;
    // The supervisor died or closed; a new one is being started and on_ready follows.
    std::function<void()> on_gone;
    // No supervisor can be had now (why); it is tried again.
    std::function<void(const Error&)> on_trouble;
  };

  virtual ~SupervisorClient() = default;  // closes the socket; the supervisor lives on

  // Finds or starts the supervisor and tells on_ready.
  virtual void connect() = 0;
  // Requests are kept in order; those made while not connected are dropped (on_ready tells the
  // truth again).
  virtual void start(const StartRequest& request) = 0;
  virtual void stop(const AttemptKey& key, int signal) = 0;
  virtual void kill(const AttemptKey& key) = 0;
  // The outcome of key is durable in the history: the supervisor may forget it.
  virtual void acknowledge(const AttemptKey& key) = 0;
  // Ends the supervisor when nothing runs there any more; it is not started again until connect().
  virtual void retire() = 0;
  virtual bool connected() const = 0;
};

// argv0: the program to start as `argv0 __supervisor --state DIR --run DIR`.
std::unique_ptr<SupervisorClient> make_supervisor_client(Loop& loop, Clock& clock,
                                                         const std::string& program,
                                                         const std::string& state_directory,
                                                         const std::string& run_directory,
                                                         SupervisorClient::Listener listener);

}  // namespace dsched
