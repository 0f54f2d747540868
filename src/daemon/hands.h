#pragma once
// The daemon's hands: has the supervisor start and stop what the engine decided, and tells the
// engine what became of it.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/launch.h"
#include "daemon/world.h"
#include "engine/event.h"
#include "supervise/client.h"

namespace dsched {

class Hands {
 public:
  struct Listener {
    std::function<void(const Event&)> tell;
    std::function<bool(const std::string& run_id)> is_open;  // it has not ended in the history
  };
  Hands(World world, const HostFacts& host, const DaemonOptions& options, Log& log,
        Listener listener);

  void connect();
  bool ready() const { return ready_; }
  bool connected() const { return client_ != nullptr && client_->connected(); }
  const std::string& supervisor() const { return supervisor_; }

  void start(const StartAttempt& start, std::optional<Instant> last_success_at);
  void check(const StartCheck& check, std::optional<Instant> last_success_at);
  void stop(const StopAttempt& stop);
  // The outcome is in the history: supervisor and disk may forget the attempt.
  void recorded(const AttemptKey& key);
  void retire();

 private:
  SupervisorClient::Listener client_listener();
  void on_ready(const std::string& uuid, bool same_boot,
                const std::vector<SupervisorClient::Known>& known);
  void on_ended(const AttemptKey& key, const AttemptOutcome& outcome);
  void acknowledge_unknown(const AttemptKey& key);
  void tell_soon(Event event);
  LaunchFacts facts_of(const StartAttempt& start, std::optional<Instant> last_success_at) const;
  Values outputs_of(const AttemptKey& key);
  void sweep();
  std::string scratch_place() const { return options_.state_directory + "/scratch"; }

  World world_;
  const HostFacts& host_;
  const DaemonOptions& options_;
  Log& log_;
  Listener listener_;
  std::unique_ptr<SupervisorClient> client_;
  std::string supervisor_;
  bool ready_ = false;
  std::map<std::string, FiringKey> checks_;  // by the run id that stands for the check
};

}  // namespace dsched
