#include "daemon/file_watcher.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "env/real/posix_clock.h"
#include "env/real/posix_files.h"
#include "env/real/uv_loop.h"
#include "support/mem_files.h"
#include "support/temp_dir.h"
#include "support/virtual_loop.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

class Messages final : public Log {
 public:
  void write(LogLevel, std::string_view message, const std::vector<LogField>&) override {
    all.emplace_back(message);
  }
  Names all;
};

Job watching(const std::string& name, Names globs, Duration settle) {
  Job job;
  job.name = name;
  job.watch = {std::move(globs), settle};
  return job;
}

struct Fired {
  std::string job;
  Names files;
  FileWatcher::Kept kept;
};

// Files in memory on virtual time: no hints, so everything is polled.
struct SlowWorld {
  VirtualClock clock;
  VirtualLoop loop{clock};
  MemFiles files;
  Messages log;
  std::vector<Fired> fired;
  bool keeps = true;
  int saved = 0;
  std::unique_ptr<FileWatcher> watcher;

  SlowWorld() { files.make_directory("/in"); }

  void start(const std::vector<Job>& jobs) {
    watcher = std::make_unique<FileWatcher>(
        loop, clock, files, log, "/state",
        FileWatcher::Listener{
            .on_settled =
                [this](const std::string& job, Names names, FileWatcher::Kept kept) {
                  if (keeps) kept();
                  fired.push_back({job, std::move(names), std::move(kept)});
                },
            .on_saved = [this] { ++saved; }});
    watcher->configure(jobs);
    loop.run_for(1s);
  }
  void restart(const std::vector<Job>& jobs) {
    watcher.reset();
    start(jobs);
  }
};

const std::vector<Job> kOneJob = {watching("in", {"/in/*"}, 2s)};

// Real files and real time. A test waits for what is to come, and fails after a deadline.
struct RealWorld {
  static constexpr Duration kSettle = 40ms;

  std::unique_ptr<Clock> clock = make_posix_clock();
  std::unique_ptr<Files> files = make_posix_files();
  std::unique_ptr<Loop> loop = make_uv_loop(*clock);
  TempDir dir;
  TempDir state;
  Messages log;
  std::vector<Fired> fired;
  std::unique_ptr<FileWatcher> watcher;

  void start(const std::string& pattern = "in/*", Duration settle = kSettle) {
    watcher.reset();
    watcher = std::make_unique<FileWatcher>(
        *loop, *clock, *files, log, state.path(),
        FileWatcher::Listener{
            .on_settled =
                [this](const std::string& job, Names names, FileWatcher::Kept kept) {
                  kept();
                  fired.push_back({job, std::move(names), std::move(kept)});
                },
            .on_saved = nullptr});
    watcher->configure({watching("job", {dir.file(pattern)}, settle)});
  }

  bool wait_until(const std::function<bool()>& holds) {
    const BootInstant deadline = clock->boot_now() + 10s;
    while (!holds() && clock->boot_now() < deadline) {
      const auto tick = loop->at(clock->boot_now() + 5ms, [this] { loop->stop(); });
      loop->run();
    }
    return holds();
  }
  // A baseline has been taken and saved.
  bool started() {
    return wait_until(
        [this] { return std::filesystem::exists(state.file("watch/job")) && !watcher->saving(); });
  }
  bool fires(std::size_t times) {
    return wait_until([&] { return fired.size() >= times; });
  }
  void make_directory(const std::string& name) {
    std::filesystem::create_directories(dir.file(name));
  }
  void write(const std::string& name, const std::string& text = "x") {
    std::ofstream(dir.file(name), std::ios::app) << text;
  }
};

}  // namespace

TEST_CASE("without hints files are found by looking every few seconds") {
  SlowWorld world;
  world.files.put("/in/old", "x");
  world.start(kOneJob);
  CHECK(world.log.all.size() == 1);  // that it polls
  world.files.put("/in/a", "x");
  world.files.put("/in/b", "x");
  world.loop.run_for(30s);
  REQUIRE(world.fired.size() == 1);
  CHECK(world.fired[0].job == "in");
  CHECK(world.fired[0].files == Names{"/in/a", "/in/b"});
  CHECK(world.log.all.size() == 1);
}

TEST_CASE("nothing is looked at when no job watches") {
  SlowWorld world;
  world.start({watching("idle", {}, 2s)});
  CHECK(world.loop.timers() == 0);
  world.watcher->configure(kOneJob);
  CHECK(world.loop.timers() == 1);
  world.watcher->configure({});
  CHECK(world.loop.timers() == 0);
}

TEST_CASE("files that came while nobody looked fire after the start") {
  SlowWorld world;
  world.files.put("/in/old", "x");
  world.start(kOneJob);
  world.watcher.reset();
  world.files.put("/in/new", "x");
  world.restart(kOneJob);
  world.loop.run_for(30s);
  REQUIRE(world.fired.size() == 1);
  CHECK(world.fired[0].files == Names{"/in/new"});
  world.restart(kOneJob);
  world.loop.run_for(30s);
  CHECK(world.fired.size() == 1);
}

