#include "env/real/posix_files.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temp_dir.h"

using namespace dsched;

TEST_CASE("a file is written whole and read back") {
  TempDir dir;
  auto files = make_posix_files();
  REQUIRE(files->make_directories(dir.file("a/b"), 0755));
  REQUIRE(files->write_whole(dir.file("a/b/f"), "text", 0640, false));
  CHECK(files->read(dir.file("a/b/f"), 100).value() == "text");
  CHECK(files->info(dir.file("a/b/f"))->mode == 0640);
  CHECK(files->list(dir.file("a/b")).value() == std::vector<std::string>{"f"});
}

TEST_CASE("writing over a file keeps its mode") {
  TempDir dir;
  auto files = make_posix_files();
  REQUIRE(files->write_whole(dir.file("f"), "old", 0600, false));
  REQUIRE(files->write_whole(dir.file("f"), "new", 0644, false));
  CHECK(files->info(dir.file("f"))->mode == 0600);
  CHECK(files->read(dir.file("f"), 100).value() == "new");
}

TEST_CASE("a file that must be new leaves an existing one alone") {
  TempDir dir;
  auto files = make_posix_files();
  REQUIRE(files->write_whole(dir.file("f"), "old", 0644, true));
  auto again = files->write_whole(dir.file("f"), "new", 0644, true);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::exists);
  CHECK(files->read(dir.file("f"), 100).value() == "old");
  CHECK(files->list(dir.path())->size() == 1);
}

TEST_CASE("too large, missing and unreadable files are errors that name the path") {
  TempDir dir;
  auto files = make_posix_files();
  REQUIRE(files->write_whole(dir.file("f"), "12345", 0644, false));
  CHECK(files->read(dir.file("f"), 5));
  CHECK(files->read(dir.file("f"), 4).error().code == ErrorCode::invalid);
  const auto missing = files->read(dir.file("none"), 10);
  CHECK(missing.error().code == ErrorCode::not_found);
  CHECK(missing.error().message.find(dir.file("none")) != std::string::npos);
  CHECK_FALSE(files->read(dir.path(), 10));
}

TEST_CASE("a broken symbolic link is told apart from nothing") {
  TempDir dir;
  auto files = make_posix_files();
  std::filesystem::create_symlink("nowhere", dir.file("link"));
  CHECK(files->info(dir.file("link"))->kind == FileKind::symlink_broken);
  CHECK(files->info(dir.file("none")).error().code == ErrorCode::not_found);
}

TEST_CASE("a file tells when it was modified, and which local volume it is on") {
  TempDir dir;
  auto files = make_posix_files();
  REQUIRE(files->write_whole(dir.file("f"), "text", 0644, false));
  const timespec times[2] = {{5, 7}, {1'795'191'120, 123'456'789}};
  REQUIRE(utimensat(AT_FDCWD, dir.file("f").c_str(), times, 0) == 0);
  CHECK(files->info(dir.file("f"))->modified_ns == 1'795'191'120'123'456'789);
  const auto volume = files->volume(dir.file("f"));
  REQUIRE(volume);
  CHECK(volume->id == files->volume(dir.path())->id);
  CHECK(volume->id != files->volume("/proc")->id);
  CHECK(files->volume(dir.file("none")).error().code == ErrorCode::not_found);
}

TEST_CASE("the end of a file is read, however long the file is") {
  const TempDir directory;
  const auto files = make_posix_files();
  std::ofstream(directory.file("log")) << "0123456789";
  CHECK(*files->read_end(directory.file("log"), 4) == "6789");
  CHECK(*files->read_end(directory.file("log"), 100) == "0123456789");
  CHECK(*files->read_end(directory.file("log"), 0) == "");
  CHECK(files->read_end(directory.file("missing"), 4).error().code == ErrorCode::not_found);
}
