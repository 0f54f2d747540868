#include "daemon/reloader.h"

#include <map>
#include <utility>

#include "daemon/submitted.h"

namespace dsched {

namespace {

// Editors write several times; the files are looked at when they have been quiet for this long.
constexpr Duration kSettle = std::chrono::milliseconds{200};

std::map<std::string, const Job*> by_name(const Configuration& configuration) {
  std::map<std::string, const Job*> jobs;
  for (const Job& job : configuration.jobs) jobs.emplace(job.name, &job);
  return jobs;
}

ReloadReport compare(const Configuration& before, const Configuration& after) {
  ReloadReport report;
  report.jobs = after.jobs.size();
  report.diagnostics = after.diagnostics;
  const auto old_jobs = by_name(before);
  const auto new_jobs = by_name(after);
  for (const auto& [name, job] : new_jobs) {
    auto old = old_jobs.find(name);
    if (old == old_jobs.end()) {
      report.added.push_back(name);
    } else if (old->second->definition_hash != job->definition_hash ||
               old->second->enabled != job->enabled ||
               old->second->schedule_hash != job->schedule_hash) {
      report.changed.push_back(name);
    }
  }
  for (const auto& [name, job] : old_jobs) {
    if (new_jobs.count(name) == 0) report.removed.push_back(name);
  }
  return report;
}

}  // namespace

Reloader::Reloader(World world, const ConfigSources& sources, std::string submitted,
                   ZoneDatabase& zones, Log& log,
                   std::function<void(const Configuration&)> on_active)
    : world_(world),
      sources_(sources),
      submitted_(std::move(submitted)),
      zones_(zones),
      log_(log),
      on_active_(std::move(on_active)) {}

void Reloader::load_now() {
  active_ = load();
  report_diagnostics(active_);
  watch();
}

// On any thread.
Configuration Reloader::load() const {
  Configuration loaded = load_configuration(sources_, world_.files, zones_);
  mark_submitted(loaded, submitted_);
  return loaded;
}

void Reloader::stop() {
  stopped_ = true;
  watches_.clear();
  settle_.reset();
}

void Reloader::reload(Done done) {
  if (done) waiting_.push_back(std::move(done));
  if (loading_) {
    again_ = true;
    return;
  }
  loading_ = true;
  auto loaded = std::make_shared<Configuration>();
  world_.loop.offload([this, loaded] { *loaded = load(); },
                      [this, loaded] { finish(std::move(*loaded)); });
}

void Reloader::finish(Configuration loaded) {
  loading_ = false;
  if (std::exchange(again_, false) && !stopped_) return reload(nullptr);
  ReloadReport report = compare(active_, active_);
  report.diagnostics = loaded.diagnostics;
  log_.debug("files read", {{"files", std::to_string(loaded.files_read)}});
  if (loaded.content_hash != active_.content_hash && !stopped_) {
    report_diagnostics(loaded);
    Configuration next = keep_last_good(active_, std::move(loaded));
    report = compare(active_, next);
    active_ = std::move(next);
    on_active_(active_);
    watch();
  } else if (loaded.watch_directories != active_.watch_directories && !stopped_) {
    // A directory came or went that has no job in it yet.
    active_.watch_directories = std::move(loaded.watch_directories);
    watch();
  }
  for (Done& done : std::exchange(waiting_, {})) done(report);
}

void Reloader::report_diagnostics(const Configuration& configuration) {
  for (const Diagnostic& diagnostic : configuration.diagnostics) {
    const LogLevel level =
        diagnostic.severity == Severity::error ? LogLevel::error : LogLevel::warning;
    log_.write(level, diagnostic.message,
               {{"code", diagnostic.code},
                {"file", diagnostic.file},
                {"line", std::to_string(diagnostic.line)},
                {"column", std::to_string(diagnostic.column)}});
  }
}

void Reloader::watch() {
  watches_.clear();
  if (!active_.settings.watch) return;
  for (const std::string& directory : active_.watch_directories) {
    watches_.push_back(world_.loop.on_change(directory, [this] {
      settle_ = world_.loop.at(world_.clock.boot_now() + kSettle, [this] { reload(nullptr); });
    }));
  }
}

}  // namespace dsched
