#include "model/file_settling.h"

#include <algorithm>
#include <utility>

namespace dsched {

namespace {

constexpr int kRestlessAfterSettles = 60;

// Of "/a/b" and of "/a/b/": "/a".
std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/', path.size() - 2);
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// A file that is not found is gone only if where it was is there to be looked at. The nearest
// directory above it tells: a mount point without its file system is on another volume.
bool is_gone(const std::string& path, std::uint64_t volume, const FileSnapshot& snapshot) {
  std::string directory = path;
  do {
    directory = parent_of(directory);
    const auto seen = snapshot.directories.find(directory);
    if (seen != snapshot.directories.end()) return seen->second != 0 && seen->second == volume;
  } while (directory != "/");
  // No pattern leads there any more.
  return true;
}

}  // namespace

FileSettling::Outcome FileSettling::observe(const FileSnapshot& snapshot, Duration settle) {
  Outcome outcome;
  forget_vanished(snapshot, outcome);
  for (const auto& [path, found] : snapshot.files) look_at(path, found, snapshot, settle, outcome);
  const bool could_read_all =
      std::none_of(snapshot.directories.begin(), snapshot.directories.end(),
                   [](const auto& directory) { return directory.second == 0; });
  std::optional<std::int64_t> left_out = snapshot.left_out_until_ns;
  if (left_out || !could_read_all) left_out = std::max(left_out, memory_.left_out_until_ns);
  if (std::exchange(memory_.left_out_until_ns, left_out) != left_out) outcome.memory_changed = true;
  return outcome;
}

bool FileSettling::set_globs(std::set<std::string> globs) {
  if (globs == memory_.globs) return false;
  memory_.globs = std::move(globs);
  return true;
}

bool FileSettling::set_remote(bool remote) {
  return std::exchange(memory_.remote, remote) != remote;
}

std::optional<BootInstant> FileSettling::next_look(Duration settle) const {
  std::optional<BootInstant> next;
  for (const auto& [path, pending] : pending_) {
    const BootInstant quiet_at = pending.changed_at + settle;
    if (!next || quiet_at < *next) next = quiet_at;
  }
  return next;
}

void FileSettling::forget_vanished(const FileSnapshot& snapshot, Outcome& outcome) {
  std::erase_if(pending_,
                [&](const auto& pending) { return snapshot.files.count(pending.first) == 0; });
  // Files out of sight are remembered as long as there is room.
  const bool no_room = memory_.files.size() > kMaxWatchedFiles;
  const std::size_t forgotten = std::erase_if(memory_.files, [&](const auto& known) {
    return snapshot.files.count(known.first) == 0 &&
           (no_room || is_gone(known.first, known.second.volume, snapshot));
  });
  if (forgotten > 0) outcome.memory_changed = true;
}

void FileSettling::look_at(const std::string& path, const FileSnapshot::Found& found,
                           const FileSnapshot& snapshot, Duration settle, Outcome& outcome) {
  if (!is_news(path, found)) {
    pending_.erase(path);
    remember(path, found, outcome);
    return;
  }
  Pending& pending =
      pending_.try_emplace(path, Pending{found.state, snapshot.ended, snapshot.ended})
          .first->second;
  if (pending.state != found.state) {
    pending.state = found.state;
    pending.changed_at = snapshot.ended;
  }
  if (snapshot.began - pending.changed_at >= settle) {
    outcome.settled.push_back(path);
    remember(path, found, outcome);
    pending_.erase(path);
  } else if (!pending.restless &&
             snapshot.began - pending.since >= settle * kRestlessAfterSettles) {
    outcome.restless.push_back(path);
    pending.restless = true;
  }
}

bool FileSettling::is_news(const std::string& path, const FileSnapshot::Found& found) const {
  const auto known = memory_.files.find(path);
  if (known != memory_.files.end()) return known->second.state != found.state;
  if (pending_.count(path) != 0) return true;
  return !found.baseline && found.state.modified_ns > memory_.left_out_until_ns;
}

void FileSettling::remember(const std::string& path, const FileSnapshot::Found& found,
                            Outcome& outcome) {
  const FileMemory::Known now{found.state, found.volume};
  FileMemory::Known& known = memory_.files[path];
  if (known == now) return;
  known = now;
  outcome.memory_changed = true;
}

}  // namespace dsched