TEST_CASE("a firing that did not reach the disk fires again after a restart") {
  SlowWorld world;
  world.start(kOneJob);
  world.keeps = false;
  world.files.put("/in/a", "x");
  world.loop.run_for(30s);
  REQUIRE(world.fired.size() == 1);
  world.restart(kOneJob);
  world.loop.run_for(30s);
  REQUIRE(world.fired.size() == 2);
  world.fired[1].kept();
  world.loop.run_for(1s);
  world.restart(kOneJob);
  world.loop.run_for(30s);
  CHECK(world.fired.size() == 2);
}

TEST_CASE("a damaged memory is dropped with a warning, and what is there is the baseline") {
  SlowWorld world;
  world.start(kOneJob);
  world.files.put("/state/watch/in", "rubbish");
  world.files.put("/in/a", "x");
  world.log.all.clear();
  world.restart(kOneJob);
  CHECK(world.log.all.size() == 2);
  world.loop.run_for(30s);
  CHECK(world.fired.empty());
  world.files.put("/in/b", "x");
  world.loop.run_for(30s);
  REQUIRE(world.fired.size() == 1);
  CHECK(world.fired[0].files == Names{"/in/b"});
}

TEST_CASE("what matches new patterns only does not fire") {
  SlowWorld world;
  world.files.make_directory("/more");
  world.start(kOneJob);
  world.files.put("/in/a", "x");
  world.files.put("/more/b", "x");
  world.watcher->configure({watching("in", {"/more/*", "/in/*"}, 2s)});
  world.loop.run_for(30s);
  REQUIRE(world.fired.size() == 1);
  CHECK(world.fired[0].files == Names{"/in/a"});
  world.files.put("/more/c", "x");
  world.loop.run_for(30s);
  REQUIRE(world.fired.size() == 2);
  CHECK(world.fired[1].files == Names{"/more/c"});
}

TEST_CASE("a job that is gone or disabled is forgotten") {
  SlowWorld world;
  world.start(kOneJob);
  CHECK(world.files.info("/state/watch/in"));
  Job disabled = kOneJob[0];
  disabled.enabled = false;
  for (const std::vector<Job>& jobs : {std::vector<Job>{}, std::vector<Job>{disabled}}) {
    world.watcher->configure(jobs);
    CHECK_FALSE(world.files.info("/state/watch/in"));
    world.files.put("/in/meanwhile", "x");
    world.watcher->configure(kOneJob);
    world.loop.run_for(30s);
    CHECK(world.fired.empty());
  }
}

TEST_CASE("more names than fit are several firings") {
  SlowWorld world;
  world.start(kOneJob);
  const std::string long_name(200, 'n');
  for (int i = 0; i < 1500; ++i) world.files.put("/in/" + long_name + std::to_string(i), "x");
  for (int i = 0; i < 1500; ++i) world.files.put("/in/" + std::to_string(i), "x");
  world.loop.run_for(30s);
  std::size_t names = 0;
  for (const Fired& fired : world.fired) {
    CHECK(fired.files.size() <= 1000);
    std::size_t bytes = 0;
    for (const std::string& name : fired.files) bytes += name.size() + 1;
    CHECK(bytes <= 64 << 10);
    names += fired.files.size();
  }
  CHECK(names == 3000);
}

TEST_CASE("a look that hangs does not hold up jobs on other file systems") {
  SlowWorld world;
  world.files.make_directory("/far");
  world.start({watching("near", {"/in/*"}, 2s)});
  world.watcher->configure({watching("near", {"/in/*"}, 2s), watching("far", {"/far/*"}, 2s)});
  world.loop.hold_up = true;
  world.loop.run_for(1s);
  CHECK(world.loop.held_up() == 1);  // of "far", which has not been looked at yet
  world.loop.run_for(10s);
  CHECK(world.loop.held_up() == 2);  // and of "near" beside it, once
  world.watcher.reset();
  world.loop.release();
  world.loop.run_for(10s);
  CHECK(world.fired.empty());
}

TEST_CASE(
    "after a restart a look that hangs does not hold up jobs that were on local file systems") {
  SlowWorld world;
  world.files.make_directory("/far");
  world.start({watching("near", {"/in/*"}, 2s)});
  world.watcher.reset();
  world.loop.hold_up = true;
  world.start({watching("far", {"/far/*"}, 2s), watching("near", {"/in/*"}, 2s)});
  CHECK(world.loop.held_up() == 2);
}

