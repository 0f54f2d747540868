#pragma once
// The event loop on libuv; wall-clock wake-ups by timerfd(2) with TFD_TIMER_CANCEL_ON_SET.

#include <memory>

#include "env/clock.h"
#include "env/loop.h"

namespace dsched {

// The clock must outlive the loop.
std::unique_ptr<Loop> make_uv_loop(Clock& clock);

}  // namespace dsched
