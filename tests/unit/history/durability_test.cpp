#include <thread>

#include <doctest/doctest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/history/history_fixture.h"

namespace dsched::test {
namespace {

struct DurabilityFixture {
  TemporaryDirectory directory;
  std::string path = directory.file("history.db");
};

// Applies claims for ever and writes the number of each to the pipe once it is acknowledged.
[[noreturn]] void claim_for_ever(const std::string& path, int first, int pipe_end) {
  const auto history = must(open_history(path));
  for (int i = first;; ++i) {
    add_run(*history, "a", i, "R" + std::to_string(i));
    if (::write(pipe_end, &i, sizeof i) != sizeof i) ::_exit(1);
  }
}

int last_acknowledged(int pipe_end, int enough, pid_t child) {
  int number = 0;
  int count = 0;
  int last = -1;
  while (::read(pipe_end, &number, sizeof number) == sizeof number) {
    last = number;
    if (++count == enough) ::kill(child, SIGKILL);
  }
  return last;
}

TEST_CASE_FIXTURE(
    DurabilityFixture,
    "a writer that is killed has lost nothing that was acknowledged and left nothing half done") {
  int next = 0;
  for (int round = 0; round < 8; ++round) {
    CAPTURE(round);
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) claim_for_ever(path, next, ends[1]);
    ::close(ends[1]);
    const int last = last_acknowledged(ends[0], 7 + 13 * round, child);
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);

    const auto history = must(open_history(path));
    const std::vector<RunRecord> runs = must(history->runs({}));
    const int found = static_cast<int>(runs.size());
    // The kill may fall between the commit and its acknowledgement: one more, never one less.
    CHECK(found >= last + 1);
    CHECK(found <= last + 2);
    for (const RunRecord& run : runs) {
      CHECK(run.result == RunResult::ok);
      CHECK(run.attempts.size() == 1);
    }
    CHECK(runs.front().run_id == "R" + std::to_string(found - 1));
    CHECK(runs.front().fence == static_cast<std::uint64_t>(found));
    CHECK(must(history->decisions({})).size() == runs.size());
    next = found;
  }
}

// Fills the history until an apply fails, makes room, and applies the same changes again. Answers
// 0, or which expectation failed.
template <class MakeRoom>
int fail_and_recover(const std::string& path, ErrorCode expected, MakeRoom make_room) {
  const auto history = must(open_history(path));
  const auto changes_of = [](int i) {
    ClaimRun large = claim("a", i, "R" + std::to_string(i));
    large.decision.detail = std::string(20'000, 'x');
    return std::vector<HistoryChange>{large, MoveCursor{{"a", at(i), 1}}};
  };
  int next = 0;
  Result<std::vector<AppliedChange>> applied = history->apply(changes_of(next));
  while (applied && next < 10'000) applied = history->apply(changes_of(++next));
  if (applied) return 1;
  if (applied.error().code != expected) return 2;
  if (applied.error().message.find(path) == std::string::npos) return 3;
  const auto is_complete = [&](int count) {
    return static_cast<int>(must(history->runs({})).size()) == count &&
           must(history->cursors()).at(0).decided_until == at(count - 1);
  };
  if (!is_complete(next)) return 4;
  if (history->apply(changes_of(next))) return 5;  // still no room
  make_room();
  const auto again = history->apply(changes_of(next));
  if (!again) return 6;
  if (!again->at(0).accepted || again->at(0).fence != static_cast<std::uint64_t>(next) + 1)
    return 7;
  return is_complete(next + 1) ? 0 : 8;
}

TEST_CASE_FIXTURE(DurabilityFixture,
                  "a full disk refuses a change, and takes it when there is room again") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: mounting a small file system needs root");
    return;
  }
  constexpr int kCannotMount = 99;
  const int code = in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", directory.path().c_str(), "tmpfs", 0, "size=2m") != 0) {
      return kCannotMount;
    }
    return fail_and_recover(path, ErrorCode::no_space, [&] {
      ::mount("tmpfs", directory.path().c_str(), "tmpfs", MS_REMOUNT, "size=8m");
    });
  });
  if (code == kCannotMount) {
    MESSAGE("skipped: a small file system cannot be mounted here");
    return;
  }
  CHECK(code == 0);
}

TEST_CASE_FIXTURE(DurabilityFixture,
                  "a write that fails refuses a change, and takes it when writing works again") {
  const int code = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const auto limit = [](rlim_t bytes) {
      const rlimit value{bytes, RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &value);
    };
    limit(1 << 20);
    return fail_and_recover(path, ErrorCode::io, [&] { limit(RLIM_INFINITY); });
  });
  CHECK(code == 0);
}

TEST_CASE_FIXTURE(DurabilityFixture, "a history may be handed from thread to thread") {
  const auto history = must(open_history(path));
  for (int i = 0; i < 4; ++i) {
    std::thread([&] { add_run(*history, "a", i, "R" + std::to_string(i)); }).join();
    CHECK(must(history->runs({})).size() == static_cast<std::size_t>(i) + 1);
  }
}

}  // namespace
}  // namespace dsched::test
