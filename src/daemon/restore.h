#pragma once
// What a daemon that starts finds in the state directory.

#include <string>

#include "base/result.h"
#include "engine/engine.h"
#include "env/files.h"
#include "history/history.h"

namespace dsched {

// Cursors, open runs and settled firings; the jobs are left empty. Runs of a foreground process
// that is gone are closed as lost; those of one that lives are left to it.
Result<Begin> read_begin(History& history, Files& files, Instant now);

// Whether a daemon has been here since the host booted. The mark lies in the run directory, which
// does not survive a reboot (or a new container).
bool booted_before(const std::string& run_directory, Files& files);
Result<void> write_boot_mark(const std::string& run_directory, Files& files);

}  // namespace dsched
