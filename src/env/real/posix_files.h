#pragma once
// The real file system.

#include <memory>

#include "env/files.h"

namespace dsched {

std::unique_ptr<Files> make_posix_files();

}  // namespace dsched
