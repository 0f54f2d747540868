#include "supervise/supervisor.h"

#include <cerrno>
#include <cstdio>
#include <deque>
#include <map>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "supervise/attempts.h"
#include "supervise/channel.h"
#include "supervise/journal.h"
#include "supervise/small_file.h"
#include "supervise/unix_socket.h"

namespace dsched {

namespace {

// So many acknowledged attempts are remembered. The daemon has them in its history and does not ask
// for them again; this is for a start that was under way when it was killed.
constexpr std::size_t kRememberedEnds = 10'000;

Result<Descriptor> take_lock(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return system_error(path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
    // For people only, and so not checked: the lock is what counts.
    [[maybe_unused]] const int cut = ::ftruncate(file.get(), 0);
    ::dprintf(file.get(), "%d\n", ::getpid());
    return file;
  }
  if (errno == EWOULDBLOCK)
    return Error{ErrorCode::unavailable, path + ": another supervisor is running", ""};
  return system_error(path, errno);
}

std::vector<LogField> fields_of(const AttemptKey& key) {
  return {{"run", key.run_id}, {"attempt", std::to_string(key.attempt)}};
}

// The outcomes of attempts that the journal has let go of.
class RememberedEnds {
 public:
  void add(const AttemptKey& key, AttemptOutcome outcome) {
    if (!ends_.emplace(std::pair(key.run_id, key.attempt), std::move(outcome)).second) return;
    order_.emplace_back(key.run_id, key.attempt);
    if (order_.size() <= kRememberedEnds) return;
    ends_.erase(order_.front());
    order_.pop_front();
  }

  const AttemptOutcome* find(const AttemptKey& key) const {
    const auto found = ends_.find({key.run_id, key.attempt});
    return found == ends_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::pair<std::string, int>, AttemptOutcome> ends_;
  std::deque<std::pair<std::string, int>> order_;
};

class Supervisor {
 public:
  Supervisor(const SupervisorPaths& paths, Loop& loop, Clock& clock, Entropy& entropy, Log& log,
             Duration linger)
      : paths_(paths), loop_(loop), clock_(clock), entropy_(entropy), log_(log), linger_(linger) {}

  Result<void> open() {
    DSCHED_TRY_ASSIGN(lock_, take_lock(paths_.lock));
    uuid_ = fmt::format("{:016x}{:016x}", entropy_.next_u64(), entropy_.next_u64());
    boot_id_ = std::string(trim(read_small_file("/proc/sys/kernel/random/boot_id")));
    DSCHED_TRY_ASSIGN(journal_, Journal::open(paths_.journal, boot_id_, uuid_));
    clear_up();
    DSCHED_TRY_ASSIGN(socket_, listen_at(paths_.socket));
    attempts_ = make_attempts(loop_, clock_, entropy_, attempt_listener());
    watch();
    return {};
  }

  ~Supervisor() {
    if (socket_) ::unlink(paths_.socket.c_str());
  }

 private:
  // Ends what the supervisors before this one left running, and writes it down as lost.
  void clear_up() {
    for (const JournalEntry* entry : journal_->entries()) {
      if (entry->outcome) continue;
      ProcessTrace trace = entry->trace.value_or(ProcessTrace{});
      trace.cgroup = entry->cgroup;
      if (entry->boot_id == boot_id_ && !end_leftovers(entry->key.run_id, trace))
        log_.error("processes of a lost run cannot be ended", fields_of(entry->key));
      AttemptOutcome lost;
      lost.lost = true;
      lost.started_at = entry->started_at.value_or(clock_.now());
      lost.ended_at = clock_.now();
      record(entry->key, journal_->ended(entry->key, lost));
      log_.warning("run was lost with its supervisor", fields_of(entry->key));
    }
  }

  Attempts::Listener attempt_listener() {
    Attempts::Listener listener;
    listener.before_start = [this](const AttemptKey& key, const std::string& cgroup) {
      const auto job = jobs_.extract({key.run_id, key.attempt});
      return journal_->starting(key, job ? job.mapped() : "", cgroup);
    };
    listener.on_started = [this](const AttemptKey& key, const ProcessTrace& trace, Instant at) {
      record(key, journal_->started(key, trace, at));
      Message message{.type = MessageType::started, .key = key};
      message.started_at = at;
      tell(message);
    };
    listener.on_ended = [this](const AttemptKey& key, const AttemptOutcome& outcome) {
      on_ended(key, outcome);
    };
    return listener;
  }

  void on_ended(const AttemptKey& key, const AttemptOutcome& outcome) {
    jobs_.erase({key.run_id, key.attempt});
    if (journal_->find(key) != nullptr) {
      record(key, journal_->ended(key, outcome));
    } else {
      // It could not be written down, so it was not started; should this be asked again it may
      // start.
      log_.error("run was not started", fields_of(key));
    }
    tell_ended(key, outcome);
    consider_ending();
  }

  void record(const AttemptKey& key, const Result<void>& written) {
    if (written) return;
    std::vector<LogField> fields = fields_of(key);
    fields.push_back({"error", written.error().message});
    log_.error("journal cannot be written; the record is kept in memory", fields);
  }

  void watch() {
    accept_watch_ = loop_.on_ready(socket_.get(), Loop::Interest::read, [this] { accept(); });
    ignored_.push_back(loop_.on_signal(SIGINT, [] {}));
    ignored_.push_back(loop_.on_signal(SIGHUP, [] {}));
    ignored_.push_back(loop_.on_signal(SIGPIPE, [] {}));
    term_watch_ = loop_.on_signal(SIGTERM, [this] { stop_all(); });
    consider_ending();
  }

