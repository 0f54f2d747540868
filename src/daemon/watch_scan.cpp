#include "daemon/watch_scan.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace dsched {

namespace {

constexpr std::size_t kMaxDirectories = 10'000;

using Segments = std::span<const std::string_view>;

std::string child_of(const std::string& directory, std::string_view name) {
  std::string path = directory;
  if (path.back() != '/') path += '/';
  return path.append(name);
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Names with newlines are not seen: a job gets the names one per line.
bool name_matches(std::string_view pattern, std::string_view name) {
  if (name.front() == '.' && pattern.front() != '.') return false;
  return name.find('\n') == std::string_view::npos && glob_match(pattern, name);
}

class Scanner {
 public:
  Scanner(Files& files, DirectoryHints* hints, std::size_t max_files)
      : files_(files), hints_(hints), max_files_(max_files) {}

  void add(const WatchGlob& glob) {
    baseline_ = glob.is_new;
    std::vector<std::string_view> segments = split(glob.text, '/');
    wants_directories_ = segments.back().empty();
    std::erase(segments, std::string_view());
    if (segments.empty()) return;
    if (segments.back() == "**") segments.push_back("*");
    walk("/", segments);
  }

  WatchScan finish() {
    if (found().size() > max_files_) keep_newest();
    if (hints_ != nullptr) hints_->drop_others();
    scan_.without_hints |= hints_ == nullptr || scan_.remote;
    return std::move(scan_);
  }

 private:
  struct Place {
    std::string path;
    Volume volume;
  };
  using Visited = std::set<std::pair<std::uint64_t, std::uint64_t>>;

  using FoundFiles = std::map<std::string, FileSnapshot::Found>;

  FoundFiles& found() { return scan_.snapshot.files; }

  void walk(const std::string& from, Segments pattern) {
    std::string directory = from;
    while (pattern.size() > 1 && !has_glob_characters(pattern.front())) {
      directory = child_of(directory, pattern.front());
      pattern = pattern.subspan(1);
    }
    const std::optional<Volume> volume = enter(directory);
    if (!volume) return;
    if (pattern.front() == "**") {
      Visited visited;
      walk_deep(directory, pattern.subspan(1), visited);
    } else if (!has_glob_characters(pattern.front())) {
      look_at({child_of(directory, pattern.front()), *volume});
    } else {
      walk_names({directory, *volume}, pattern);
    }
  }

  void walk_names(const Place& directory, Segments pattern) {
    for (const std::string& name : list(directory.path)) {
      if (!name_matches(pattern.front(), name)) continue;
      const std::string path = child_of(directory.path, name);
      if (pattern.size() == 1) {
        look_at({path, directory.volume});
      } else if (directory_at(path)) {
        walk(path, pattern.subspan(1));
      }
    }
  }

  // The directory and all below it. Links may lead around in circles.
  void walk_deep(const std::string& directory, Segments pattern, Visited& visited) {
    const std::optional<FileInfo> info = directory_at(directory);
    if (!info || !visited.emplace(info->device, info->inode).second) return;
    walk(directory, pattern);
    for (const std::string& name : list(directory)) {
      if (name_matches("*", name)) walk_deep(child_of(directory, name), pattern, visited);
    }
  }

  // Gets hints from the directory, or from the nearest one above it that is there. What comes
  // between looking for it and getting hints is found by looking again.
  std::optional<Volume> enter(const std::string& directory) {
    for (std::string nearest;;) {
      std::string again = nearest_to(directory);
      if (again == nearest) return std::nullopt;
      nearest = std::move(again);
      const std::optional<Volume> volume = register_directory(nearest);
      if (!volume || nearest == directory) return volume;
    }
  }

  std::string nearest_to(const std::string& directory) {
    std::string nearest = directory;
    while (nearest != "/" && !directory_at(nearest)) nearest = parent_of(nearest);
    return nearest;
  }

  std::optional<Volume> register_directory(const std::string& directory) {
    auto& directories = scan_.snapshot.directories;
    if (directories.size() >= kMaxDirectories && directories.count(directory) == 0) {
      cannot_read(directory, Error{ErrorCode::invalid,
                                   "the patterns lead to more than " +
                                       with_thousands(kMaxDirectories) + " directories",
                                   ""});
      return std::nullopt;
    }
    const auto volume = files_.volume(directory);
    if (!volume) {
      cannot_read(directory, volume.error());
      return std::nullopt;
    }
    directories.emplace(directory, volume->id);
    scan_.remote |= volume->remote;
    if (!volume->remote) get_hints(directory);
    return *volume;
  }

  void get_hints(const std::string& directory) {
    if (hints_ == nullptr) return;
    auto added = hints_->add(directory);
    if (added || added.error().code == ErrorCode::not_found) return;
    scan_.without_hints = true;
    if (!scan_.hint_error) scan_.hint_error = added.error();
  }

  std::vector<std::string> list(const std::string& directory) {
    auto names = files_.list(directory);
    if (names) return *std::move(names);
    if (names.error().code != ErrorCode::not_found) cannot_read(directory, names.error());
    return {};
  }

  std::optional<FileInfo> directory_at(const std::string& path) {
    auto info = files_.info(path);
    if (info && info->kind == FileKind::directory) return *info;
    if (!info && info.error().code != ErrorCode::not_found) cannot_read(path, info.error());
    return std::nullopt;
  }

  void look_at(Place place) {
    const auto info = files_.info(place.path);
    if (!info) {
      if (info.error().code != ErrorCode::not_found)
        cannot_read(parent_of(place.path), info.error());
      return;
    }
    if (info->kind != (wants_directories_ ? FileKind::directory : FileKind::regular)) return;
    if (wants_directories_) {
      if (!register_directory(place.path)) return;
      place.path += '/';
    }
    const std::uint64_t inode = place.volume.remote ? 0 : info->inode;
    // What an older pattern matches too keeps its place.
    found().emplace(
        place.path,
        FileSnapshot::Found{{info->size, info->modified_ns, inode}, place.volume.id, baseline_});
    if (found().size() > 2 * max_files_) keep_newest();
  }

  void keep_newest() {
    std::vector<FoundFiles::iterator> newest_first;
    for (auto file = found().begin(); file != found().end(); ++file) newest_first.push_back(file);
    const auto modified = [](FoundFiles::iterator file) { return file->second.state.modified_ns; };
    const auto last = newest_first.begin() + static_cast<std::ptrdiff_t>(max_files_);
    std::nth_element(newest_first.begin(), last, newest_first.end(),
                     [&](auto a, auto b) { return modified(a) > modified(b); });
    std::optional<std::int64_t>& left_out = scan_.snapshot.left_out_until_ns;
    left_out = std::max(left_out, std::optional(modified(*last)));
    std::for_each(last, newest_first.end(), [&](auto file) { found().erase(file); });
  }

  void cannot_read(const std::string& directory, const Error& error) {
    scan_.snapshot.directories[directory] = 0;
    if (!scan_.read_error) scan_.read_error = error;
  }

  Files& files_;
  DirectoryHints* hints_;
  std::size_t max_files_;
  bool baseline_ = false;
  bool wants_directories_ = false;
  WatchScan scan_;
};

}  // namespace

WatchScan scan_files(Files& files, DirectoryHints* hints, const std::vector<WatchGlob>& globs,
                     std::size_t max_files) {
  Scanner scanner(files, hints, max_files);
  const auto add_those = [&](bool is_new) {
    for (const WatchGlob& glob : globs) {
      if (glob.is_new == is_new) scanner.add(glob);
    }
  };
  add_those(false);
  add_those(true);
  return scanner.finish();
}

}  // namespace dsched
