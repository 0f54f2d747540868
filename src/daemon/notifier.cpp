#include "daemon/notifier.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"

namespace dsched {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMostAtOnce = 4;
constexpr std::size_t kMostInAMinute = 10;
constexpr Duration kBurst = minutes{1};
constexpr Duration kNextLook = seconds{10};  // while something waits for others
constexpr Duration kPauses[] = {seconds{10}, minutes{1}, minutes{5}, minutes{30}};
constexpr Duration kLastPause = hours{2};
constexpr int kMostTries = 16;
constexpr std::size_t kMailOutputBytes = 1 << 20;
constexpr std::size_t kOutputBytes = 64 << 10;  // for channels that are no mail
constexpr std::size_t kTailBytes = 16 << 10;    // in which the last lines are looked for

// The right side of message ids takes no other characters.
std::string id_domain(std::string host) {
  for (char& c : host) {
    const bool good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      c == '.' || c == '-';
    if (!good) c = '-';
  }
  return host;
}

// The same at each try of the same deliveries, so that mailers can tell doubles.
std::string message_id(const std::vector<DueDelivery>& deliveries, const std::string& host) {
  const DueDelivery& first = deliveries.front();
  return fmt::format("dsched.{}.{}.{}@{}", to_unix_us(first.alert.raised_at), first.delivery.id,
                     deliveries.size(), id_domain(host));
}

std::size_t output_bytes(AlertKind kind, const std::string& channel) {
  if (kind != AlertKind::output) return kTailBytes;
  return channel.starts_with("mailto:") ? kMailOutputBytes : kOutputBytes;
}

}  // namespace

std::optional<Duration> delivery_pause(int tries) {
  if (tries >= kMostTries) return std::nullopt;
  const auto done = static_cast<std::size_t>(tries);
  return done <= std::size(kPauses) ? kPauses[done - 1] : kLastPause;
}

// The history and the output files, as worker threads read them.
class Notifier::Archive {
 public:
  Archive(std::unique_ptr<HistoryReader> reader, Files& files)
      : reader_(std::move(reader)), files_(files) {}

  Result<void> read(Instant now, Outbox& outbox);
  void complete(AlertFacts& facts, const std::string& channel);

 private:
  void read_history(AlertFacts& facts);
  std::string end_of(const std::string& path, std::size_t max_bytes, bool& whole);

  std::mutex mutex_;  // of the reader
  std::unique_ptr<HistoryReader> reader_;
  Files& files_;
};

struct Notifier::Outbox {
  Instant now{};
  Deliveries due;
  std::optional<Instant> next;
  Result<void> read;
};

// Deliveries that go out as one message, and everything a worker thread needs for it.
struct Notifier::Shipment {
  std::string channel;
  Deliveries deliveries;
  Instant now{};
  std::string host;
  MailSettings mail;
  std::optional<JobOutlook> job;  // of a single one
  Receipt receipt;

  void deliver(Archive& archive, Courier& courier) {
    const auto parcel =
        pack(message(archive), channel, host, mail, now, message_id(deliveries, host));
    receipt = parcel ? courier.deliver(*parcel)
                     : Receipt{Receipt::Kind::refused, "there is no such channel"};
  }

 private:
  AlertMessage message(Archive& archive) const {
    if (deliveries.size() == 1) {
      AlertFacts facts;
      facts.alert = deliveries.front().alert;
      facts.host = host;
      facts.now = now;
      facts.job = job;
      archive.complete(facts, channel);
      return alert_message(facts);
    }
    std::vector<Alert> alerts;
    for (const DueDelivery& one : deliveries) alerts.push_back(one.alert);
    return digest_message(alerts, host, now);
  }
};

Result<void> Notifier::Archive::read(Instant now, Outbox& outbox) {
  const std::lock_guard lock(mutex_);
  DSCHED_TRY_ASSIGN(outbox.due, reader_->deliveries_due(now, 0));
  DSCHED_TRY_ASSIGN(outbox.next, reader_->next_delivery_at(now));
  return {};
}

// What cannot be read is not told; the alert itself is what matters.
void Notifier::Archive::complete(AlertFacts& facts, const std::string& channel) {
  read_history(facts);
  if (!facts.run || facts.run->log_path.empty()) return;
  const int last_attempt = std::max(static_cast<int>(facts.run->attempts.size()), 1);
  const std::size_t max_bytes = output_bytes(facts.alert.kind, channel);
  const std::string& log_path = facts.run->log_path;
  facts.output = end_of(attempt_log_path(log_path, last_attempt), max_bytes, facts.output_is_whole);
  facts.error_output =
      end_of(attempt_error_path(log_path, last_attempt), max_bytes, facts.output_is_whole);
}