  void accept() {
    Descriptor socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;
    const Result<Peer> peer = peer_of(socket.get());
    if (!peer || (peer->uid != 0 && peer->uid != ::geteuid()))
      return log_.warning("a connection of another user was refused");
    greeted_ = false;
    daemon_ = std::make_unique<Channel>(
        loop_, clock_, std::move(socket),
        Channel::Listener{[this](Message message) { on_message(std::move(message)); },
                          [this] { on_daemon_gone(); }});
    linger_timer_.reset();
  }

  void on_daemon_gone() {
    daemon_.reset();
    greeted_ = false;
    consider_ending();
  }

  void on_message(Message message) {
    if (message.type == MessageType::hello) return greet(message);
    if (!greeted_) return on_daemon_gone();
    switch (message.type) {
      case MessageType::start:
        return start(std::move(message.request));
      case MessageType::stop:
        return attempts_->stop(message.key, message.signal);
      case MessageType::kill:
        return attempts_->kill(message.key);
      case MessageType::acknowledge:
        return acknowledge(message.key);
      case MessageType::retire:
        retiring_ = true;
        return consider_ending();
      case MessageType::ping:
        message.type = MessageType::pong;
        return tell(message);
      default:
        return on_daemon_gone();
    }
  }

  void greet(const Message& message) {
    Message hello{.type = MessageType::hello};
    hello.supervisor = SupervisorHello{uuid_, same_boot(), {}};
    for (const JournalEntry* entry : journal_->entries())
      hello.supervisor->known.push_back({entry->key, entry->started_at, entry->outcome});
    greeted_ = message.version == kProtocolVersion;
    had_daemon_ = had_daemon_ || greeted_;
    retiring_ = false;
    daemon_->send(hello);
  }

  bool same_boot() const {
    // Without a journal nobody can say what was started before us; what was started since our first
    // daemon we know.
    return had_daemon_ || journal_->previous_boot_id() == boot_id_;
  }

  // At most once: what is known is told again.
  void start(StartRequest request) {
    const AttemptKey key = request.key;
    if (const AttemptOutcome* outcome = remembered_.find(key)) return tell_ended(key, *outcome);
    if (const JournalEntry* entry = journal_->find(key)) {
      if (entry->started_at) {
        Message message{.type = MessageType::started, .key = key};
        message.started_at = *entry->started_at;
        tell(message);
      }
      if (entry->outcome) tell_ended(key, *entry->outcome);
      return;
    }
    if (!jobs_.emplace(std::pair(key.run_id, key.attempt), request.job).second) return;
    attempts_->start(std::move(request));
    if (stopping_) attempts_->stop(key, 0);
  }

  void acknowledge(const AttemptKey& key) {
    const JournalEntry* entry = journal_->find(key);
    if (entry == nullptr || !entry->outcome) return;
    remembered_.add(key, *entry->outcome);
    record(key, journal_->acknowledged(key));
  }

  void tell(const Message& message) {
    if (daemon_ != nullptr && greeted_) daemon_->send(message);
  }

  void tell_ended(const AttemptKey& key, const AttemptOutcome& outcome) {
    Message message{.type = MessageType::ended, .key = key};
    message.outcome = outcome;
    tell(message);
  }

  void stop_all() {
    stopping_ = true;
    log_.info("stopping all runs");
    for (const JournalEntry* entry : journal_->entries()) {
      if (!entry->outcome) attempts_->stop(entry->key, 0);
    }
    for (const auto& [key, job] : jobs_) attempts_->stop({key.first, key.second}, 0);
    consider_ending();
  }

  // Looks again after a while when it may not end yet: nobody tells when what was left behind has
  // closed its pipe.
  void consider_ending() {
    linger_timer_.reset();
    if (attempts_->running() > 0) return;
    if (stopping_) return end_after(Duration{0});
    if (retiring_ && attempts_->draining() == 0) return end_after(Duration{0});
    if (retiring_ || daemon_ == nullptr) end_after(linger_);
  }

  void end_after(Duration pause) {
    linger_timer_ = loop_.at(clock_.boot_now() + pause, [this] {
      if (attempts_->running() == 0 && (stopping_ || attempts_->draining() == 0))
        loop_.stop();
      else
        consider_ending();
    });
  }

  const SupervisorPaths& paths_;
  Loop& loop_;
  Clock& clock_;
  Entropy& entropy_;
  Log& log_;
  Duration linger_;
  Descriptor lock_;
  Descriptor socket_;
  std::string uuid_;
  std::string boot_id_;
  std::unique_ptr<Journal> journal_;
  RememberedEnds remembered_;
  std::map<std::pair<std::string, int>, std::string> jobs_;  // asked for, not in the journal yet
  std::unique_ptr<Attempts> attempts_;
  std::unique_ptr<Channel> daemon_;
  bool had_daemon_ = false;
  bool greeted_ = false;
  bool retiring_ = false;
  bool stopping_ = false;
  Loop::Handle accept_watch_;
  Loop::Handle term_watch_;
  Loop::Handle linger_timer_;
  std::vector<Loop::Handle> ignored_;
};

}  // namespace

SupervisorPaths supervisor_paths(const std::string& state_directory,
                                 const std::string& run_directory) {
  return {run_directory + "/supervisor.sock", state_directory + "/supervisor.journal",
          state_directory + "/supervisor.lock"};
}

Result<void> run_supervisor(const SupervisorPaths& paths, Loop& loop, Clock& clock,
                            Entropy& entropy, Log& log, Duration linger) {
  Supervisor supervisor(paths, loop, clock, entropy, log, linger);
  DSCHED_TRY(supervisor.open());
  loop.run();
  return {};
}

}  // namespace dsched
