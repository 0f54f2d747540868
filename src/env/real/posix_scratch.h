#pragma once
// Scratch directories on a local file system.

#include <memory>

#include "env/scratch.h"

namespace dsched {

std::unique_ptr<Scratch> make_posix_scratch();

}  // namespace dsched
