#include "config/discover.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "config/report.h"

namespace dsched {

namespace {

constexpr std::size_t kDeepest = 8;
constexpr std::size_t kMostFiles = 100'000;
constexpr std::string_view kToml = ".toml";
constexpr std::string_view kCrontab = ".cron";

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// What editors and package managers leave behind.
bool is_left_over(std::string_view name) {
  return name.front() == '.' || name.back() == '~' || ends_with(name, ".swp") ||
         name.find(".dpkg-") != std::string_view::npos;
}

class Walker {
 public:
  Walker(Files& files, std::vector<Diagnostic>& diagnostics)
      : files_(files), diagnostics_(diagnostics) {}

  void walk(const std::string& top) {
    const auto info = files_.info(top);
    if (info && info->kind == FileKind::directory) {
      ancestors_.push_back(*info);
      walk_directory(top, "");
      ancestors_.pop_back();
    } else if (info) {
      complain("E502", top, top + " is not a directory");
    } else if (info.error().code == ErrorCode::not_found) {
      // It may appear: the directory above shows it.
      discovery_.directories.push_back(directory_of(top));
    } else {
      complain("E502", top, info.error().message);
    }
  }

  Discovery take() { return std::move(discovery_); }

 private:
  void complain(std::string_view code, const std::string& path, std::string message) {
    diagnostics_.push_back(about_file(Severity::error, code, path, std::move(message)));
  }
  void ignored(const std::string& path, std::string message) {
    diagnostics_.push_back(about_file(Severity::warning, "W101", path, std::move(message)));
  }

  void walk_directory(const std::string& path, const std::string& prefix) {
    discovery_.directories.push_back(path);
    const auto names = files_.list(path);
    if (!names) return complain("E502", path, names.error().message);
    for (const std::string& name : *names) {
      if (name.empty() || is_left_over(name)) continue;
      const std::string child = path + "/" + name;
      const auto info = files_.info(child);
      if (!info) {
        // Removed meanwhile is no fault.
        if (info.error().code != ErrorCode::not_found)
          complain("E502", child, info.error().message);
      } else if (info->kind == FileKind::directory) {
        enter(child, prefix + name + "/", *info);
      } else {
        add_file(child, prefix + name, *info);
      }
    }
  }

  void enter(const std::string& path, const std::string& prefix, const FileInfo& info) {
    const bool loop = std::any_of(ancestors_.begin(), ancestors_.end(), [&](const FileInfo& above) {
      return info.inode != 0 && above.inode == info.inode && above.device == info.device;
    });
    if (loop) return ignored(path, "ignored: this link leads back to a directory above it");
    if (ancestors_.size() > kDeepest)
      return complain("E503", path, fmt::format("more than {} directories deep", kDeepest));
    ancestors_.push_back(info);
    walk_directory(path, prefix);
    ancestors_.pop_back();
  }

  void add_file(const std::string& path, const std::string& relative, const FileInfo& info) {
    const bool toml = ends_with(relative, kToml);
    if (!toml && !ends_with(relative, kCrontab))
      return ignored(path, "ignored: only *.toml and *.cron files are read");
    if (info.kind == FileKind::symlink_broken)
      return complain("E502", path, "this link leads nowhere");
    if (info.kind != FileKind::regular) return ignored(path, "ignored: this is not a regular file");
    if (discovery_.files.size() == kMostFiles)
      return complain("E503", path, fmt::format("more than {} job files", kMostFiles));
    const std::size_t ending = toml ? kToml.size() : kCrontab.size();
    discovery_.files[relative] = {path, relative.substr(0, relative.size() - ending),
                                  kind_of(relative)};
  }

  Files& files_;
  std::vector<Diagnostic>& diagnostics_;
  Discovery discovery_;
  std::vector<FileInfo> ancestors_;
};

}  // namespace

Discovery discover_job_files(const std::vector<std::string>& job_directories, Files& files,
                             std::vector<Diagnostic>& diagnostics) {
  Walker walker(files, diagnostics);
  for (const std::string& directory : job_directories) walker.walk(directory);
  return walker.take();
}

std::string stem_of(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  for (const std::string_view ending : {kToml, kCrontab, std::string_view(".crontab")}) {
    if (name.size() > ending.size() && ends_with(name, ending))
      return name.substr(0, name.size() - ending.size());
  }
  return name;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

JobFileKind kind_of(const std::string& path) {
  return ends_with(path, kCrontab) ? JobFileKind::crontab : JobFileKind::toml;
}

}  // namespace dsched
