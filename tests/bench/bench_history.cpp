// What a claim costs, beside what the disk asks for one synchronous write, and how fast `list` gets
// its summaries.

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/run_id.h"
#include "history/history.h"

namespace dsched {
namespace {

constexpr int kJobs = 10'000;
constexpr int kRunsPerJob = 100;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dsched-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Runs of many jobs in turn, one a second.
class RunSource {
 public:
  ClaimRun next_claim() {
    const Instant now = from_unix_us(1'700'000'000'000'000 + number_ * 1'000'000);
    const auto number = static_cast<std::uint64_t>(number_);
    ClaimRun change;
    change.run.run_id = make_run_id(now, number, number * 0x9E3779B97F4A7C15ULL);
    change.run.job = "team/service-" + std::to_string(number_ % kJobs);
    change.run.firing_at = change.run.claimed_at = now;
    change.run.host = "web1";
    change.run.supervisor = "5b0e7c1e-0000-4000-8000-000000000000";
    change.run.user = "www-data";
    change.run.log_path = "/var/log/dsched/" + change.run.job + "/" + change.run.run_id + ".log";
    change.decision.job = change.run.job;
    change.decision.run_id = change.run.run_id;
    change.decision.firing_at = change.decision.decided_at = now;
    ++number_;
    return change;
  }

 private:
  std::int64_t number_ = 0;
};

void add_ended_run(RunSource& source, std::vector<HistoryChange>& changes) {
  ClaimRun claim = source.next_claim();
  AttemptEnded attempt{.key = {claim.run.run_id, 1}, .outcome = {}};
  attempt.outcome.started_at = claim.run.claimed_at;
  attempt.outcome.ended_at = claim.run.claimed_at + std::chrono::seconds(2);
  attempt.outcome.duration = std::chrono::seconds(2);
  RunEnded ended{
      .run_id = claim.run.run_id, .result = RunResult::ok, .exit_status = 0, .ended_at = {}};
  ended.ended_at = attempt.outcome.ended_at;
  changes.insert(changes.end(), {std::move(claim), std::move(attempt), std::move(ended)});
}

// A history of a million runs, made once for all benchmarks that read.
class LargeHistory {
 public:
  LargeHistory() : path_(directory_.file("history.db")) {
    const auto history = must(open_history(path_));
    RunSource source;
    for (int batch = 0; batch < kRunsPerJob; ++batch) {
      std::vector<HistoryChange> changes;
      for (int i = 0; i < kJobs; ++i) add_ended_run(source, changes);
      must(history->apply(changes));
    }
  }
  static const std::string& path() {
    static const LargeHistory large;
    return large.path_;
  }

