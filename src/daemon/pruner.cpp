#include "daemon/pruner.h"

#include <memory>
#include <set>
#include <utility>

namespace dsched {

namespace {

constexpr Duration kPruneEvery = std::chrono::hours{1};

// Drops some of what is beyond the policy, with its output files. Answers whether there may be
// more.
bool prune_some(History& history, Files& files, const std::string& job, const HistoryPolicy& policy,
                Instant now) {
  const auto dropped = history.prune(job, policy.keep, policy.keep_runs, now);
  if (!dropped) return false;
  for (const std::string& path : *dropped) {
    // Files that are gone, or never were (standard error of its own is rare), are no trouble.
    [[maybe_unused]] const auto output = files.remove(path);
    [[maybe_unused]] const auto error = files.remove(attempt_error_path(path, 1));
  }
  return !dropped->empty();
}

}  // namespace

Pruner::Pruner(World world, Recorder& recorder, std::function<const std::vector<Job>&()> jobs,
               std::function<void()> after_piece)
    : world_(world),
      recorder_(recorder),
      jobs_(std::move(jobs)),
      after_piece_(std::move(after_piece)) {}

void Pruner::begin() {
  prune_all();
}

void Pruner::stop() {
  stopped_ = true;
  timer_.reset();
}

void Pruner::prune_all() {
  for (const Job& job : jobs_()) prune_job(job.name, job.history);
  prune_forgotten();
  timer_ = world_.loop.at(world_.clock.boot_now() + kPruneEvery, [this] { prune_all(); });
}

// Jobs that were removed, and submitted ones, have no policy of their own any more.
void Pruner::prune_forgotten() {
  const auto names = std::make_shared<std::vector<std::string>>();
  recorder_.maintain(
      [names](History& history) {
        const auto pasts = history.pasts();
        if (!pasts) return;
        for (const JobPast& past : *pasts) names->push_back(past.job);
      },
      [this, names] {
        std::set<std::string> active;
        for (const Job& job : jobs_()) active.insert(job.name);
        for (const std::string& name : *names) {
          if (!stopped_ && active.count(name) == 0) prune_job(name, HistoryPolicy{});
        }
        after_piece_();
      });
}

// In small pieces: claims wait behind each.
void Pruner::prune_job(const std::string& job, const HistoryPolicy& policy) {
  const auto more = std::make_shared<bool>(false);
  recorder_.maintain(
      [this, job, policy, more, now = world_.clock.now()](History& history) {
        *more = prune_some(history, world_.files, job, policy, now);
      },
      [this, job, policy, more] {
        if (*more && !stopped_) prune_job(job, policy);
        after_piece_();
      });
}

}  // namespace dsched
