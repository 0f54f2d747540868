#pragma once
// The event loop: one thread that runs callbacks, one at a time. A callback may call anything here.
// Everything is to be called on the loop's thread, except Loop::post.

#include <functional>
#include <memory>
#include <string>

#include "base/instant.h"

namespace dsched {

class Loop {
 public:
  // Destroying a Watch ends what it watches; its callback is not called again. A callback may
  // destroy its own Watch.
  class Watch {
   public:
    virtual ~Watch() = default;
  };
  using Handle = std::unique_ptr<Watch>;
  using Callback = std::function<void()>;

  virtual ~Loop() = default;

  // Runs callbacks until stop() is called or nothing is watched any more.
  virtual void run() = 0;
  virtual void stop() = 0;

  // Once, at or soon after the instant of the boot clock.
  virtual Handle at(BootInstant when, Callback callback) = 0;

  // At or soon after the wall-clock instant, and at once (jumped = true) when the wall clock is
  // set. Fires once.
  virtual Handle at_wall(Instant when, std::function<void(bool jumped)> callback) = 0;

  enum class Interest { read, write };
  // Whenever fd is ready (or in error, so that the next read or write tells). The fd stays the
  // caller's and must outlive the Watch.
  virtual Handle on_ready(int fd, Interest interest, Callback callback) = 0;

  // Each time the signal arrives (several arrivals may be one call). Its default action is
  // replaced.
  virtual Handle on_signal(int signal_number, Callback callback) = 0;

  // When something in the directory may have changed: a hint to look again, possibly late, doubled
  // or missing.
  virtual Handle on_change(const std::string& directory, Callback callback) = 0;

  // Runs work on another thread, then done on the loop's. Work that has begun is waited for when
  // the loop is destroyed.
  virtual void offload(Callback work, Callback done) = 0;

  // From any thread: callback is run by the loop soon.
  virtual void post(Callback callback) = 0;
};

}  // namespace dsched
