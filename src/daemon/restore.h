#pragma once
// What a daemon that starts finds in the state directory.

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "env/files.h"
#include "history/history.h"

namespace dsched {

// Cursors, open runs, settled and waiting firings, pauses, pasts; the limits are left empty. Runs
// of a foreground process that is gone are closed as lost; those of one that lives are left to it.
Result<Begin> read_begin(History& history, Files& files, std::vector<JobPtr> jobs, Instant now);

// When a daemon last said that it is there, which it does every minute or so: what waited then has
// been waited for. The epoch when nobody ever did.
Instant last_sign_of_life(const std::string& state_directory, Files& files);
void give_sign_of_life(const std::string& state_directory, Instant now, Files& files);

// Whether a daemon has been here since the host booted. The mark lies in the run directory, which
// does not survive a reboot (or a new container).
bool booted_before(const std::string& run_directory, Files& files);
Result<void> write_boot_mark(const std::string& run_directory, Files& files);

}  // namespace dsched
