#include "daemon/watch_scan.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "env/real/posix_files.h"
#include "support/mem_files.h"
#include "support/temp_dir.h"

using namespace dsched;

namespace {

std::vector<std::string> names_of(const WatchScan& scan) {
  std::vector<std::string> names;
  for (const auto& [path, found] : scan.snapshot.files) names.push_back(path);
  return names;
}

// Notes what is asked of it.
class NotedHints final : public DirectoryHints {
 public:
  Result<void> add(const std::string& directory) override {
    added.push_back(directory);
    if (on_add) on_add(directory);
    return {};
  }
  void drop_others() override {}
  int descriptor() const override { return -1; }
  void take() override {}

  std::vector<std::string> added;
  std::function<void(const std::string&)> on_add;
};

}  // namespace

TEST_CASE("patterns find files, one part of the path at a time") {
  MemFiles files;
  files.make_directory("/");
  for (const char* path : {"/in/a.csv", "/in/b.csv", "/in/b.txt", "/in/.c.csv", "/in/sub/d.csv",
                           "/in/sub/deep/e.csv", "/in/.git/f.csv", "/in/line\nbreak.csv"})
    files.put(path, "x");
  struct Row {
    std::string glob;
    std::vector<std::string> found;
  };
  const Row rows[] = {
      {"/in/*.csv", {"/in/a.csv", "/in/b.csv"}},
      {"/in/b.*", {"/in/b.csv", "/in/b.txt"}},
      {"/in/[ab].csv", {"/in/a.csv", "/in/b.csv"}},
      {"/in/?.txt", {"/in/b.txt"}},
      {"/in/a.csv", {"/in/a.csv"}},
      {"/in/.*.csv", {"/in/.c.csv"}},
      {"/in/.git/*", {"/in/.git/f.csv"}},
      {"/in/*/*.csv", {"/in/sub/d.csv"}},
      {"/*/sub/*.csv", {"/in/sub/d.csv"}},
      {"/in/sub", {}},
      {"/in/sub/", {"/in/sub/"}},
      {"/in/*/", {"/in/sub/"}},
      {"/in/a.csv/", {}},
      {"/in/**/*.csv", {"/in/a.csv", "/in/b.csv", "/in/sub/d.csv", "/in/sub/deep/e.csv"}},
      {"/in/sub/**", {"/in/sub/d.csv", "/in/sub/deep/e.csv"}},
      {"/none/*.csv", {}},
      {"/", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.glob);
    const WatchScan scan = scan_files(files, nullptr, {{row.glob, false}});
    CHECK(names_of(scan) == row.found);
    CHECK_FALSE(scan.read_error);
  }
}

TEST_CASE("what an older pattern matches too is not the baseline") {
  MemFiles files;
  files.put("/in/a.csv", "x");
  files.put("/in/a.txt", "x");
  const WatchScan scan = scan_files(files, nullptr, {{"/in/*", true}, {"/in/*.csv", false}});
  CHECK_FALSE(scan.snapshot.files.at("/in/a.csv").baseline);
  CHECK(scan.snapshot.files.at("/in/a.txt").baseline);
}

TEST_CASE("of too many files the newest are kept") {
  MemFiles files;
  for (int i = 0; i < 50; ++i) files.put("/in/" + std::to_string(i), "x").modified_ns = i;
  const WatchScan scan = scan_files(files, nullptr, {{"/in/*", false}}, 3);
  CHECK(names_of(scan) == std::vector<std::string>{"/in/47", "/in/48", "/in/49"});
  CHECK(scan.snapshot.left_out_until_ns == 46);
  CHECK_FALSE(scan_files(files, nullptr, {{"/in/*", false}}, 50).snapshot.left_out_until_ns);
}

TEST_CASE("of too many files that are equally old some are kept") {
  MemFiles files;
  for (int i = 0; i < 50; ++i) files.put("/in/" + std::to_string(i), "x");
  CHECK(scan_files(files, nullptr, {{"/in/*", false}}, 3).snapshot.files.size() == 3);
}

TEST_CASE("hints come from the directories of the patterns, or from what is there of them") {
  MemFiles files;
  files.put("/in/sub/a", "x");
  files.make_directory("/");
  struct Row {
    std::string glob;
    std::vector<std::string> directories;
  };
  const Row rows[] = {{"/in/*", {"/in"}},
                      {"/in/*/a", {"/in", "/in/sub"}},
                      {"/in/*/", {"/in", "/in/sub"}},
                      {"/in/none/deep/*", {"/in"}},
                      {"/none/*", {"/"}}};
  for (const Row& row : rows) {
    CAPTURE(row.glob);
    NotedHints hints;
    CHECK_FALSE(scan_files(files, &hints, {{row.glob, false}}).without_hints);
    CHECK(hints.added == row.directories);
  }
}

TEST_CASE("a directory that comes just before its parent is watched is not missed") {
  MemFiles files;
  files.make_directory("/in");
  NotedHints hints;
  hints.on_add = [&](const std::string& directory) {
    if (directory == "/in") files.put("/in/late/a", "x");
  };
  CHECK(names_of(scan_files(files, &hints, {{"/in/late/*", false}})) ==
        std::vector<std::string>{"/in/late/a"});
  CHECK(hints.added == std::vector<std::string>{"/in", "/in/late"});
}

TEST_CASE("links that lead around in circles end") {
  TempDir dir;
  std::filesystem::create_directories(dir.file("a/b"));
  std::filesystem::create_directory_symlink(dir.path(), dir.file("a/b/up"));
  std::ofstream(dir.file("a/b/f")) << "x";
  const auto files = make_posix_files();
  CHECK(names_of(scan_files(*files, nullptr, {{dir.path() + "/**/f", false}})) ==
        std::vector<std::string>{dir.file("a/b/f")});
}

TEST_CASE("real files have their size, time, inode and volume") {
  TempDir dir;
  std::ofstream(dir.file("f")) << "12345";
  const auto files = make_posix_files();
  const WatchScan scan = scan_files(*files, nullptr, {{dir.path() + "/*", false}});
  const FileSnapshot::Found& found = scan.snapshot.files.at(dir.file("f"));
  CHECK(found.state.size == 5);
  CHECK(found.state.modified_ns > 0);
  CHECK(found.state.inode > 0);
  CHECK(found.volume != 0);
  CHECK(scan.snapshot.directories.at(dir.path()) == found.volume);
}
