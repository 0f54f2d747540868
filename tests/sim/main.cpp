// dsched_sim: plays scenarios from seeds and judges what came of them. README.md says how to use
// it.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "sim/check.h"
#include "sim/describe.h"
#include "sim/planted.h"
#include "sim/world.h"

namespace {

struct Options {
  std::uint64_t first = 1;
  std::uint64_t last = 200;
  std::string list;  // a file of seeds instead, one at the beginning of each line
  bool trace = false;
  bool keep_going = false;
  std::string bug;          // plant this one
  bool catch_bugs = false;  // all of them must be caught
};

// A broken invariant of the engine itself ends the program; say where.
std::uint64_t seed_being_played = 0;
void say_seed(int) {
  std::fprintf(stderr, "seed %llu: aborted\n", static_cast<unsigned long long>(seed_being_played));
}

[[noreturn]] void usage() {
  std::fputs(
      "usage: dsched_sim [--seed N | --seeds A..B | --list FILE] [--trace] [--keep-going] [--bug "
      "NAME]\n"
      "       dsched_sim --planted [--seeds A..B]\n",
      stderr);
  std::exit(2);
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&]() -> std::string {
      if (i + 1 == argc) usage();
      return argv[++i];
    };
    if (word == "--seed") {
      options.first = options.last = std::stoull(value());
    } else if (word == "--seeds") {
      const std::string range = value();
      const std::size_t dots = range.find("..");
      if (dots == std::string::npos) usage();
      options.first = std::stoull(range.substr(0, dots));
      options.last = std::stoull(range.substr(dots + 2));
    } else if (word == "--list") {
      options.list = value();
    } else if (word == "--trace") {
      options.trace = true;
    } else if (word == "--keep-going") {
      options.keep_going = true;
    } else if (word == "--bug") {
      options.bug = value();
    } else if (word == "--planted") {
      options.catch_bugs = true;
    } else {
      usage();
    }
  }
  return options;
}

void print_trace(const dsched::Moment& now, const std::string& line) {
  const double boot_s = dsched::to_seconds(now.boot.time_since_epoch());
  fmt::print("{:>10.3f} {} {}\n", boot_s, sim::describe(now.wall), line);
}

struct Played {
  sim::Findings findings;
  dsched::Duration simulated{};
};

Played play(std::uint64_t seed, const sim::Flaws& flaws, bool trace) {
  seed_being_played = seed;
  const sim::Scenario scenario = sim::make_scenario(seed);
  if (trace) {
    fmt::print("seed {} from {}, crash at one boundary in {}\n", seed,
               sim::describe(scenario.start), scenario.crash_one_in);
    for (const auto& [name, spec] : scenario.setup.jobs) fmt::print("  {}\n", sim::describe(spec));
    fmt::print("  {}\n", sim::describe(scenario.setup.limits));
  }
  const sim::Evidence evidence =
      sim::play(scenario, flaws, trace ? sim::Trace(print_trace) : sim::Trace());
  return {sim::check(evidence), evidence.ended.boot - evidence.began.boot};
}

std::vector<std::uint64_t> seeds_of(const Options& options) {
  std::vector<std::uint64_t> seeds;
  if (options.list.empty()) {
    for (std::uint64_t seed = options.first; seed <= options.last; ++seed) seeds.push_back(seed);
    return seeds;
  }
  std::ifstream file(options.list);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.front() != '#') seeds.push_back(std::stoull(line));
  }
  if (seeds.empty()) usage();
  return seeds;
}

int run_seeds(const Options& options) {
  const sim::Flaws flaws =
      options.bug.empty() ? sim::Flaws() : sim::planted_bug(options.bug).flaws();
  const auto begin = std::chrono::steady_clock::now();
  dsched::Duration simulated{};
  std::size_t count = 0;
  std::size_t failed = 0;
  for (const std::uint64_t seed : seeds_of(options)) {
    ++count;
    const Played played = play(seed, flaws, options.trace);
    simulated += played.simulated;
    for (const sim::Finding& finding : played.findings)
      fmt::print("seed {}: {}: {}\n", seed, finding.invariant, finding.what);
    if (played.findings.empty()) continue;
    ++failed;
    if (!options.keep_going) break;
  }
  const double took =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  fmt::print("{} seeds, {} failed; {:.1f} seeds/s, {:.0f} simulated hours per minute\n", count,
             failed, static_cast<double>(count) / took,
             dsched::to_seconds(simulated) / 3600 / took * 60);
  return failed == 0 ? 0 : 1;
}

// The first seed that catches the bug and finds nothing without it, or 0.
std::uint64_t catching_seed(const sim::PlantedBug& bug, const Options& options,
                            std::string& invariant) {
  for (std::uint64_t seed = options.first; seed <= options.last; ++seed) {
    const Played played = play(seed, bug.flaws(), false);
    if (played.findings.empty() || !play(seed, sim::Flaws(), false).findings.empty()) continue;
    invariant = played.findings.front().invariant;
    return seed;
  }
  return 0;
}

int catch_planted_bugs(const Options& options) {
  int escaped = 0;
  for (const sim::PlantedBug& bug : sim::planted_bugs()) {
    std::string invariant;
    const std::uint64_t seed = catching_seed(bug, options, invariant);
    if (seed == 0) ++escaped;
    fmt::print("{:<34} {}\n", bug.name,
               seed == 0 ? "ESCAPED" : fmt::format("caught by seed {}: {}", seed, invariant));
    std::fflush(stdout);
  }
  return escaped == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 1 << 16);
  std::signal(SIGABRT, say_seed);
  const Options options = parse(argc, argv);
  return options.catch_bugs ? catch_planted_bugs(options) : run_seeds(options);
}