 private:
  TemporaryDirectory directory_;
  std::string path_;
};

void claims(benchmark::State& state) {
  const TemporaryDirectory directory;
  const auto history = must(open_history(directory.file("history.db")));
  RunSource source;
  for (auto _ : state) {
    std::vector<HistoryChange> changes;
    for (std::int64_t i = 0; i < state.range(0); ++i) changes.emplace_back(source.next_claim());
    must(history->apply(changes));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(claims)->Arg(1)->Arg(10)->Arg(100)->UseRealTime();

// One more claim of a job that has decided a hundred thousand firings.
void claims_of_an_old_job(benchmark::State& state) {
  const TemporaryDirectory directory;
  const auto history = must(open_history(directory.file("history.db")));
  std::vector<HistoryChange> changes;
  RunSource source;
  for (int i = 0; i < 100'000; ++i) {
    ClaimRun claim = source.next_claim();
    claim.run.job = claim.decision.job = "old";
    changes.emplace_back(std::move(claim));
  }
  must(history->apply(changes));
  for (auto _ : state) {
    ClaimRun claim = source.next_claim();
    claim.run.job = claim.decision.job = "old";
    must(history->apply({std::move(claim)}));
  }
}
BENCHMARK(claims_of_an_old_job)->UseRealTime();

// What SQLite writes for a claim of one page, and no SQLite: the floor of what a transaction can
// cost here.
void raw_fdatasync(benchmark::State& state) {
  const TemporaryDirectory directory;
  const int file = ::open(directory.file("raw").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  for (auto _ : state) {
    if (::write(file, page.data(), page.size()) < 0 || ::fdatasync(file) != 0) {
      state.SkipWithError("cannot write");
    }
  }
  ::close(file);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(raw_fdatasync)->UseRealTime();

void open_and_summaries(benchmark::State& state) {
  const std::string& path = LargeHistory::path();
  for (auto _ : state) {
    benchmark::DoNotOptimize(must(must(open_history_for_reading(path))->summaries()));
  }
}
BENCHMARK(open_and_summaries)->Unit(benchmark::kMillisecond);

void open_for_writing(benchmark::State& state) {
  const std::string& path = LargeHistory::path();
  for (auto _ : state) benchmark::DoNotOptimize(must(open_history(path)));
}
BENCHMARK(open_for_writing)->Unit(benchmark::kMillisecond);

void last_settled(benchmark::State& state) {
  const auto reader = must(open_history_for_reading(LargeHistory::path()));
  for (auto _ : state) benchmark::DoNotOptimize(must(reader->last_settled()));
}
BENCHMARK(last_settled)->Unit(benchmark::kMillisecond);

void pasts(benchmark::State& state) {
  const auto reader = must(open_history_for_reading(LargeHistory::path()));
  for (auto _ : state) benchmark::DoNotOptimize(must(reader->pasts()));
}
BENCHMARK(pasts)->Unit(benchmark::kMillisecond);

void newest_runs(benchmark::State& state, const RunQuery& query) {
  const auto reader = must(open_history_for_reading(LargeHistory::path()));
  for (auto _ : state) benchmark::DoNotOptimize(must(reader->runs(query)));
}

RunQuery twenty_runs() {
  RunQuery query;
  query.limit = 20;
  return query;
}
RunQuery twenty_runs_of_a_job() {
  RunQuery query = twenty_runs();
  query.jobs = {"team/service-77"};
  return query;
}
RunQuery by_short_id() {
  RunQuery query;
  query.run_id_prefix = "afj9s000";
  return query;
}
RunQuery unfinished() {
  RunQuery query;
  query.unfinished_only = true;
  return query;
}
RunQuery of_a_firing() {
  RunQuery query;
  query.firing_at = from_unix_us(1'700'500'077'000'000);
  return query;
}
RunQuery of_a_firing_of_a_job() {
  RunQuery query = of_a_firing();
  query.jobs = {"team/service-77"};
  return query;
}
BENCHMARK_CAPTURE(newest_runs, of_all_jobs, twenty_runs());
BENCHMARK_CAPTURE(newest_runs, of_a_job, twenty_runs_of_a_job());
BENCHMARK_CAPTURE(newest_runs, by_short_id, by_short_id());
BENCHMARK_CAPTURE(newest_runs, unfinished, unfinished());
BENCHMARK_CAPTURE(newest_runs, of_a_firing, of_a_firing());
BENCHMARK_CAPTURE(newest_runs, of_a_firing_of_a_job, of_a_firing_of_a_job());

void newest_skips(benchmark::State& state) {
  const auto reader = must(open_history_for_reading(LargeHistory::path()));
  DecisionQuery query;
  query.without_started = true;
  query.limit = 20;
  for (auto _ : state) benchmark::DoNotOptimize(must(reader->decisions(query)));
}
BENCHMARK(newest_skips);

void decision_at(benchmark::State& state) {
  const auto reader = must(open_history_for_reading(LargeHistory::path()));
  const Instant firing_at = from_unix_us(1'700'500'077'000'000);
  for (auto _ : state)
    benchmark::DoNotOptimize(must(reader->decision_at("team/service-77", firing_at)));
}
BENCHMARK(decision_at);

void statistics_of_a_job(benchmark::State& state) {
  const auto reader = must(open_history_for_reading(LargeHistory::path()));
  for (auto _ : state) benchmark::DoNotOptimize(must(reader->statistics("team/service-77", {})));
}
BENCHMARK(statistics_of_a_job);

}  // namespace
}  // namespace dsched

BENCHMARK_MAIN();
