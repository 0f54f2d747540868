#include "supervise/attempts.h"

#include <cerrno>
#include <deque>
#include <map>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "supervise/attempt_run.h"
#include "supervise/processes.h"
#include "supervise/small_file.h"

namespace dsched {

namespace {

// Starts per turn of the loop, so that many at once do not keep output and ends waiting.
constexpr int kStartsPerTurn = 16;
constexpr Duration kLongTime = std::chrono::years{100};

// Each attempt takes a few descriptors. The limit that jobs get back, when ours was raised.
std::optional<rlimit> raise_open_files() {
  rlimit before{};
  if (::getrlimit(RLIMIT_NOFILE, &before) != 0 || before.rlim_cur == before.rlim_max) return {};
  const rlimit raised{before.rlim_max, before.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return {};
  return before;
}

class LiveAttempts final : public Attempts {
 public:
  LiveAttempts(Loop& loop, Clock& clock, Entropy& entropy, Listener listener,
               AttemptsOptions options)
      : world_{loop,
               clock,
               entropy,
               std::move(listener),
               options,
               options.use_cgroups ? Cgroups::open() : nullptr,
               above_standard(Descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC))),
               raise_open_files()} {
    DSCHED_CHECK(world_.null_device);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    child_watch_ = loop.on_signal(SIGCHLD, [this] { reap(); });
  }

  void start(StartRequest request) override {
    auto run = std::make_unique<AttemptRun>(world_, std::move(request), [this] { settle_soon(); });
    waiting_.push_back(run.get());
    runs_.push_back(std::move(run));
    // A loop does not go on for a signal alone, but an attempt is a reason to go on.
    if (keep_loop_ == nullptr)
      keep_loop_ = world_.loop.at(world_.clock.boot_now() + kLongTime, [] {});
    start_soon();
  }

  void stop(const AttemptKey& key, int signal) override {
    if (AttemptRun* run = find(key)) run->stop(signal);
  }

  void kill(const AttemptKey& key) override {
    if (AttemptRun* run = find(key)) run->kill();
  }

  std::size_t running() const override { return count(false); }
  std::size_t draining() const override { return count(true); }

 private:
  std::size_t count(bool ended) const {
    std::size_t number = 0;
    for (const auto& run : runs_) number += run->ended() == ended ? 1 : 0;
    return number;
  }

  AttemptRun* find(const AttemptKey& key) {
    for (const auto& run : runs_) {
      if (run->key() == key && !run->ended()) return run.get();
    }
    return nullptr;
  }

  void start_soon() {
    start_timer_ = world_.loop.at(world_.clock.boot_now(), [this] { start_waiting(); });
  }

  void start_waiting() {
    for (int i = 0; i < kStartsPerTurn && !waiting_.empty(); ++i) {
      AttemptRun* run = waiting_.front();
      waiting_.pop_front();
      run->begin();
      if (run->pid() > 0) by_pid_[run->pid()] = run;
    }
    if (!waiting_.empty()) start_soon();
  }

  // All the dead are collected before any attempt ends: a process that died with its main process
  // is not left behind.
  void reap() {
    std::vector<std::pair<int, rusage>> ends;
    std::vector<AttemptRun*> ended;
    bool orphan = false;
    for (;;) {
      int status = 0;
      rusage usage{};
      const pid_t pid = ::wait4(-1, &status, WNOHANG, &usage);
      if (pid < 0 && errno == EINTR) continue;
      if (pid <= 0) break;
      const auto found = by_pid_.find(pid);
      orphan = orphan || found == by_pid_.end();
      if (found == by_pid_.end()) continue;
      ended.push_back(found->second);
      ends.emplace_back(status, usage);
      by_pid_.erase(found);
    }
    for (std::size_t i = 0; i < ended.size(); ++i) ended[i]->reaped(ends[i].first, ends[i].second);
    if (!orphan) return;
    for (std::size_t i = 0; i < runs_.size(); ++i) runs_[i]->look_again();
  }

  void settle_soon() {
    if (settle_timer_ != nullptr) return;
    settle_timer_ = world_.loop.at(world_.clock.boot_now(), [this] {
      settle_timer_.reset();
      std::erase_if(runs_, [](const auto& run) { return run->settled(); });
      if (runs_.empty()) keep_loop_.reset();
    });
  }

  AttemptWorld world_;
  std::vector<std::unique_ptr<AttemptRun>> runs_;
  std::deque<AttemptRun*> waiting_;
  std::map<pid_t, AttemptRun*> by_pid_;
  Loop::Handle child_watch_;
  Loop::Handle start_timer_;
  Loop::Handle settle_timer_;
  Loop::Handle keep_loop_;
};

}  // namespace

std::unique_ptr<Attempts> make_attempts(Loop& loop, Clock& clock, Entropy& entropy,
                                        Attempts::Listener listener, AttemptsOptions options) {
  return std::make_unique<LiveAttempts>(loop, clock, entropy, std::move(listener),
                                        std::move(options));
}

bool end_leftovers(const std::string& run_id, const ProcessTrace& trace) {
  constexpr int kRounds = 50;
  constexpr int kRoundMs = 100;
  if (!trace.script_path.empty()) ::unlink(trace.script_path.c_str());
  ProcessInfo leader;
  // While its session lives the number cannot be given to another process: a later start means that
  // it is over.
  const bool reused = read_process(trace.pid, leader) && leader.start_ticks != trace.start_ticks;
  const pid_t session = reused ? 0 : trace.pid;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<pid_t> left = processes_of(run_id, session);
    if (!trace.cgroup.empty()) {
      kill_cgroup(trace.cgroup);
      const auto members = cgroup_processes(trace.cgroup);
      left.insert(left.end(), members.begin(), members.end());
    }
    if (left.empty()) break;
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    wait_until_ended(left, kRoundMs);
  }
  const bool cgroup_gone = trace.cgroup.empty() || remove_cgroup(trace.cgroup);
  return cgroup_gone && processes_of(run_id, session).empty();
}

}  // namespace dsched