void Notifier::Archive::read_history(AlertFacts& facts) {
  const Alert& alert = facts.alert;
  const std::lock_guard lock(mutex_);
  if (!alert.run_id.empty()) {
    RunQuery query;
    query.run_id_prefix = alert.run_id;
    query.limit = 1;
    if (auto runs = reader_->runs(query); runs && !runs->empty())
      facts.run = std::move(runs->front());
  }
  if (alert.kind == AlertKind::missed) {
    if (auto decision = reader_->decision_at(alert.job, alert.about))
      facts.decision = std::move(*decision);
  }
  RunQuery last_ok;
  last_ok.jobs = {alert.job};
  last_ok.results = {RunResult::ok};
  last_ok.limit = 1;
  if (const auto runs = reader_->runs(last_ok); runs && !runs->empty())
    facts.last_success_at = runs->front().ended_at;
}

std::string Notifier::Archive::end_of(const std::string& path, std::size_t max_bytes, bool& whole) {
  const auto text = files_.read_end(path, max_bytes);
  if (!text) return "";
  const auto info = files_.info(path);
  if (info && info->size > max_bytes) whole = false;
  return *text;
}

Notifier::Notifier(Parts parts)
    : loop_(parts.loop),
      clock_(parts.clock),
      files_(parts.files),
      courier_(parts.courier),
      recorder_(parts.recorder),
      log_(parts.log),
      archive_(std::make_shared<Archive>(std::move(parts.reader), parts.files)),
      host_(std::move(parts.host)),
      find_job_(std::move(parts.find_job)),
      on_idle_(std::move(parts.on_idle)) {}

Notifier::~Notifier() {
  courier_.stop();
}

void Notifier::configure(const Settings& settings) {
  mail_.from = settings.mail_from.empty() ? "dsched@" + id_domain(host_) : settings.mail_from;
  mail_.transport = settings.mail_transport;
  mail_is_off_ = settings.mail_transport == "none";
  told_mail_is_off_ = false;
  look();
}

void Notifier::recorded(const std::vector<HistoryChange>& changes) {
  bool news = false;
  for (const HistoryChange& change : changes) {
    if (const auto* raised = std::get_if<RaiseAlert>(&change)) {
      news = news || !raised->alert.channels.empty();
    } else if (const auto* tried = std::get_if<DeliveryTried>(&change)) {
      const auto flight = in_flight_.find(tried->delivery_id);
      if (flight == in_flight_.end()) continue;
      channels_[flight->second].busy = false;
      in_flight_.erase(flight);
      news = true;
      stale_ = true;
    }
  }
  if (news) look();
}

void Notifier::look() {
  if (std::exchange(looking_, true)) {
    look_again_ = true;
    return;
  }
  look_again_ = stale_ = false;
  const auto outbox = std::make_shared<Outbox>();
  outbox->now = clock_.now();
  loop_.offload(
      [archive = archive_, outbox] { outbox->read = archive->read(outbox->now, *outbox); },
      [this, outbox, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) looked(*outbox);
      });
}

void Notifier::looked(const Outbox& outbox) {
  looking_ = false;
  if (stale_) return look();
  held_back_ = false;
  boot_timer_.reset();
  if (!outbox.read) {
    if (!std::exchange(in_trouble_, true))
      log_.error("alerts cannot be read", {{"error", outbox.read.error().message}});
    return look_soon(kNextLook);
  }
  in_trouble_ = false;
  forget_old_sends();
  std::vector<std::string> order;  // the longest due first
  std::map<std::string, Deliveries> due;
  for (const DueDelivery& one : outbox.due) {
    if (in_flight_.contains(one.delivery.id)) continue;
    const std::string channel = channel_of(one);
    Deliveries& same = due[channel];
    if (same.empty()) order.push_back(channel);
    same.push_back(one);
  }
  for (const std::string& channel : order) serve(channel, std::move(due[channel]));
  wake_at(outbox.next);
  if (look_again_) look();
  if (idle() && on_idle_) loop_.post(on_idle_);
}

// What the job's file has for it now; as it is when there is no such job or channel any more.
std::string Notifier::channel_of(const DueDelivery& one) const {
  const std::string& name = one.delivery.channel;
  const Job* job = find_job_(one.alert.job);
  if (job == nullptr) return name;
  if (name == "command" && !job->notify.command.empty()) return "command:" + job->notify.command;
  for (std::size_t i = 0; i < job->notify.webhooks.size(); ++i) {
    if (name == "webhook:" + std::to_string(i)) return job->notify.webhooks[i];
  }
  return name;
}

