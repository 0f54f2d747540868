#pragma once
// Keeps the daemon's configuration: loads it, notices changes, and goes on with the last good
// version of what is broken.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/config.h"
#include "daemon/control.h"
#include "daemon/world.h"
#include "time/zone_database.h"

namespace dsched {

class Reloader {
 public:
  using Done = std::function<void(const ReloadReport&)>;

  // on_active is called with each configuration that becomes active. Jobs whose files are in the
  // directory `submitted` are those of `dsched submit`. The references outlive the reloader.
  Reloader(World world, const ConfigSources& sources, std::string submitted, ZoneDatabase& zones,
           Log& log, std::function<void(const Configuration&)> on_active);

  // Blocks; for the start.
  void load_now();

  // Loads on another thread and makes it active if anything changed; done (may be empty) is told in
  // any case.
  void reload(Done done);

  const Configuration& active() const { return active_; }

  // No more reloads; one that is under way still ends.
  void stop();
  bool loading() const { return loading_; }

 private:
  Configuration load() const;
  void finish(Configuration loaded);
  void report_diagnostics(const Configuration& configuration);
  void watch();

  World world_;
  const ConfigSources& sources_;
  std::string submitted_;
  ZoneDatabase& zones_;
  Log& log_;
  std::function<void(const Configuration&)> on_active_;
  Configuration active_;
  bool loading_ = false;
  bool again_ = false;
  bool stopped_ = false;
  std::vector<Done> waiting_;
  std::vector<Loop::Handle> watches_;
  Loop::Handle settle_;
};

}  // namespace dsched
