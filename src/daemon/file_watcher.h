#pragma once
// Watches files for the jobs with `watch`, and says which have appeared or changed and settled
// (watching.md).

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "env/clock.h"
#include "env/files.h"
#include "env/loop.h"
#include "model/file_settling.h"
#include "model/job.h"

namespace dsched {

class FileWatcher {
 public:
  // To be called when the firing is on disk. Until then a restart would find the files new again.
  using Kept = std::function<void()>;
  struct Listener {
    // At most 1,000 names, and 64 KiB of them, at a time.
    std::function<void(const std::string& job, std::vector<std::string> files, Kept)> on_settled;
    std::function<void()> on_saved;  // saving() has become false; may be empty
  };

  // All references outlive the loop's last callback. Nothing is done before configure().
  FileWatcher(Loop& loop, Clock& clock, Files& files, Log& log, std::string state_directory,
              Listener listener);
  ~FileWatcher();

  // Watches for these jobs, as far as they are enabled and have patterns. Reads what is remembered
  // of jobs it did not know; what is remembered of jobs that are gone is removed.
  void configure(const std::vector<Job>& jobs);

  // Says nothing any more, and looks at nothing.
  void stop();

  // What was kept is being written.
  bool saving() const { return saves_ > 0; }

 private:
  struct Watched;
  struct Scan;
  using WatchedPtr = std::shared_ptr<Watched>;

  void watch(const Job& job);
  FileSettling recall(const std::string& job);
  void forget(const std::string& job);

  void look_at(const WatchedPtr& job, BootInstant when);
  void join_line(const WatchedPtr& job);
  void start_next(bool remote);
  void scanned(const WatchedPtr& job, Scan& scan);
  void listen(const WatchedPtr& job);
  void plan_next(const WatchedPtr& job, BootInstant began);

  void report(const WatchedPtr& job, std::vector<std::string> settled);
  void save(const WatchedPtr& job);
  void finish_save(const WatchedPtr& job, const Result<void>& written);
  void tell(Watched& job, const std::string& message, bool holds, std::vector<LogField> fields);
  void tell_troubles(Watched& job, const Scan& scan);

  Loop& loop_;
  Clock& clock_;
  Files& files_;
  Log& log_;
  std::string state_directory_;
  Listener listener_;
  std::map<std::string, WatchedPtr> jobs_;
  // A look hangs when its file system does. So there are two lines: of jobs on network file systems
  // or not looked at yet, and of the others. In each, one look at a time.
  struct Line {
    std::deque<std::weak_ptr<Watched>> waiting;
    bool busy = false;
  };
  Line lines_[2];  // by FileMemory::remote
  bool stopped_ = false;
  int saves_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for work that ends after us
};

}  // namespace dsched
