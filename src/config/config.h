#pragma once
// From files to jobs and settings. Reads everything, reports every fault of every file in one go,
// and keeps what is good: a fault never harms another file or another job.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "config/settings.h"
#include "env/files.h"
#include "env/users.h"
#include "model/job.h"
#include "time/zone_database.h"

namespace dsched {

// Which files make up a configuration. Later job directories override earlier ones: the same file
// name replaces, an empty file masks.
struct ConfigSources {
  std::vector<std::string>
      settings_files;              // read in order, later values win; a missing one is fine ...
  bool settings_required = false;  // ... unless the user named it
  std::vector<std::string> job_directories;  // *.toml and *.cron below them; a missing one is fine
  std::vector<std::string> job_files;        // TOML, "-" = stdin_text; named ones must exist
  std::vector<std::string> crontab_files;    // user-crontab form; named ones must exist
  std::string stdin_text;                    // what "-" stands for
  bool system_scope = false;                 // the key `user` is allowed
  std::uint32_t owner_uid = 0;               // files must belong to root or to this user (E501)
  bool check_owner = true;                   // false for files named on the command line
  bool inherit_env = false;                  // container mode: the default of the key inherit_env
  std::string host;                          // for stable hashes
  std::string home;                          // for HOME in crontab files of user scope
  std::shared_ptr<const Zone> local_zone;    // of the host; null = UTC
};

// A definition that was refused. job is empty when the whole file is (syntax error, permissions,
// unreadable).
struct Rejected {
  std::string file;
  std::string job;
};

struct Configuration {
  Settings settings;
  std::vector<Job> jobs;                // sorted by name
  std::vector<Diagnostic> diagnostics;  // sorted
  std::vector<Rejected> rejected;
  bool settings_rejected = false;  // a settings file has errors: only what is right in it counts
  std::size_t files_read = 0;
  std::vector<std::string>
      watch_directories;  // where a change of files may change the configuration
  std::uint64_t content_hash =
      0;  // of the bytes read and the names of the files: equal = nothing changed
};

Configuration load_configuration(const ConfigSources& sources, Files& files, ZoneDatabase& zones);

// The configuration a daemon goes on with: `loaded`, plus the jobs of `active` that `loaded`
// refused, and the settings of `active` when a settings file has errors (then the jobs of `active`
// stay as they were, too).
Configuration keep_last_good(const Configuration& active, Configuration loaded);

// What only the world can tell about correct definitions: users, directories, programs (E401, E402,
// W403, W404).
std::vector<Diagnostic> check_world(const std::vector<Job>& jobs, Files& files, Users& users);

// The text of a new job file for `dsched add`: what the user gave, and the commonest other keys as
// comments.
struct NewJob {
  std::vector<std::string> schedules;
  std::vector<std::string> command;  // one word = shell text, several = argument list
  std::string timezone, timeout, user, overlap, description;
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<std::string> tags;
  int retry = 0;
  bool enabled = true;
};
std::string new_job_text(const NewJob& job);

}  // namespace dsched
