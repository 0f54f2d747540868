// A crontab file may hold anything: reading it ends in jobs that can be asked and in messages that
// can be shown.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "config/config.h"
#include "support/mem_files.h"

namespace {

dsched::Configuration load(std::string text) {
  using dsched::Error;
  dsched::ZoneDatabase zones({}, [](const std::string& path) -> dsched::Result<std::string> {
    return Error{dsched::ErrorCode::not_found, path, ""};
  });
  dsched::MemFiles files;
  files.put("/crontab", std::move(text));
  dsched::ConfigSources sources;
  sources.job_directories.clear();
  sources.crontab_files = {"/crontab"};
  return dsched::load_configuration(sources, files, zones);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const dsched::Configuration loaded = load(text);
  for (const dsched::Job& job : loaded.jobs) {
    DSCHED_CHECK(dsched::check_job_name(job.name).has_value());
    DSCHED_CHECK(job.schedules.size() == job.timetable.schedules().size());
    job.timetable.next(dsched::Second{std::chrono::seconds{1'700'000'000}});
  }
  for (const dsched::Diagnostic& diagnostic : loaded.diagnostics) {
    DSCHED_CHECK(!diagnostic.code.empty() && !diagnostic.message.empty());
    DSCHED_CHECK(!render(diagnostic, false).empty());
  }
  return 0;
}
