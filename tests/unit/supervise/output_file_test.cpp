#include "supervise/output_file.h"

#include <cerrno>
#include <filesystem>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervise/tee.h"
#include "unit/supervise/harness.h"

using namespace dsched;

namespace {

std::string lines(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += fmt::format("line {:08}\n", i);
  return text;
}

constexpr std::string_view kHole = "[dsched: ";

}  // namespace

TEST_CASE("up to its limit a file holds everything") {
  const TempDir directory;
  OutputFile file;
  REQUIRE(file.open(directory.file("a/b/c.log"), 140 * 100) == 0);
  file.append(lines(0, 1000));
  CHECK(contents(directory.file("a/b/c.log")) == lines(0, 1000));
  CHECK(file.dropped() == 0);
  struct stat info {};
  ::stat(directory.file("a/b/c.log").c_str(), &info);
  CHECK((info.st_mode & 0777 & ~0640U) == 0);
}

TEST_CASE("beyond its limit a file keeps head and newest output, and the hole says its size") {
  for (const std::uint64_t limit : {2000UL, 10'000UL, 100'003UL}) {
    for (const int count : {200, 1500, 9000, 40'000}) {
      for (const std::size_t piece : {7UL, 1000UL, 65'536UL}) {
        CAPTURE(limit);
        CAPTURE(count);
        const TempDir directory;
        OutputFile file;
        REQUIRE(file.open(directory.file("log"), limit) == 0);
        const std::string all = lines(0, count);
        for (std::size_t at = 0; at < all.size(); at += piece) {
          file.append(std::string_view(all).substr(at, piece));
          REQUIRE(std::filesystem::file_size(directory.file("log")) <= limit);
        }
        const std::string kept = contents(directory.file("log"));
        if (all.size() <= limit) {
          CHECK(kept == all);
          continue;
        }
        const std::size_t hole = kept.find(kHole);
        REQUIRE(hole != std::string::npos);
        const std::size_t tail = kept.find('\n', hole) + 1;
        CHECK(all.starts_with(kept.substr(0, hole)));
        CHECK(all.ends_with(kept.substr(tail)));
        CHECK(hole <= limit / 4);
        CHECK(hole + 14 >= limit / 4);
        CHECK(kept[hole - 1] == '\n');
        CHECK(kept.compare(tail, 5, "line ") == 0);
        CHECK(kept.size() - tail >= limit * 3 / 8 - 100);
        CHECK(std::stoull(kept.substr(hole + kHole.size())) == file.dropped());
        CHECK(kept.size() - (tail - hole) + file.dropped() == all.size());
      }
    }
  }
}

TEST_CASE(
    "text without line ends is cut where it must be, and its marker stands on a line of its own") {
  const TempDir directory;
  OutputFile file;
  REQUIRE(file.open(directory.file("log"), 8000) == 0);
  for (int i = 0; i < 100; ++i) file.append(std::string(1000, 'x'));
  const std::string kept = contents(directory.file("log"));
  CHECK(kept.size() <= 8000);
  CHECK(kept.find("\n[dsched: ") == 2000);
}

TEST_CASE("a tiny limit keeps the first bytes") {
  const TempDir directory;
  OutputFile file;
  REQUIRE(file.open(directory.file("log"), 10) == 0);
  file.append("0123456789abc");
  CHECK(contents(directory.file("log")) == "0123456789");
  CHECK(file.dropped() == 3);
}

TEST_CASE("a symbolic link is not followed") {
  const TempDir directory;
  std::filesystem::create_symlink(directory.file("target"), directory.file("log"));
  OutputFile file;
  CHECK(file.open(directory.file("log"), 0) == ELOOP);
}

TEST_CASE("a full disk costs output only, is marked, and is tried again" *
          doctest::skip(::geteuid() != 0)) {
  const TempDir directory;
  const std::string disk = directory.file("disk");
  ::mkdir(disk.c_str(), 0755);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
    MESSAGE("skipped: no mount privilege");
    return;
  }
  {
    std::ofstream(disk + "/ballast") << std::string(32 << 10, 'b');
    OutputFile file;
    REQUIRE(file.open(disk + "/log", 0) == 0);
    const std::string all = lines(0, 6000);
    file.append(all);
    CHECK(file.dropped() > 0);
    const std::size_t kept = contents(disk + "/log").size();
    CHECK(kept + file.dropped() == all.size());
    file.append("still full\n");
    std::filesystem::remove(disk + "/ballast");
    file.append("room again\n");
    CHECK(contents(disk + "/log")
              .ends_with(fmt::format("\n[dsched: {} bytes could not be written here]\nroom again\n",
                                     file.dropped())));
  }
  ::umount(disk.c_str());
}

TEST_CASE("the tee shows whole lines with their job and never waits for its reader") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_NONBLOCK) == 0);
  Tee tee(ends[1], "job");
  const auto shown = [&] {
    std::string text(1 << 20, '\0');
    const ssize_t got = ::read(ends[0], text.data(), text.size());
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  };
  tee.feed("one\ntw");
  CHECK(shown() == "job | one\n");
  tee.feed("o\n\nend");
  CHECK(shown() == "job | two\njob | \n");
  tee.finish();
  CHECK(shown() == "job | end\n");
  tee.feed(std::string(10'000, 'x') + "\n");
  CHECK(shown().starts_with("job | xxx"));
  ::fcntl(ends[1], F_SETFL, 0);  // a blocking pipe that nobody reads
  for (int i = 0; i < 10'000; ++i) tee.feed("a line that fills the pipe\n");
  CHECK(shown().ends_with("\n"));
  tee.feed("after\n");
  const std::string last = shown();
  CHECK(last.starts_with("job | [dsched: "));
  CHECK(last.ends_with(" bytes not shown]\njob | after\n"));
  ::close(ends[0]);
  ::close(ends[1]);
}
