#pragma once
// A clock and a loop on virtual time.

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "env/clock.h"
#include "env/loop.h"

namespace dsched {

class VirtualClock final : public Clock {
 public:
  Instant now() override { return wall; }
  BootInstant boot_now() override { return boot; }

  Instant wall{std::chrono::seconds{1795176000}};  // 2026-11-20T12:00:00Z
  BootInstant boot{std::chrono::hours{24}};
};

class VirtualLoop final : public Loop {
 public:
  explicit VirtualLoop(VirtualClock& clock) : clock_(clock) {}

  // What the offloaded work that sets it takes; otherwise it takes no time.
  Duration work_takes{0};

  // While this is set, offloaded work does not get on.
  bool hold_up = false;
  std::size_t held_up() const { return held_up_.size(); }
  void release() {
    hold_up = false;
    for (Callback& work : std::exchange(held_up_, {})) ready_.push_back(std::move(work));
  }

  std::size_t timers() const { return timers_.size(); }

  // Everything that happens until then, in order.
  void run_for(Duration span) {
    const BootInstant end = clock_.boot + span;
    for (;;) {
      run_ready();
      const auto next =
          std::min_element(timers_.begin(), timers_.end(),
                           [this](const Timer* a, const Timer* b) { return due(*a) < due(*b); });
      if (next == timers_.end() || due(**next) > end) break;
      advance_to(std::max(due(**next), clock_.boot));
      fire(*next, false);
    }
    advance_to(end);
  }

  void set_wall(Instant wall) {
    clock_.wall = wall;
    std::vector<Timer*> on_wall;
    for (Timer* timer : timers_)
      if (timer->wall) on_wall.push_back(timer);
    for (Timer* timer : on_wall) fire(timer, true);
  }

  void run() override { DSCHED_CHECK(false); }
  void stop() override {}
  Handle at(BootInstant when, Callback callback) override {
    auto call = [callback = std::move(callback)](bool) { callback(); };
    return std::make_unique<Timer>(*this, std::nullopt, when, std::move(call));
  }
  Handle at_wall(Instant when, std::function<void(bool)> callback) override {
    return std::make_unique<Timer>(*this, when, BootInstant{}, std::move(callback));
  }
  void offload(Callback work, Callback done) override {
    (hold_up ? held_up_ : ready_).push_back([this, work = std::move(work), done = std::move(done)] {
      work_takes = Duration{0};
      work();
      finishing_.push_back(at(clock_.boot + work_takes, done));
    });
  }
  void post(Callback callback) override { ready_.push_back(std::move(callback)); }
  Handle on_ready(int, Interest, Callback) override { return nullptr; }
  Handle on_signal(int, Callback) override { return nullptr; }
  Handle on_change(const std::string&, Callback) override { return nullptr; }

 private:
  struct Timer final : Watch {
    Timer(VirtualLoop& its_loop, std::optional<Instant> at_wall, BootInstant at_boot,
          std::function<void(bool)> function)
        : loop(its_loop), wall(at_wall), boot(at_boot), callback(std::move(function)) {
      loop.timers_.push_back(this);
    }
    ~Timer() override { std::erase(loop.timers_, this); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    VirtualLoop& loop;
    std::optional<Instant> wall;
    BootInstant boot;
    std::function<void(bool)> callback;
  };

  BootInstant due(const Timer& timer) const {
    return timer.wall ? clock_.boot + (*timer.wall - clock_.wall) : timer.boot;
  }

  // The callback may destroy its timer.
  void fire(Timer* timer, bool jumped) {
    std::erase(timers_, timer);
    const auto callback = std::move(timer->callback);
    callback(jumped);
  }

  void run_ready() {
    while (!ready_.empty()) {
      const Callback callback = std::move(ready_.front());
      ready_.pop_front();
      callback();
    }
  }

  void advance_to(BootInstant boot) {
    clock_.wall += boot - clock_.boot;
    clock_.boot = boot;
  }

  VirtualClock& clock_;
  std::vector<Timer*> timers_;
  std::deque<Callback> ready_;
  std::deque<Callback> held_up_;
  std::vector<Handle> finishing_;
};

}  // namespace dsched
