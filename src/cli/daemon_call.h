#pragma once
// What the commands that ask the daemon for something share.

#include <string>
#include <vector>

#include "cli/jobs.h"
#include "cli/json.h"

namespace dsched {

// The files and the history, for a command that is nothing without the daemon: --file is refused.
Outcome<Workspace> open_for_daemon(const Context& context);

// Names and patterns of the command line as names of jobs. A name that no file of ours knows stays:
// the daemon may read others.
Outcome<std::vector<std::string>> jobs_to_ask_for(const std::vector<Job>& jobs,
                                                  const std::vector<std::string>& words);

// What the daemon refused, with the exit code 4 when there is none, and with names that are near
// those that nobody knows.
Failure daemon_failure(Error error, const std::vector<Job>& jobs,
                       const std::vector<std::string>& names);

// "nightly", "nightly and weekly", "nightly, weekly and 3 more"
std::string names_in_words(const std::vector<std::string>& names);

Json texts_json(const std::vector<std::string>& texts);

}  // namespace dsched
