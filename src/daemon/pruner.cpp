#include "daemon/pruner.h"

#include <map>
#include <memory>
#include <string_view>
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

// Jobs that have a history: active ones by their policy; those that were removed, and submitted
// ones, by the one that nobody wrote.
void Pruner::prune_all() {
  const auto pasts = std::make_shared<std::vector<JobPast>>();
  recorder_.maintain(
      [pasts](History& history) {
        if (auto read = history.pasts()) *pasts = std::move(*read);
      },
      [this, pasts] {
        std::map<std::string_view, const HistoryPolicy*> policies;
        for (const Job& job : jobs_()) policies.emplace(job.name, &job.history);
        for (const JobPast& past : *pasts) {
          if (stopped_ || !past.first_seen_at) continue;
          const auto policy = policies.find(past.job);
          prune_job(past.job, policy == policies.end() ? HistoryPolicy{} : *policy->second);
        }
        after_piece_();
      });
  timer_ = world_.loop.at(world_.clock.boot_now() + kPruneEvery, [this] { prune_all(); });
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
