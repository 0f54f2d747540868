#pragma once
// getpwnam(3) and friends.

#include <memory>

#include "env/users.h"

namespace dsched {

std::unique_ptr<Users> make_posix_users();

}  // namespace dsched
