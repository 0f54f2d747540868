#pragma once
// Which files the job directories hold.

#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "config/config.h"

namespace dsched {

enum class JobFileKind { toml, crontab };

struct FoundFile {
  std::string path;
  std::string name;  // below its directory, without the ending: "backup/db"
  JobFileKind kind = JobFileKind::toml;
};

struct Discovery {
  std::map<std::string, FoundFile> files;  // by path below the job directory: later directories win
  std::vector<std::string> directories;    // walked, and those of which something is expected
};

// Faults (E502, E503) and ignored files (W101) are added to diagnostics.
Discovery discover_job_files(const std::vector<std::string>& job_directories, Files& files,
                             std::vector<Diagnostic>& diagnostics);

// "dir/backup.toml" -> "backup"
std::string stem_of(const std::string& path);
std::string directory_of(const std::string& path);  // "." without one
JobFileKind kind_of(const std::string& path);

}  // namespace dsched
