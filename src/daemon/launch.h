#pragma once
// From a decision to start an attempt to everything the supervisor needs for it: user, directory,
// environment, files.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/world.h"
#include "engine/event.h"
#include "model/job.h"
#include "model/run.h"
#include "supervise/start_request.h"

namespace dsched {

struct LaunchFacts {
  AttemptKey key;
  const Job& job;
  Instant firing_at{};
  Trigger trigger = Trigger::schedule;
  std::uint64_t fence = 0;
  std::optional<Instant> last_success_at;
  Instant now{};                  // for the deadline the job is told
  std::string log_path;           // of the run; empty: output is not kept
  bool like_a_shell = false;      // dsched run: our environment below the job's, and our directory
  std::string working_directory;  // with like_a_shell
  bool tee = false;
  Values params = {};                                                 // of the run
  std::vector<std::pair<std::string, Values>> upstream_outputs = {};  // by job
  std::string scratch_place = {};  // where its private directory is made; empty: it has none
};

// What of the world a launch needs.
struct LaunchMeans {
  Users& users;
  Files& files;
  Scratch& scratch;
};

// The request, or why the attempt cannot even be tried.
std::variant<StartRequest, StartFailure> prepare_launch(const LaunchFacts& facts,
                                                        const HostFacts& host,
                                                        const LaunchMeans& means);

// The request to run the job's only_if, as the job itself would be run, under a run id of its own.
// Requires: the job has one.
std::variant<StartRequest, StartFailure> prepare_check(const StartCheck& check,
                                                       const std::string& run_id,
                                                       const LaunchFacts& like,
                                                       const HostFacts& host,
                                                       const LaunchMeans& means);
CheckAnswered check_answer(const FiringKey& firing, const AttemptOutcome& outcome);

// "RUN.2": the private directory of an attempt.
std::string scratch_name(const AttemptKey& key);
// The KEY=VALUE lines that an attempt wrote to DSCHED_OUTPUT; others are passed over.
Values parse_outputs(std::string_view text);
inline constexpr std::size_t kMaxOutputsBytes = 64 << 10;

// The environment of a job, as prepare_launch makes it for that user.
Result<std::vector<std::string>> job_environment(const LaunchFacts& facts, const HostFacts& host,
                                                 const User& user, const std::string& dir,
                                                 const ScratchPaths& scratch, Files& files);

// Where the output of a run goes.
std::string run_log_path(const std::string& log_directory, const std::string& job,
                         const std::string& run_id);

}  // namespace dsched
