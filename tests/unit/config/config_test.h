#pragma once
// What the tests of config share: a configuration from texts, and short forms of diagnostics.

#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "support/mem_files.h"

namespace dsched {

// Only UTC: the tests need no zone files.
inline ZoneDatabase test_zones() {
  return ZoneDatabase({"/usr/share/zoneinfo"}, [](const std::string& path) -> Result<std::string> {
    return Error{ErrorCode::not_found, path + ": not there", ""};
  });
}

struct Loading {
  MemFiles files;
  ConfigSources sources;

  Loading() { sources.job_directories = {"/jobs.d"}; }

  Configuration load() {
    ZoneDatabase zones = test_zones();
    return load_configuration(sources, files, zones);
  }
};

// One file named by the user.
inline Configuration load_text(const std::string& text, const std::string& name = "x.toml",
                               bool system_scope = false) {
  Loading loading;
  loading.files.put(name, text);
  loading.sources.job_directories.clear();
  loading.sources.system_scope = system_scope;
  loading.sources.job_files = {name};
  return loading.load();
}

// "E304 2:15-17"
inline std::string brief(const Diagnostic& diagnostic) {
  return diagnostic.code + " " + std::to_string(diagnostic.line) + ":" +
         std::to_string(diagnostic.column) + "-" + std::to_string(diagnostic.end_column);
}

inline std::string brief(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics)
    text += (text.empty() ? "" : ", ") + brief(diagnostic);
  return text;
}

inline std::string rendered(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += render(diagnostic, false);
  return text;
}

inline const Job* find_job(const Configuration& configuration, const std::string& name) {
  for (const Job& job : configuration.jobs) {
    if (job.name == name) return &job;
  }
  return nullptr;
}

}  // namespace dsched
