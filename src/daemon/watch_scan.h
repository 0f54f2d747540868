#pragma once
// One look at the files that match the patterns of a job (watching.md).

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "env/files.h"
#include "model/file_settling.h"

namespace dsched {

struct WatchGlob {
  std::string text;     // absolute
  bool is_new = false;  // what matches it only is the baseline
};

struct WatchScan {
  FileSnapshot snapshot;            // without the instant
  bool remote = false;              // some of it is on network file systems
  bool without_hints = false;       // no hints come from some of the directories
  std::optional<Error> hint_error;  // why, when the system refused
  std::optional<Error> read_error;  // the first of the directories that could not be read
};

// Blocks. Each directory is added to `hints` (null: there are none) before it is read, so that
// nothing happens unseen. At most `max_files` files, the ones last modified.
WatchScan scan_files(Files& files, DirectoryHints* hints, const std::vector<WatchGlob>& globs,
                     std::size_t max_files = kMaxWatchedFiles);

}  // namespace dsched
