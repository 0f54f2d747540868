#include "daemon/file_watcher.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "daemon/watch_memory.h"
#include "daemon/watch_scan.h"
#include "model/file_settling.h"

namespace dsched {

namespace {

constexpr std::size_t kMaxNames = 1000;
constexpr std::size_t kMaxNamesBytes = 64 << 10;
constexpr std::size_t kMaxMemoryBytes = 128 << 20;
constexpr Duration kLeastPause = std::chrono::milliseconds{100};
constexpr int kPausePerLook = 4;  // looking takes at most a fifth of the time
constexpr Duration kPollEvery = std::chrono::seconds{5};
constexpr Duration kLookAnywayEvery = std::chrono::minutes{1};

constexpr const char* kNoHints = "no notice of changes is to be had; files are looked at every 5s";

std::vector<LogField> fields_of(const Error& error) {
  return {{"error", error.message}, {"hint", error.hint}};
}

// Takes what fits into one firing off the front.
std::vector<std::string> take_some(std::deque<std::string>& files) {
  std::vector<std::string> some;
  std::size_t bytes = 0;
  while (!files.empty() && some.size() < kMaxNames) {
    bytes += files.front().size() + 1;
    if (bytes > kMaxNamesBytes && !some.empty()) break;
    some.push_back(std::move(files.front()));
    files.pop_front();
  }
  return some;
}

}  // namespace

struct FileWatcher::Watched {
  std::string name;
  FileWatch watch;
  FileSettling settling;
  std::shared_ptr<DirectoryHints> hints;  // null: there are none
  bool polls = false;
  bool in_line = false;  // for a look, or under way
  bool again = false;    // another is wanted after it
  int unkept = 0;        // firings that are not on disk yet
  bool changed = false;  // the memory is not what was saved
  bool saving = false;
  std::set<std::string> told;  // troubles that the log has
  BootInstant rests_until{};
  Loop::Handle hinted;  // after `hints`, whose descriptor it watches
  Loop::Handle timer;
};

struct FileWatcher::Scan {
  std::vector<WatchGlob> globs;
  std::shared_ptr<DirectoryHints> hints;
  BootInstant began{};
  WatchScan result;
};

FileWatcher::FileWatcher(Loop& loop, Clock& clock, Files& files, Log& log,
                         std::string state_directory, Listener listener)
    : loop_(loop),
      clock_(clock),
      files_(files),
      log_(log),
      state_directory_(std::move(state_directory)),
      listener_(std::move(listener)) {}

FileWatcher::~FileWatcher() = default;

void FileWatcher::configure(const std::vector<Job>& jobs) {
  if (stopped_) return;
  std::set<std::string> gone;
  for (const auto& [name, watched] : jobs_) gone.insert(name);
  for (const Job& job : jobs) {
    if (job.watch.globs.empty()) continue;
    if (job.enabled) {
      gone.erase(job.name);
      watch(job);
    } else {
      gone.insert(job.name);
    }
  }
  for (const std::string& name : gone) forget(name);
}

void FileWatcher::stop() {
  stopped_ = true;
  for (const auto& [name, job] : jobs_) {
    job->timer.reset();
    job->hinted.reset();
  }
  for (Line& line : lines_) line.waiting.clear();
}

void FileWatcher::watch(const Job& job) {
  WatchedPtr& watched = jobs_[job.name];
  if (watched == nullptr) {
    watched = std::make_shared<Watched>();
    watched->name = job.name;
    watched->settling = recall(job.name);
  } else if (watched->watch.globs == job.watch.globs && watched->watch.settle == job.watch.settle) {
    return;
  }
  watched->watch = job.watch;
  if (watched->hints == nullptr) {
    auto hints = files_.directory_hints();
    tell(*watched, kNoHints, !hints, hints ? std::vector<LogField>{} : fields_of(hints.error()));
    if (hints) watched->hints = *std::move(hints);
  }
  look_at(watched, clock_.boot_now());
}

FileSettling FileWatcher::recall(const std::string& job) {
  auto bytes = files_.read(watch_memory_path(state_directory_, job), kMaxMemoryBytes);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return FileSettling();
  auto memory = bytes ? decode_watch_memory(*bytes) : Result<FileMemory>(bytes.error());
  if (memory) return FileSettling(*std::move(memory));
  log_.warning("what is known of the watched files is lost; those that are there are no news",
               {{"job", job}, {"error", memory.error().message}});
  return FileSettling();
}

void FileWatcher::forget(const std::string& job) {
  jobs_.erase(job);
  // One that is not there is as good as removed.
  static_cast<void>(files_.remove(watch_memory_path(state_directory_, job)));
}

void FileWatcher::look_at(const WatchedPtr& job, BootInstant when) {
  if (stopped_) return;
  job->timer = loop_.at(std::max(when, job->rests_until),
                        [this, weak = std::weak_ptr(job)] { join_line(weak.lock()); });
}

void FileWatcher::join_line(const WatchedPtr& job) {
  job->timer.reset();
  job->hinted.reset();
  if (job->in_line) {
    job->again = true;
    return;
  }
  job->in_line = true;
  const bool remote = job->settling.memory().remote;
  lines_[remote].waiting.push_back(job);
  start_next(remote);
}

void FileWatcher::start_next(bool remote) {
  Line& line = lines_[remote];
  if (line.busy || line.waiting.empty()) return;
  const WatchedPtr job = line.waiting.front().lock();
  line.waiting.pop_front();
  if (job == nullptr) return start_next(remote);
  auto scan = std::make_shared<Scan>();
  for (const std::string& glob : job->watch.globs)
    scan->globs.push_back({glob, job->settling.memory().globs.count(glob) == 0});
  scan->hints = job->hints;
  scan->began = clock_.boot_now();
  // What is hinted at from here on may be missed by this look, and causes another.
  if (scan->hints != nullptr) scan->hints->take();
  line.busy = true;
  loop_.offload(
      [scan, &files = files_] { scan->result = scan_files(files, scan->hints.get(), scan->globs); },
      [this, alive = std::weak_ptr(alive_), weak = std::weak_ptr(job), scan, remote] {
        if (alive.expired()) return;
        lines_[remote].busy = false;
        if (const WatchedPtr looked_at = weak.lock(); looked_at != nullptr && !stopped_)
          scanned(looked_at, *scan);
        start_next(remote);
      });
}

void FileWatcher::scanned(const WatchedPtr& job, Scan& scan) {
  const auto is_of = [](const WatchGlob& glob, const std::string& text) {
    return glob.text == text;
  };
  const std::vector<std::string>& globs = job->watch.globs;
  const bool same_globs =
      std::equal(scan.globs.begin(), scan.globs.end(), globs.begin(), globs.end(), is_of);
  job->in_line = false;
  if (!same_globs) return look_at(job, clock_.boot_now());
  job->polls = scan.result.without_hints;
  tell_troubles(*job, scan);
  FileSnapshot& snapshot = scan.result.snapshot;
  snapshot.began = scan.began;
  snapshot.ended = clock_.boot_now();
  FileSettling::Outcome outcome = job->settling.observe(snapshot, job->watch.settle);
  job->changed |= outcome.memory_changed;
  job->changed |= job->settling.set_remote(scan.result.remote);
  // A baseline of what could be read only would make the rest news.
  if (!scan.result.read_error)
    job->changed |= job->settling.set_globs({globs.begin(), globs.end()});
  listen(job);
  plan_next(job, scan.began);
  for (const std::string& file : outcome.restless)
    log_.warning("a watched file keeps changing; the job waits until it stops",
                 {{"job", job->name}, {"file", file}});
  report(job, std::move(outcome.settled));
  save(job);
}

void FileWatcher::listen(const WatchedPtr& job) {
  if (job->hints == nullptr) return;
  job->hinted = loop_.on_ready(job->hints->descriptor(), Loop::Interest::read,
                               [this, weak = std::weak_ptr(job)] {
                                 const WatchedPtr hinted = weak.lock();
                                 hinted->hinted.reset();
                                 look_at(hinted, clock_.boot_now());
                               });
}

void FileWatcher::plan_next(const WatchedPtr& job, BootInstant began) {
  const BootInstant now = clock_.boot_now();
  job->rests_until = now + std::max(kLeastPause, kPausePerLook * (now - began));
  BootInstant next = now + kLookAnywayEvery;
  if (job->polls) {
    // Also for files that are settling: what a network file system says may be seconds old.
    next = std::min(next, now + std::max(job->watch.settle, kPollEvery));
  } else if (const auto quiet_at = job->settling.next_look(job->watch.settle)) {
    next = std::min(next, *quiet_at);
  }
  look_at(job, std::exchange(job->again, false) ? now : next);
}

void FileWatcher::report(const WatchedPtr& job, std::vector<std::string> settled) {
  std::deque<std::string> rest(std::make_move_iterator(settled.begin()),
                               std::make_move_iterator(settled.end()));
  while (!rest.empty()) {
    ++job->unkept;
    listener_.on_settled(job->name, take_some(rest), [this, weak = std::weak_ptr(job)] {
      const WatchedPtr kept = weak.lock();
      if (kept == nullptr) return;
      --kept->unkept;
      save(kept);
    });
  }
}

void FileWatcher::save(const WatchedPtr& job) {
  if (!job->changed || job->saving || job->unkept > 0) return;
  job->changed = false;
  job->saving = true;
  ++saves_;
  auto written = std::make_shared<Result<void>>();
  const std::string path = watch_memory_path(state_directory_, job->name);
  loop_.offload(
      [written, path, bytes = encode_watch_memory(job->settling.memory()), &files = files_] {
        *written = files.make_directories(path.substr(0, path.rfind('/')), 0700);
        if (*written) *written = files.write_whole(path, bytes, 0600, false);
      },
      [this, alive = std::weak_ptr(alive_), weak = std::weak_ptr(job), written, path] {
        if (alive.expired()) return;
        --saves_;
        if (const WatchedPtr saved = weak.lock()) {
          finish_save(saved, *written);
        } else {
          static_cast<void>(files_.remove(path));
        }
        if (saves_ == 0 && listener_.on_saved) listener_.on_saved();
      });
}

void FileWatcher::finish_save(const WatchedPtr& job, const Result<void>& written) {
  job->saving = false;
  tell(*job, "what is known of the watched files cannot be saved", !written,
       written ? std::vector<LogField>{} : fields_of(written.error()));
  if (written) return save(job);
  // The next look tries again.
  job->changed = true;
}

// Each trouble is told when it begins.
void FileWatcher::tell(Watched& job, const std::string& message, bool holds,
                       std::vector<LogField> fields) {
  if (!holds) {
    job.told.erase(message);
  } else if (job.told.insert(message).second) {
    fields.push_back({"job", job.name});
    log_.warning(message, fields);
  }
}

void FileWatcher::tell_troubles(Watched& job, const Scan& scan) {
  const auto tell_error = [&](const char* message, const std::optional<Error>& error) {
    tell(job, message, error.has_value(), error ? fields_of(*error) : std::vector<LogField>{});
  };
  tell_error("some of the watched files cannot be looked at", scan.result.read_error);
  if (job.hints != nullptr) tell_error(kNoHints, scan.result.hint_error);
  tell(job, "too many files are watched; only the newest count",
       scan.result.snapshot.left_out_until_ns.has_value(),
       {{"limit", std::to_string(kMaxWatchedFiles)}});
}

}  // namespace dsched
