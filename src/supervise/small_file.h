#pragma once
// Whole reads of the small files of /proc and /sys, and descriptors that keep clear of 0, 1 and 2.

#include <string>

#include "supervise/descriptor.h"

namespace dsched {

// Empty when it cannot be read.
std::string read_small_file(const std::string& path);

// The same open file under a number above 2, so that arranging a child's standard descriptors
// cannot run over it. Invalid stays invalid.
Descriptor above_standard(Descriptor descriptor);

}  // namespace dsched
