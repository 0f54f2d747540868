#pragma once
// A loop and its clocks whose time goes on only when it is told to. Offloaded work takes no time,
// unless it is held up.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "env/clock.h"
#include "env/loop.h"

namespace dsched {

class SteppedLoop final : public Loop, public Clock {
 public:
  Instant now() override { return Instant{boot_.time_since_epoch()}; }
  BootInstant boot_now() override { return boot_; }

  // Runs everything that is due until then.
  void run_for(Duration duration) {
    const BootInstant until = boot_ + duration;
    for (;;) {
      run_offloaded();
      if (timers_.empty() || timers_.begin()->first.first > until) break;
      auto timer = timers_.extract(timers_.begin());
      boot_ = std::max(boot_, timer.key().first);
      timer.mapped()();
    }
    boot_ = until;
  }

  // While it is held up, offloaded work waits.
  void hold_up(bool held_up) { held_up_ = held_up; }
  std::size_t offloaded() const { return offloaded_.size(); }
  std::size_t timers() const { return timers_.size(); }

  Handle at(BootInstant when, Callback callback) override {
    const Key key{when, next_++};
    timers_.emplace(key, std::move(callback));
    return std::make_unique<Timer>(*this, key);
  }
  void offload(Callback work, Callback done) override {
    offloaded_.emplace_back(std::move(work), std::move(done));
  }
  void post(Callback callback) override {
    offload([] {}, std::move(callback));
  }

  // What the offloaded work that sets it takes; otherwise it takes no time.
  Duration work_takes{0};

  void run() override { DSCHED_CHECK(false); }
  void stop() override {}
  Handle at_wall(Instant, std::function<void(bool)>) override { return nullptr; }
  Handle on_ready(int, Interest, Callback) override { return nullptr; }
  Handle on_signal(int, Callback) override { return nullptr; }
  Handle on_change(const std::string&, Callback) override { return nullptr; }

 private:
  using Key = std::pair<BootInstant, std::uint64_t>;

  struct Timer final : Watch {
    Timer(SteppedLoop& timed_loop, Key timer_key) : loop(timed_loop), key(timer_key) {}
    ~Timer() override { loop.timers_.erase(key); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    SteppedLoop& loop;
    Key key;
  };

  void run_offloaded() {
    while (!held_up_ && !offloaded_.empty()) {
      for (auto& [work, done] : std::exchange(offloaded_, {})) {
        work();
        done();
      }
    }
  }

  BootInstant boot_{std::chrono::hours{1}};
  std::map<Key, Callback> timers_;
  std::uint64_t next_ = 0;
  std::vector<std::pair<Callback, Callback>> offloaded_;
  bool held_up_ = false;
};

}  // namespace dsched
