#pragma once
// The system's clocks.

#include <memory>

#include "env/clock.h"

namespace dsched {

std::unique_ptr<Clock> make_posix_clock();

}  // namespace dsched
