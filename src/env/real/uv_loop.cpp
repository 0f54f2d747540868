#include "env/real/uv_loop.h"

#include <cerrno>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#include "base/check.h"

namespace dsched {

namespace {

timespec to_timespec(Duration since_epoch) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  return timespec{static_cast<time_t>(seconds.count()),
                  static_cast<long>(std::chrono::nanoseconds{since_epoch - seconds}.count())};
}

// A zero it_value would disarm the timer, so the earliest moment asked for is one microsecond after
// the epoch.
itimerspec to_timer(Duration since_epoch) {
  return itimerspec{{0, 0}, to_timespec(std::max(since_epoch, Duration{1}))};
}

// A libuv handle and the callback it serves. libuv closes handles later than we stop to want them,
// so the slot outlives its Watch and deletes itself when libuv lets go.
template <class UvHandle, class Function>
struct Slot {
  UvHandle handle{};
  std::shared_ptr<Function> function;

  explicit Slot(Function f) : function(std::make_shared<Function>(std::move(f))) {
    handle.data = this;
  }

  static Slot* of(UvHandle* handle) { return static_cast<Slot*>(handle->data); }

  void close() {
    function.reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&handle),
             [](uv_handle_t* closed) { delete static_cast<Slot*>(closed->data); });
  }

  // The callback may destroy the Watch, and with it `function`.
  template <class... Arguments>
  static void call(UvHandle* handle, Arguments... arguments) {
    auto keep = of(handle)->function;
    if (keep != nullptr) (*keep)(arguments...);
  }
};

using PollSlot = Slot<uv_poll_t, Loop::Callback>;
using SignalSlot = Slot<uv_signal_t, Loop::Callback>;
using ChangeSlot = Slot<uv_fs_event_t, Loop::Callback>;

template <class SlotType>
class SlotWatch : public Loop::Watch {
 public:
  explicit SlotWatch(SlotType* slot) : slot_(slot) {}
  ~SlotWatch() override { slot_->close(); }
  SlotWatch(const SlotWatch&) = delete;
  SlotWatch& operator=(const SlotWatch&) = delete;

 private:
  SlotType* slot_;
};

class UvLoop final : public Loop {
 public:
  explicit UvLoop(Clock& clock) : clock_(clock) {
    // Read by libuv when it starts its threads. Four wait for disks; as many may wait for networks.
    ::setenv("UV_THREADPOOL_SIZE", "8", 0);
    DSCHED_CHECK(uv_loop_init(&loop_) == 0);
    DSCHED_CHECK(uv_async_init(&loop_, &async_, [](uv_async_t* handle) {
                   static_cast<UvLoop*>(handle->data)->run_posted();
                 }) == 0);
    async_.data = this;
    uv_unref(reinterpret_cast<uv_handle_t*>(&async_));
    timer_fd_ = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    DSCHED_CHECK(timer_fd_ >= 0);
  }

