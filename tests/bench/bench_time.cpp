// ns per firing, per parse, and for a million schedules. See README.md for how to run it beside
// other libraries.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <new>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "time/cursor.h"
#include "time/timetable.h"
#include "time/zone_database.h"

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace dsched {
namespace {

constexpr const char* kExpressions[] = {
    "* * * * *",         "*/5 * * * *", "*/15 * * * *", "7,22,37,52 * * * *", "0 * * * *",
    "*/10 9-17 * * 1-5", "0 */2 * * *", "0 0 * * *",    "15 14 * * *",        "30 2 * * 1-5",
    "0 22 * * 1-5",      "0 9 * * 1",   "5 4 * * 0",    "0 0 1 * *",          "0 0 1,15 * *",
    "0 12 1 */3 *",      "0 0 31 * *",  "0 0 1 1 *",    "0 0 29 2 *",         "0 12 13 * 5",
    "0 0 29 2 1",        "0 0 31 12 5"};

constexpr Second kStart{std::chrono::seconds{1767225600}};  // 2026-01-01
constexpr Second kEnd{std::chrono::seconds{3944678400}};    // 2095-01-01
constexpr int kMostFirings = 10'000;

std::shared_ptr<const Zone> zone(const std::string& name) {
  const auto read = [](const std::string& path) -> Result<std::string> {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  static ZoneDatabase database({"/usr/share/zoneinfo"}, read);
  return database.find(name).value();
}

Schedule schedule(const char* expression) {
  return *Schedule::parse(expression, {}).schedule;
}

// Successive firings from 2026 on, up to 10,000 or to 2095, over and over.
void next(benchmark::State& state, const char* expression, const char* zone_name) {
  const Timetable timetable({schedule(expression)}, zone(zone_name));
  Second at = kStart;
  int firings = 0;
  for (auto _ : state) {
    const auto found = timetable.next(at);
    const bool again = !found || *found >= kEnd || ++firings == kMostFirings;
    at = again ? kStart : *found;
    if (again) firings = 0;
  }
  Second last = at;
  benchmark::DoNotOptimize(last);  // every firing depends on the one before: none can be left out
}

// The same firings by a cursor, which knows where the last one was.
void cursor(benchmark::State& state, const char* expression) {
  const Pattern pattern = schedule(expression).pattern();
  const Cursor start(pattern.next(kStart.time_since_epoch().count()));
  Cursor at = start;
  int firings = 0;
  for (auto _ : state) {
    const bool again =
        at.advance(pattern) >= kEnd.time_since_epoch().count() || ++firings == kMostFirings;
    if (again) {
      at = start;
      firings = 0;
    }
  }
  LocalSecond last = at.at();
  benchmark::DoNotOptimize(last);
}

void parse(benchmark::State& state, const std::string& expression) {
  const ScheduleContext context;
  const std::size_t before = allocations;
  for (auto _ : state) {
    auto parsed = Schedule::parse(expression, context);
    benchmark::DoNotOptimize(parsed);
  }
  state.counters["allocations"] = benchmark::Counter(static_cast<double>(allocations - before),
                                                     benchmark::Counter::kAvgIterations);
}

// Each of a million different schedules once: most of the time goes into memory.
void million(benchmark::State& state, const char* zone_name) {
  const auto where = zone(zone_name);
  std::vector<Schedule> schedules;
  schedules.reserve(1'000'000);
  for (int i = 0; i < 1'000'000; ++i) {
    const std::string expression = std::to_string(i % 60) + " " + std::to_string(i / 60 % 24) +
                                   " * * " + (i % 3 == 0 ? "*" : std::to_string(i % 7));
    schedules.push_back(schedule(expression.c_str()));
  }
  const std::int64_t start_s = kStart.time_since_epoch().count();
  for (auto _ : state) {
    for (const Schedule& each : schedules)
      benchmark::DoNotOptimize(next_firing_of_minutes(each.pattern(), *where, {}, start_s));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(schedules.size()));
}

void register_all() {
  for (const char* expression : kExpressions) {
    const std::string text = expression;
    for (const char* name : {"UTC", "Europe/Berlin"}) {
      benchmark::RegisterBenchmark(("next/" + std::string(name) + "/" + text).c_str(), next,
                                   expression, name);
    }
    benchmark::RegisterBenchmark(("cursor/UTC/" + text).c_str(), cursor, expression);
    benchmark::RegisterBenchmark(("parse/" + text).c_str(), parse, text);
  }
  benchmark::RegisterBenchmark("million/UTC", million, "UTC")->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace dsched

int main(int argc, char** argv) {
  dsched::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  std::printf("sizeof: Pattern %zu, Schedule %zu, Timetable %zu bytes\n", sizeof(dsched::Pattern),
              sizeof(dsched::Schedule), sizeof(dsched::Timetable));
  benchmark::RunSpecifiedBenchmarks();
}
