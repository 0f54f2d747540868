#pragma once
// Delivers alerts. The history is the outbox: what is due there is delivered, and each try is
// recorded there. Only what is on its way is known here, so a restart loses nothing. A crash
// between a delivery and its record delivers twice, never not at all.
//
// A channel gets one message at a time, and ten within a minute; what else is due for it then waits
// for the minute to pass and becomes one digest. What fails is tried again after 10 s, 1 min,
// 5 min, 30 min, then every 2 hours, and given up after 16 tries, nearly a day.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/settings.h"
#include "daemon/alert_message.h"
#include "daemon/recorder.h"
#include "env/clock.h"
#include "env/courier.h"
#include "env/files.h"
#include "env/loop.h"
#include "history/history.h"

namespace dsched {

// When to try again after so many tries; nullopt: give up. Requires: tries > 0.
std::optional<Duration> delivery_pause(int tries);

class Notifier {
 public:
  // References outlive the notifier, and those but recorder and log the loop's worker threads too.
  struct Parts {
    Loop& loop;
    Clock& clock;
    Files& files;
    Courier& courier;
    Recorder& recorder;
    Log& log;
    std::unique_ptr<HistoryReader> reader;  // used here only, and by worker threads
    std::string host;
    // The job as it is now, or nullptr; for the moment.
    std::function<const Job*(const std::string& name)> find_job;
    Loop::Callback on_idle;  // may be null; posted, and may come after the notifier is gone
  };

  explicit Notifier(Parts parts);
  // Stops the courier: what is on its way is tried again by the next daemon.
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // At the start and after each reload; looks for what is due.
  void configure(const Settings& settings);

  // To be told of everything that was recorded.
  void recorded(const std::vector<HistoryChange>& changes);

  // Nothing is due or on its way.
  bool idle() const { return !looking_ && in_flight_.empty() && !held_back_; }

 private:
  class Archive;
  struct Outbox;
  struct Shipment;
  struct Channel {
    bool busy = false;             // until the try is recorded
    bool flooded = false;          // something waits for the minute to pass
    std::deque<BootInstant> sent;  // within the last minute
  };
  using Deliveries = std::vector<DueDelivery>;

  void look();
  void looked(const Outbox& outbox);
  std::string channel_of(const DueDelivery& one) const;
  void serve(const std::string& channel, Deliveries due);
  void forget_old_sends();
  void send(const std::string& channel, Deliveries deliveries);
  void sent(const Shipment& shipment);
  // Answers whether it will be tried again.
  bool record(const std::string& channel, const Deliveries& deliveries, const Receipt& receipt);
  void tell(const std::string& channel, const Deliveries& deliveries, const Receipt& receipt,
            bool again);
  void wake_at(std::optional<Instant> next);
  void look_soon(Duration pause);
  std::optional<JobOutlook> outlook_of(const std::string& job) const;

  Loop& loop_;
  Clock& clock_;
  Files& files_;
  Courier& courier_;
  Recorder& recorder_;
  Log& log_;
  std::shared_ptr<Archive> archive_;
  std::string host_;
  std::function<const Job*(const std::string& name)> find_job_;
  Loop::Callback on_idle_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  MailSettings mail_;
  bool mail_is_off_ = false;
  bool told_mail_is_off_ = false;
  bool looking_ = false;
  bool look_again_ = false;
  bool stale_ = false;      // what is being looked at has changed meanwhile
  bool held_back_ = false;  // something is due and not on its way
  bool in_trouble_ = false;
  std::map<std::string, Channel> channels_;
  std::map<std::int64_t, std::string> in_flight_;  // delivery -> channel, until recorded
  Loop::Handle wall_timer_, boot_timer_;
};

}  // namespace dsched
