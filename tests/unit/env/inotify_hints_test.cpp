#include "env/real/inotify_hints.h"

#include <filesystem>
#include <fstream>
#include <functional>

#include <doctest/doctest.h>
#include <poll.h>

#include "support/temp_dir.h"

using namespace dsched;

namespace {

bool has_hints(const DirectoryHints& hints) {
  pollfd fd{hints.descriptor(), POLLIN, 0};
  return ::poll(&fd, 1, 0) == 1;
}

void write(const std::string& path) {
  std::ofstream(path) << "x";
}

}  // namespace

TEST_CASE("what happens in a directory that was added is hinted at until it is taken") {
  TempDir dir;
  const auto hints = make_inotify_hints().value();
  write(dir.file("before"));
  REQUIRE(hints->add(dir.path()));
  CHECK_FALSE(has_hints(*hints));
  struct Row {
    std::string what;
    std::function<void()> act;
  };
  const Row rows[] = {
      {"created", [&] { write(dir.file("new")); }},
      {"written to", [&] { write(dir.file("before")); }},
      {"renamed", [&] { std::filesystem::rename(dir.file("new"), dir.file("newer")); }},
      {"removed", [&] { std::filesystem::remove(dir.file("newer")); }},
      {"made", [&] { std::filesystem::create_directory(dir.file("below")); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    row.act();
    CHECK(has_hints(*hints));
    hints->take();
    CHECK_FALSE(has_hints(*hints));
  }
}

TEST_CASE("directories that are not added again are dropped, and the others stay") {
  TempDir kept;
  TempDir dropped;
  const auto hints = make_inotify_hints().value();
  REQUIRE(hints->add(kept.path()));
  REQUIRE(hints->add(dropped.path()));
  hints->drop_others();
  REQUIRE(hints->add(kept.path()));
  hints->drop_others();
  hints->take();
  write(dropped.file("f"));
  CHECK_FALSE(has_hints(*hints));
  write(kept.file("f"));
  CHECK(has_hints(*hints));
}

TEST_CASE("what is not there and what is no directory cannot be added") {
  TempDir dir;
  write(dir.file("f"));
  const auto hints = make_inotify_hints().value();
  CHECK(hints->add(dir.file("none")).error().code == ErrorCode::not_found);
  CHECK(hints->add(dir.file("f")).error().code == ErrorCode::not_found);
}
