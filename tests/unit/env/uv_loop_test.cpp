#include "env/real/uv_loop.h"

#include <fstream>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include "env/real/posix_clock.h"
#include "support/temp_dir.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

struct World {
  std::unique_ptr<Clock> clock = make_posix_clock();
  std::unique_ptr<Loop> loop = make_uv_loop(*clock);
  // No test hangs: after the deadline the loop stops and the test's own checks fail.
  Loop::Handle deadline = loop->at(clock->boot_now() + 10s, [this] { loop->stop(); });
};

}  // namespace

TEST_CASE("timers run in the order of their instants, whatever the order they were set in") {
  World world;
  std::vector<int> order;
  const BootInstant now = world.clock->boot_now();
  auto second = world.loop->at(now + 20ms, [&] {
    order.push_back(2);
    world.loop->stop();
  });
  auto first = world.loop->at(now + 10ms, [&] { order.push_back(1); });
  auto never = world.loop->at(now + 15ms, [&] { order.push_back(9); });
  never.reset();
  world.loop->run();
  CHECK(order == std::vector<int>{1, 2});
  CHECK(world.clock->boot_now() >= now + 20ms);
}

TEST_CASE("a timer may destroy itself and set another in its callback") {
  World world;
  Loop::Handle timer;
  int count = 0;
  std::function<void()> again = [&] {
    if (++count == 3) return world.loop->stop();
    timer = world.loop->at(world.clock->boot_now() + 1ms, again);
  };
  timer = world.loop->at(world.clock->boot_now(), again);
  world.loop->run();
  CHECK(count == 3);
}

TEST_CASE("a wall-clock wake-up in the past comes at once, and once") {
  World world;
  int count = 0;
  auto watch = world.loop->at_wall(world.clock->now() - 1h, [&](bool jumped) {
    CHECK_FALSE(jumped);
    ++count;
  });
  auto stop = world.loop->at(world.clock->boot_now() + 30ms, [&] { world.loop->stop(); });
  world.loop->run();
  CHECK(count == 1);
}

TEST_CASE("a wall-clock wake-up does not come early") {
  World world;
  const Instant when = world.clock->now() + 25ms;
  Instant came{};
  auto watch = world.loop->at_wall(when, [&](bool) {
    came = world.clock->now();
    world.loop->stop();
  });
  world.loop->run();
  CHECK(came >= when);
}

TEST_CASE("both directions of one socket can be watched") {
  World world;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  bool readable = false;
  bool writable = false;
  auto write_watch = world.loop->on_ready(ends[1], Loop::Interest::write, [&] {
    if (!writable) CHECK(write(ends[1], "x", 1) == 1);
    writable = true;
  });
  auto read_watch = world.loop->on_ready(ends[0], Loop::Interest::read, [&] {
    readable = true;
    world.loop->stop();
  });
  auto second_read_watch =
      world.loop->on_ready(ends[0], Loop::Interest::read, [&] { world.loop->stop(); });
  world.loop->run();
  CHECK(writable);
  read_watch.reset();
  world.loop->run();
  CHECK(readable);
  second_read_watch.reset();
  write_watch.reset();
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("signals arrive as callbacks") {
  World world;
  bool got = false;
  auto watch = world.loop->on_signal(SIGUSR1, [&] {
    got = true;
    world.loop->stop();
  });
  raise(SIGUSR1);
  world.loop->run();
  CHECK(got);
}

TEST_CASE("offloaded work runs on another thread and its end on the loop's") {
  World world;
  const auto loop_thread = std::this_thread::get_id();
  std::thread::id work_thread;
  std::thread::id done_thread;
  world.loop->offload([&] { work_thread = std::this_thread::get_id(); },
                      [&] {
                        done_thread = std::this_thread::get_id();
                        world.loop->stop();
                      });
  world.loop->run();
  CHECK(work_thread != loop_thread);
  CHECK(done_thread == loop_thread);
}

TEST_CASE("post from another thread is run by the loop") {
  World world;
  bool ran = false;
  std::thread other([&] {
    world.loop->post([&] {
      ran = true;
      world.loop->stop();
    });
  });
  world.loop->run();
  other.join();
  CHECK(ran);
}

TEST_CASE("what was posted is done although nothing else is watched, and then the loop ends") {
  auto clock = make_posix_clock();
  auto loop = make_uv_loop(*clock);
  int count = 0;
  loop->post([&] { loop->post([&] { ++count; }); });
  loop->run();
  CHECK(count == 1);
  loop->post([&] {
    loop->stop();
    loop->post([&] { ++count; });
  });
  loop->run();
  CHECK(count == 1);
}

TEST_CASE("a new file in a watched directory is noticed") {
  World world;
  TempDir dir;
  bool noticed = false;
  auto watch = world.loop->on_change(dir.path(), [&] {
    noticed = true;
    world.loop->stop();
  });
  world.loop->post([&] { std::ofstream(dir.file("new")) << "x"; });
  world.loop->run();
  CHECK(noticed);
}
