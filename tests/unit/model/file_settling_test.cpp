#include "model/file_settling.h"

#include <doctest/doctest.h>

using namespace dsched;
using namespace std::chrono_literals;

namespace {

constexpr Duration kSettle = 2s;
constexpr std::uint64_t kDisk = 1;

FileSnapshot::Found file(std::uint64_t size, std::int64_t modified_ns = 100) {
  return {{size, modified_ns, 7}, kDisk, false};
}

using Files = std::map<std::string, FileSnapshot::Found>;

FileSnapshot snapshot_at(Duration when, Files files) {
  FileSnapshot snapshot;
  snapshot.began = snapshot.ended = BootInstant{when};
  snapshot.files = std::move(files);
  snapshot.directories = {{"/in", kDisk}};
  return snapshot;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a file settles when it has been seen in one state for long enough") {
  struct Row {
    std::string what;
    std::vector<std::pair<Duration, Files>> looks;
    std::vector<Names> settled;  // by each look
  };
  const Row rows[] = {
      {"quiet from the start",
       {{0s, {{"/in/a", file(1)}}}, {2s, {{"/in/a", file(1)}}}},
       {{}, {"/in/a"}}},
      {"looked at too early",
       {{0s, {{"/in/a", file(1)}}}, {1999ms, {{"/in/a", file(1)}}}, {2s, {{"/in/a", file(1)}}}},
       {{}, {}, {"/in/a"}}},
      {"fires once",
       {{0s, {{"/in/a", file(1)}}}, {2s, {{"/in/a", file(1)}}}, {9s, {{"/in/a", file(1)}}}},
       {{}, {"/in/a"}, {}}},
      {"still written to",
       {{0s, {{"/in/a", file(1)}}},
        {2s, {{"/in/a", file(2)}}},
        {3s, {{"/in/a", file(2)}}},
        {4s, {{"/in/a", file(2)}}}},
       {{}, {}, {}, {"/in/a"}}},
      {"same size, later time",
       {{0s, {{"/in/a", file(1)}}},
        {2s, {{"/in/a", file(1, 101)}}},
        {4s, {{"/in/a", file(1, 101)}}}},
       {{}, {}, {"/in/a"}}},
      {"went before it settled",
       {{0s, {{"/in/a", file(1)}}}, {1s, {}}, {2s, {}}, {9s, {}}},
       {{}, {}, {}, {}}},
      {"went and came back starts anew",
       {{0s, {{"/in/a", file(1)}}},
        {1s, {}},
        {2s, {{"/in/a", file(1)}}},
        {4s, {{"/in/a", file(1)}}}},
       {{}, {}, {}, {"/in/a"}}},
      {"changes after it fired",
       {{0s, {{"/in/a", file(1)}}},
        {2s, {{"/in/a", file(1)}}},
        {5s, {{"/in/a", file(3)}}},
        {7s, {{"/in/a", file(3)}}}},
       {{}, {"/in/a"}, {}, {"/in/a"}}},
      {"goes after it fired, and comes back as it was",
       {{0s, {{"/in/a", file(1)}}},
        {2s, {{"/in/a", file(1)}}},
        {3s, {}},
        {4s, {{"/in/a", file(1)}}},
        {6s, {{"/in/a", file(1)}}}},
       {{}, {"/in/a"}, {}, {}, {"/in/a"}}},
      {"several together, and one that holds up no other",
       {{0s, {{"/in/a", file(1)}, {"/in/b", file(1)}, {"/in/c", file(1)}}},
        {2s, {{"/in/a", file(1)}, {"/in/b", file(2)}, {"/in/c", file(1)}}},
        {4s, {{"/in/a", file(1)}, {"/in/b", file(2)}, {"/in/c", file(1)}}}},
       {{}, {"/in/a", "/in/c"}, {"/in/b"}}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    FileSettling settling;
    std::vector<Names> settled;
    for (const auto& [when, files] : row.looks)
      settled.push_back(settling.observe(snapshot_at(when, files), kSettle).settled);
    CHECK(settled == row.settled);
  }
}

TEST_CASE("without a time to settle a file fires at once") {
  FileSettling settling;
  CHECK(settling.observe(snapshot_at(0s, {{"/in/a", file(1)}}), 0s).settled == Names{"/in/a"});
}

TEST_CASE("the time that looking takes is not taken for quiet") {
  FileSettling settling;
  FileSnapshot slow = snapshot_at(0s, {{"/in/a", file(1)}});
  slow.ended = BootInstant{10s};
  settling.observe(slow, kSettle);
  CHECK(settling.next_look(kSettle) == BootInstant{12s});
  CHECK(settling.observe(snapshot_at(11s, slow.files), kSettle).settled.empty());
  CHECK(settling.observe(snapshot_at(12s, slow.files), kSettle).settled == Names{"/in/a"});
  CHECK_FALSE(settling.next_look(kSettle));
}

TEST_CASE("the baseline is no news, and what changes after it is") {
  FileSettling settling;
  FileSnapshot::Found old = file(1);
  old.baseline = true;
  const auto first = settling.observe(snapshot_at(0s, {{"/in/a", old}}), kSettle);
  CHECK(first.memory_changed);
  CHECK_FALSE(settling.next_look(kSettle));
  CHECK_FALSE(settling.observe(snapshot_at(5s, {{"/in/a", old}}), kSettle).memory_changed);
  settling.observe(snapshot_at(6s, {{"/in/a", file(2)}}), kSettle);
  CHECK(settling.observe(snapshot_at(8s, {{"/in/a", file(2)}}), kSettle).settled == Names{"/in/a"});
}

TEST_CASE("a file that keeps changing is told of once, and fires when it stops") {
  FileSettling settling;
  int told = 0;
  Duration now = 0s;
  for (std::uint64_t size = 1; now < 300s; now += 1s, ++size) {
    const auto outcome = settling.observe(snapshot_at(now, {{"/in/a", file(size)}}), kSettle);
    CHECK(outcome.settled.empty());
    told += static_cast<int>(outcome.restless.size());
    if (!outcome.restless.empty()) CHECK(now == 120s);
  }
  CHECK(told == 1);
  settling.observe(snapshot_at(now, {{"/in/a", file(9)}}), kSettle);
  CHECK(settling.observe(snapshot_at(now + 2s, {{"/in/a", file(9)}}), kSettle).settled ==
        Names{"/in/a"});
}

TEST_CASE("files are remembered while the place they are in cannot be seen") {
  struct Row {
    std::string what;
    std::map<std::string, std::uint64_t> directories;  // while the file is not found
    bool fires;                                        // when it is back
  };
  const Row rows[] = {
      {"the directory is there and the file is not", {{"/in", kDisk}}, true},
      {"the directory cannot be read", {{"/in", 0}}, false},
      {"the directory is gone from its volume", {{"/", kDisk}}, true},
      {"the volume is not mounted: the mount point is empty", {{"/in", 2}}, false},
      {"the volume is not mounted: nor is there a directory", {{"/", 2}}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    FileMemory memory;
    memory.files["/in/a"] = {file(1).state, kDisk};
    FileSettling settling(memory);
    FileSnapshot without = snapshot_at(0s, {});
    without.directories = row.directories;
    CHECK(settling.observe(without, kSettle).memory_changed == row.fires);
    settling.observe(snapshot_at(5s, {{"/in/a", file(1)}}), kSettle);
    CHECK(settling.observe(snapshot_at(7s, {{"/in/a", file(1)}}), kSettle).settled.empty() !=
          row.fires);
  }
}

TEST_CASE("files that come back into the limit are no news") {
  FileSettling settling;
  FileSnapshot full = snapshot_at(0s, {{"/in/new", file(1, 50)}});
  full.files["/in/new"].baseline = true;
  full.left_out_until_ns = 40;
  settling.observe(full, 0s);
  const FileSnapshot room = snapshot_at(
      1s, {{"/in/new", file(1, 50)}, {"/in/old", file(1, 40)}, {"/in/newer", file(1, 60)}});
  CHECK(settling.observe(room, 0s).settled == Names{"/in/newer"});
  // Everything has been seen: from here on a file may be as old as it likes.
  FileSnapshot moved_in = room;
  moved_in.began = moved_in.ended = BootInstant{2s};
  moved_in.files["/in/moved"] = file(1, 10);
  CHECK(settling.observe(moved_in, 0s).settled == Names{"/in/moved"});
}

TEST_CASE("what is out of sight is forgotten when there is no more room") {
  FileMemory memory;
  for (std::size_t i = 0; i <= kMaxWatchedFiles; ++i)
    memory.files["/far/" + std::to_string(i)] = {file(1).state, 9};
  FileSettling settling(memory);
  FileSnapshot snapshot = snapshot_at(0s, {});
  snapshot.directories["/far"] = 0;
  settling.observe(snapshot, kSettle);
  CHECK(settling.memory().files.empty());
}