TEST_CASE("after stop nothing fires, and what was told is still kept") {
  SlowWorld world;
  world.start(kOneJob);
  world.keeps = false;
  world.files.put("/in/a", "x");
  world.loop.run_for(30s);
  REQUIRE(world.fired.size() == 1);
  world.watcher->stop();
  world.files.put("/in/b", "x");
  const int saved_before = world.saved;
  world.fired[0].kept();
  CHECK(world.watcher->saving());
  world.loop.run_for(30s);
  CHECK_FALSE(world.watcher->saving());
  CHECK(world.saved == saved_before + 1);
  CHECK(world.fired.size() == 1);
  world.restart(kOneJob);
  world.loop.run_for(30s);
  REQUIRE(world.fired.size() == 2);
  CHECK(world.fired[1].files == Names{"/in/b"});
}

TEST_CASE("a real file that is written, and one that is renamed into place, fire") {
  RealWorld world;
  world.make_directory("in");
  world.write("in/old");
  world.write("elsewhere");
  world.start();
  REQUIRE(world.started());
  world.write("in/a");
  REQUIRE(world.fires(1));
  CHECK(world.fired[0].files == Names{world.dir.file("in/a")});
  std::filesystem::rename(world.dir.file("elsewhere"), world.dir.file("in/b"));
  REQUIRE(world.fires(2));
  CHECK(world.fired[1].files == Names{world.dir.file("in/b")});
  world.write("in/old", "more");
  REQUIRE(world.fires(3));
  CHECK(world.fired[2].files == Names{world.dir.file("in/old")});
  CHECK(world.log.all.empty());
}

TEST_CASE("a file that is moved away and back fires again") {
  RealWorld world;
  world.make_directory("in");
  world.start();
  REQUIRE(world.started());
  world.write("in/a");
  REQUIRE(world.fires(1));
  std::filesystem::rename(world.dir.file("in/a"), world.dir.file("done"));
  world.write("in/b");
  REQUIRE(world.fires(2));  // by now it has been seen that "a" is gone
  std::filesystem::rename(world.dir.file("done"), world.dir.file("in/a"));
  REQUIRE(world.fires(3));
  CHECK(world.fired[2].files == Names{world.dir.file("in/a")});
}

TEST_CASE("a slow writer fires once, when it has stopped") {
  RealWorld world;
  world.make_directory("in");
  world.start("in/*", 400ms);
  REQUIRE(world.started());
  Duration longest_pause{0};
  BootInstant written = world.clock->boot_now();
  for (int i = 0; i < 40; ++i) {
    world.write("in/slow");
    longest_pause = std::max(longest_pause, world.clock->boot_now() - written);
    written = world.clock->boot_now();
    world.wait_until([&] { return world.clock->boot_now() >= written + 20ms; });
  }
  // A machine that stands still makes the writer look as if it had stopped.
  const std::size_t early = world.fired.size();
  if (longest_pause < 200ms) CHECK(early == 0);
  REQUIRE(world.fires(early + 1));
  CHECK(world.clock->boot_now() - written >= 400ms);
}

TEST_CASE("directories that do not exist yet are waited for") {
  RealWorld world;
  world.start("not/yet/*");
  REQUIRE(world.started());
  world.make_directory("not/yet");
  world.write("not/yet/a");
  REQUIRE(world.fires(1));
  CHECK(world.fired[0].files == Names{world.dir.file("not/yet/a")});
  std::filesystem::remove_all(world.dir.file("not"));
  world.make_directory("not/yet");
  world.write("not/yet/b");
  REQUIRE(world.fires(2));
  CHECK(world.fired[1].files == Names{world.dir.file("not/yet/b")});
}

TEST_CASE("a directory fires when the pattern asks for directories") {
  RealWorld world;
  world.make_directory("in");
  world.start("in/*/");
  REQUIRE(world.started());
  world.write("in/file");
  world.make_directory("in/batch");
  REQUIRE(world.fires(1));
  CHECK(world.fired[0].files == Names{world.dir.file("in/batch/")});
  world.write("in/batch/part");
  REQUIRE(world.fires(2));
}

TEST_CASE("files that came between two daemons fire") {
  RealWorld world;
  world.make_directory("in");
  world.write("in/old");
  world.start();
  REQUIRE(world.started());
  world.watcher.reset();
  world.write("in/new");
  world.start();
  REQUIRE(world.fires(1));
  CHECK(world.fired[0].files == Names{world.dir.file("in/new")});
}

TEST_CASE("nothing is lost when the kernel's queue of events overflows") {
  RealWorld world;
  world.make_directory("in");
  world.start();
  REQUIRE(world.started());
  std::size_t queue = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queue;
  REQUIRE(queue > 0);
  std::ofstream a(world.dir.file("in/.a"));
  std::ofstream b(world.dir.file("in/.b"));
  for (std::size_t i = 0; i <= queue / 2; ++i) {
    a << "x" << std::flush;
    b << "x" << std::flush;
  }
  world.write("in/last");
  REQUIRE(world.fires(1));
  CHECK(world.fired[0].files == Names{world.dir.file("in/last")});
}
