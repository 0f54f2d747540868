#pragma once
// getrandom(2).

#include <memory>

#include "env/entropy.h"

namespace dsched {

std::unique_ptr<Entropy> make_posix_entropy();

}  // namespace dsched
