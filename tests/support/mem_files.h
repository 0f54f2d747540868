#pragma once
// Files in memory. Directories come to be with the files in them.

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "env/files.h"

namespace dsched {

class MemFiles final : public Files {
 public:
  struct File {
    std::string text;
    std::uint32_t mode = 0644;
    std::uint32_t uid = 0;
    bool unreadable = false;
    FileKind kind = FileKind::regular;
    std::int64_t modified_ns = 0;
  };

  File& put(const std::string& path, std::string text) {
    File& file = files_[path];
    file.text = std::move(text);
    add_parents(path);
    return file;
  }
  void make_directory(const std::string& path) {
    directories_.insert(path);
    add_parents(path);
  }
  // Makes `path` another name of a directory, which may be above it.
  void link_directory(const std::string& path, const std::string& target) {
    links_[path] = target;
    add_parents(path);
  }

  Result<std::string> read(const std::string& path, std::size_t max_bytes) override {
    const auto file = files_.find(resolve(path));
    if (file == files_.end()) return missing("cannot read ", path);
    if (file->second.unreadable)
      return Error{ErrorCode::denied, "cannot read " + path + ": Permission denied", ""};
    if (file->second.text.size() > max_bytes)
      return Error{ErrorCode::invalid, path + " is too large", ""};
    return file->second.text;
  }

  Result<std::string> read_end(const std::string& path, std::size_t max_bytes) override {
    DSCHED_TRY_ASSIGN(const std::string text, read(path, std::string::npos));
    return text.substr(text.size() - std::min(max_bytes, text.size()));
  }

  Result<FileInfo> info(const std::string& path) override {
    const std::string real = resolve(path);
    if (const auto directory = directories_.find(real); directory != directories_.end()) {
      const auto number =
          static_cast<std::uint64_t>(std::distance(directories_.begin(), directory));
      return FileInfo{FileKind::directory, 0, 0755, 0, 1, number + 1};
    }
    const auto file = files_.find(real);
    if (file == files_.end()) return missing("cannot look at ", path);
    FileInfo info{file->second.kind, file->second.text.size(), file->second.mode, file->second.uid};
    info.modified_ns = file->second.modified_ns;
    return info;
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    const std::string real = resolve(directory);
    if (!directories_.contains(real)) return missing("cannot list ", directory);
    const std::string prefix = real == "/" ? real : real + "/";
    std::set<std::string> names;
    const auto add = [&](const std::string& path) {
      if (path.size() > prefix.size() && path.compare(0, prefix.size(), prefix) == 0)
        names.insert(path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size()));
    };
    for (const auto& [path, file] : files_) add(path);
    for (const auto& [path, target] : links_) add(path);
    for (const std::string& path : directories_) add(path);
    return std::vector<std::string>(names.begin(), names.end());
  }

  Result<void> make_directories(const std::string& directory, std::uint32_t) override {
    make_directory(directory);
    return {};
  }

  Result<void> write_whole(const std::string& path, std::string_view text, std::uint32_t mode,
                           bool must_be_new) override {
    const bool exists = files_.contains(path);
    if (exists && must_be_new) return Error{ErrorCode::exists, path + " exists already", ""};
    File& file = put(path, std::string(text));
    if (!exists) file.mode = mode;
    return {};
  }

  Result<void> write_hint(const std::string& path, std::string_view text) override {
    put(path, std::string(text));
    return {};
  }

  Result<void> remove(const std::string& path) override {
    if (files_.erase(path) == 0) return missing("cannot remove ", path);
    return {};
  }

  // One volume, and no hints.
  Result<Volume> volume(const std::string&) override { return Volume{1, false}; }
  Result<std::unique_ptr<DirectoryHints>> directory_hints() override {
    return Error{ErrorCode::unsupported, "cannot watch directories in memory", ""};
  }

 private:
  static Error missing(const std::string& what, const std::string& path) {
    return Error{ErrorCode::not_found, what + path + ": No such file or directory", ""};
  }

  void add_parents(const std::string& path) {
    for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
         slash = path.rfind('/', slash - 1))
      directories_.insert(path.substr(0, slash));
  }

  // The path without linked directories in it.
  std::string resolve(std::string path) const {
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& [link, target] : links_) {
        const bool below = path.compare(0, link.size(), link) == 0 &&
                           (path.size() == link.size() || path[link.size()] == '/');
        if (!below) continue;
        path = target + path.substr(link.size());
        changed = true;
      }
    }
    return path;
  }

  std::map<std::string, File> files_;
  std::set<std::string> directories_;
  std::map<std::string, std::string> links_;
};

}  // namespace dsched