void Notifier::serve(const std::string& channel, Deliveries due) {
  if (mail_is_off_ && channel.starts_with("mailto:")) {
    constexpr std::string_view kWhy = "mail is off: [mail] transport is \"none\"";
    if (!std::exchange(told_mail_is_off_, true)) log_.warning(kWhy);
    record(channel, due, {Receipt::Kind::refused, std::string(kWhy)});
    return;
  }
  Channel& state = channels_[channel];
  const auto busy = std::count_if(channels_.begin(), channels_.end(),
                                  [](const auto& known) { return known.second.busy; });
  if (state.busy || static_cast<std::size_t>(busy) >= kMostAtOnce) {
    held_back_ = true;
  } else if (state.sent.size() >= kMostInAMinute) {
    held_back_ = state.flooded = true;
    look_soon(state.sent.front() + kBurst - clock_.boot_now());
  } else {
    const bool all = std::exchange(state.flooded, false);
    held_back_ = held_back_ || (!all && due.size() > 1);
    if (!all) due.resize(1);
    state.busy = true;
    state.sent.push_back(clock_.boot_now());
    send(channel, std::move(due));
  }
}

void Notifier::forget_old_sends() {
  const BootInstant now = clock_.boot_now();
  for (auto known = channels_.begin(); known != channels_.end();) {
    Channel& channel = known->second;
    while (!channel.sent.empty() && channel.sent.front() + kBurst <= now) channel.sent.pop_front();
    const bool nothing = channel.sent.empty() && !channel.busy && !channel.flooded;
    known = nothing ? channels_.erase(known) : std::next(known);
  }
}

void Notifier::send(const std::string& channel, Deliveries deliveries) {
  for (const DueDelivery& one : deliveries) in_flight_[one.delivery.id] = channel;
  const auto shipment = std::make_shared<Shipment>();
  shipment->channel = channel;
  shipment->now = clock_.now();
  shipment->host = host_;
  shipment->mail = mail_;
  if (deliveries.size() == 1) shipment->job = outlook_of(deliveries.front().alert.job);
  shipment->deliveries = std::move(deliveries);
  loop_.offload(
      [shipment, archive = archive_, &courier = courier_] { shipment->deliver(*archive, courier); },
      [this, shipment, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) sent(*shipment);
      });
}

void Notifier::sent(const Shipment& shipment) {
  if (shipment.receipt.kind == Receipt::Kind::stopped) return;
  const bool again = record(shipment.channel, shipment.deliveries, shipment.receipt);
  tell(shipment.channel, shipment.deliveries, shipment.receipt, again);
}

bool Notifier::record(const std::string& channel, const Deliveries& deliveries,
                      const Receipt& receipt) {
  DSCHED_CHECK(receipt.error.empty() == (receipt.kind == Receipt::Kind::delivered));
  const Instant now = clock_.now();
  std::vector<HistoryChange> changes;
  bool again = false;
  for (const DueDelivery& one : deliveries) {
    in_flight_[one.delivery.id] = channel;
    DeliveryTried tried{one.delivery.id, now, receipt.error, std::nullopt};
    if (receipt.kind == Receipt::Kind::try_again) {
      if (const auto pause = delivery_pause(one.delivery.tries + 1))
        tried.next_try_at = now + *pause;
    }
    again = again || tried.next_try_at.has_value();
    changes.emplace_back(std::move(tried));
  }
  recorder_.add(std::move(changes));
  return again;
}

void Notifier::tell(const std::string& channel, const Deliveries& deliveries,
                    const Receipt& receipt, bool again) {
  const DueDelivery& first = deliveries.front();
  std::vector<LogField> fields = {{"channel", channel_for_log(channel)},
                                  {"job", first.alert.job},
                                  {"kind", std::string(to_text(first.alert.kind))}};
  if (deliveries.size() > 1) fields = {fields[0], {"alerts", std::to_string(deliveries.size())}};
  if (receipt.kind == Receipt::Kind::delivered) return log_.info("alert delivered", fields);
  fields.push_back({"error", receipt.error});
  if (!again) return log_.error("alert given up", fields);
  log_.write(first.delivery.tries == 0 ? LogLevel::warning : LogLevel::debug,
             "alert not delivered yet", fields);
}

// What is due already waits for something else: a record, a free place, the minute.
void Notifier::wake_at(std::optional<Instant> next) {
  wall_timer_.reset();
  if (!next) return;
  if (*next > clock_.now()) {
    wall_timer_ = loop_.at_wall(*next, [this](bool) { look(); });
  } else if (boot_timer_ == nullptr) {
    look_soon(kNextLook);
  }
}

void Notifier::look_soon(Duration pause) {
  boot_timer_ =
      loop_.at(clock_.boot_now() + std::clamp(pause, Duration{0}, kNextLook), [this] { look(); });
}

std::optional<JobOutlook> Notifier::outlook_of(const std::string& name) const {
  const Job* job = find_job_(name);
  if (job == nullptr) return std::nullopt;
  return JobOutlook{job->timetable, job->place};
}

}  // namespace dsched