  ~UvLoop() override {
    timer_poll_.reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&async_), nullptr);
    while (uv_run(&loop_, UV_RUN_DEFAULT) != 0) {
    }
    DSCHED_CHECK(uv_loop_close(&loop_) == 0);
    ::close(timer_fd_);
  }

  void run() override {
    stopped_ = false;
    for (;;) {
      uv_run(&loop_, UV_RUN_DEFAULT);
      // The handle behind post() does not keep libuv going, but what was posted is still to be
      // done.
      if (stopped_ || !has_posted()) return;
      run_posted();
    }
  }

  void stop() override {
    stopped_ = true;
    uv_stop(&loop_);
  }

  Handle at(BootInstant when, Callback callback) override {
    const TimerKey key{when, next_timer_++};
    timers_.emplace(key, std::move(callback));
    arm_timer();
    return std::make_unique<TimerWatch>(*this, key);
  }

  Handle at_wall(Instant when, std::function<void(bool)> callback) override {
    return std::make_unique<WallWatch>(*this, when, std::move(callback));
  }

  Handle on_ready(int fd, Interest interest, Callback callback) override {
    return std::make_unique<PollWatch>(*this, fd, interest, std::move(callback));
  }

  Handle on_signal(int signal_number, Callback callback) override {
    auto* slot = new SignalSlot(std::move(callback));
    DSCHED_CHECK(uv_signal_init(&loop_, &slot->handle) == 0);
    const auto forward = [](uv_signal_t* handle, int) { SignalSlot::call(handle); };
    DSCHED_CHECK(uv_signal_start(&slot->handle, forward, signal_number) == 0);
    // A signal alone is no reason to go on running.
    uv_unref(reinterpret_cast<uv_handle_t*>(&slot->handle));
    return std::make_unique<SlotWatch<SignalSlot>>(slot);
  }

  Handle on_change(const std::string& directory, Callback callback) override {
    auto* slot = new ChangeSlot(std::move(callback));
    DSCHED_CHECK(uv_fs_event_init(&loop_, &slot->handle) == 0);
    const auto forward = [](uv_fs_event_t* handle, const char*, int, int) {
      ChangeSlot::call(handle);
    };
    // Failure (no inotify watches left, directory gone) means no hints, which the contract allows.
    uv_fs_event_start(&slot->handle, forward, directory.c_str(), 0);
    uv_unref(reinterpret_cast<uv_handle_t*>(&slot->handle));
    return std::make_unique<SlotWatch<ChangeSlot>>(slot);
  }

  void offload(Callback work, Callback done) override {
    auto* request = new WorkRequest{{}, std::move(work), std::move(done)};
    request->request.data = request;
    const auto run_work = [](uv_work_t* work_request) {
      static_cast<WorkRequest*>(work_request->data)->work();
    };
    const auto run_done = [](uv_work_t* work_request, int) {
      std::unique_ptr<WorkRequest> owned(static_cast<WorkRequest*>(work_request->data));
      owned->done();
    };
    DSCHED_CHECK(uv_queue_work(&loop_, &request->request, run_work, run_done) == 0);
  }

  void post(Callback callback) override {
    {
      const std::lock_guard lock(posted_mutex_);
      posted_.push_back(std::move(callback));
    }
    uv_async_send(&async_);
  }

 private:
  using TimerKey = std::pair<BootInstant, std::uint64_t>;

  struct WorkRequest {
    uv_work_t request;
    Callback work;
    Callback done;
  };

  class TimerWatch : public Watch {
   public:
    TimerWatch(UvLoop& loop, TimerKey key) : loop_(loop), key_(key) {}
    ~TimerWatch() override {
      if (loop_.timers_.erase(key_) > 0) loop_.arm_timer();
    }
    TimerWatch(const TimerWatch&) = delete;
    TimerWatch& operator=(const TimerWatch&) = delete;

   private:
    UvLoop& loop_;
    TimerKey key_;
  };

  class PollWatch : public Watch {
   public:
    PollWatch(UvLoop& loop, int fd, Interest interest, Callback callback)
        : loop_(loop), fd_(fd), slot_(new PollSlot(std::move(callback))) {
      // libuv takes a descriptor once; the second watch of a socket gets a duplicate.
      if (!loop_.watched_.insert(fd_).second) {
        fd_ = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
        DSCHED_CHECK(fd_ >= 0);
        duplicate_ = true;
        loop_.watched_.insert(fd_);
      }
      DSCHED_CHECK(uv_poll_init(&loop_.loop_, &slot_->handle, fd_) == 0);
      const int events = interest == Interest::read ? UV_READABLE : UV_WRITABLE;
      const auto forward = [](uv_poll_t* handle, int, int) { PollSlot::call(handle); };
      DSCHED_CHECK(uv_poll_start(&slot_->handle, events, forward) == 0);
    }
    ~PollWatch() override {
      uv_poll_stop(&slot_->handle);
      slot_->close();
      loop_.watched_.erase(fd_);
      if (duplicate_) ::close(fd_);
    }
    PollWatch(const PollWatch&) = delete;
    PollWatch& operator=(const PollWatch&) = delete;

   private:
    UvLoop& loop_;
    int fd_;
    bool duplicate_ = false;
    PollSlot* slot_;
  };

  class WallWatch : public Watch {
   public:
    WallWatch(UvLoop& loop, Instant when, std::function<void(bool)> callback)
        : fd_(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)),
          callback_(std::make_shared<std::function<void(bool)>>(std::move(callback))) {
      DSCHED_CHECK(fd_ >= 0);
      const itimerspec timer = to_timer(when.time_since_epoch());
      DSCHED_CHECK(
          timerfd_settime(fd_, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &timer, nullptr) == 0);
      poll_ = loop.on_ready(fd_, Interest::read, [this] { fire(); });
    }
    ~WallWatch() override {
      poll_.reset();
      ::close(fd_);
    }
    WallWatch(const WallWatch&) = delete;
    WallWatch& operator=(const WallWatch&) = delete;

   private:
    void fire() {
      std::uint64_t expirations = 0;
      const bool jumped = ::read(fd_, &expirations, sizeof expirations) < 0 && errno == ECANCELED;
      if (!jumped && expirations == 0) return;
      poll_.reset();
      auto keep = callback_;
      (*keep)(jumped);
    }

    int fd_;
    std::shared_ptr<std::function<void(bool)>> callback_;
    Handle poll_;
  };

  void arm_timer() {
    if (timers_.empty()) {
      timer_poll_.reset();
      armed_for_ = BootInstant::max();
      return;
    }
    if (timer_poll_ == nullptr)
      timer_poll_ = on_ready(timer_fd_, Interest::read, [this] { run_timers(); });
    if (timers_.begin()->first.first == armed_for_) return;
    armed_for_ = timers_.begin()->first.first;
    const itimerspec timer = to_timer(armed_for_.time_since_epoch());
    DSCHED_CHECK(timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &timer, nullptr) == 0);
  }

  void run_timers() {
    std::uint64_t expirations = 0;
    [[maybe_unused]] const ssize_t got = ::read(timer_fd_, &expirations, sizeof expirations);
    armed_for_ = BootInstant::max();
    const BootInstant now = clock_.boot_now();
    while (!timers_.empty() && timers_.begin()->first.first <= now) {
      // The callback may destroy its Watch, which then finds nothing to erase.
      const Callback callback = std::move(timers_.extract(timers_.begin()).mapped());
      callback();
    }
    arm_timer();
  }

  bool has_posted() {
    const std::lock_guard lock(posted_mutex_);
    return !posted_.empty();
  }

  void run_posted() {
    std::vector<Callback> callbacks;
    {
      const std::lock_guard lock(posted_mutex_);
      callbacks.swap(posted_);
    }
    for (Callback& callback : callbacks) callback();
  }

  Clock& clock_;
  uv_loop_t loop_{};
  uv_async_t async_{};
  bool stopped_ = false;
  int timer_fd_ = -1;
  Handle timer_poll_;
  std::map<TimerKey, Callback> timers_;
  std::uint64_t next_timer_ = 0;
  BootInstant armed_for_ = BootInstant::max();
  std::set<int> watched_;
  std::mutex posted_mutex_;
  std::vector<Callback> posted_;
};

}  // namespace

std::unique_ptr<Loop> make_uv_loop(Clock& clock) {
  return std::make_unique<UvLoop>(clock);
}

}  // namespace dsched
