#pragma once
// inotify(7).

#include <memory>

#include "env/directory_hints.h"

namespace dsched {

// Unavailable: the user has as many inotify instances as are allowed.
Result<std::unique_ptr<DirectoryHints>> make_inotify_hints();

}  // namespace dsched
