#pragma once
// Where configuration, state and sockets are: scope, XDG directories, options and environment.

#include <string>
#include <vector>

#include "cli/context.h"
#include "config/config.h"

namespace dsched {

struct Paths {
  bool system_scope = false;
  bool files_only = false;  // -f: no daemon
  std::vector<std::string> settings_files;
  bool settings_required = false;
  std::vector<std::string> job_directories;  // the last one is where `add` writes
  std::vector<std::string> job_files;
  std::string state_directory;  // empty with --no-state
  std::string run_directory;
  std::string log_directory;  // empty with --no-state

  std::string history_file() const { return state_directory + "/history.db"; }
};

// Failures: HOME is not known, a scope that is none.
Outcome<Paths> resolve_paths(const Context& context);

// What load_configuration reads for these paths. Reads standard input when "-" is among the files.
ConfigSources config_sources(const Paths& paths, const Context& context);

// A path relative to the working directory as an absolute one.
std::string absolute_path(const Context& context, const std::string& path);

// With "~" for the home directory, for people.
std::string tilde_path(const Context& context, const std::string& path);

std::string home_directory(const Context& context);

}  // namespace dsched
