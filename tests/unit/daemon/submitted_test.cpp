#include "daemon/submitted.h"

#include <doctest/doctest.h>

#include "support/mem_files.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

constexpr const char* kDirectory = "/state/submitted";
constexpr Instant kDue = from_unix_us(1'795'191'120'000'000);  // 2026-11-20T16:12Z
constexpr const char* kDefinition =
    "schedule = \"at 2026-11-20T16:12:00Z\"\ncommand = [\"true\"]\n";

struct Submissions {
  MemFiles files;
  ZoneDatabase zones{{}, [](const std::string& path) -> Result<std::string> {
                       return Error{ErrorCode::not_found, path, ""};
                     }};
  ConfigSources sources;

  Result<Instant> store(const std::string& name, const std::string& definition) {
    return store_submission({name, definition}, kDirectory, sources, files, zones);
  }

  Configuration load() {
    sources.job_directories = {kDirectory};
    Configuration configuration = load_configuration(sources, files, zones);
    mark_submitted(configuration, kDirectory);
    return configuration;
  }
};

JobSummary summary_of_run(Instant firing_at, std::optional<RunResult> result) {
  JobSummary summary;
  summary.last.emplace();
  summary.last->firing_at = firing_at;
  summary.last->result = result;
  if (!result) summary.running = {*summary.last};
  return summary;
}

}  // namespace

TEST_CASE("a submitted job is a file that the loader reads, due at its instant") {
  Submissions submissions;
  const auto due = submissions.store("submit/x", kDefinition);
  REQUIRE(due);
  CHECK(*due == kDue);
  const Configuration configuration = submissions.load();
  REQUIRE(configuration.jobs.size() == 1);
  CHECK(configuration.jobs[0].name == "submit/x");
  CHECK(configuration.jobs[0].submitted_at == kDue);
  CHECK(is_submitted(configuration.jobs[0], kDirectory));
  CHECK_FALSE(is_submitted(configuration.jobs[0], "/state/sub"));
}

TEST_CASE("definitions that are wrong, or not due exactly once, are not written") {
  Submissions submissions;
  CHECK_FALSE(submissions.store("Submit", kDefinition));
  CHECK_FALSE(submissions.store("../x", kDefinition));
  for (const char* definition : {"", "command = [", "command = \"true\"\n", "frob = 1\n",
                                 "command = \"true\"\nschedule = \"@daily\"\n",
                                 "command = \"true\"\nschedule = [\"at 2026-11-20T16:12:00Z\", "
                                 "\"at 2026-11-21T16:12:00Z\"]\n"}) {
    CAPTURE(definition);
    const auto stored = submissions.store("submit/x", definition);
    REQUIRE_FALSE(stored);
    CHECK(stored.error().code == ErrorCode::invalid);
  }
  CHECK(submissions.load().jobs.empty());
}

TEST_CASE("a name is taken once") {
  Submissions submissions;
  REQUIRE(submissions.store("submit/x", kDefinition));
  CHECK(submissions.store("submit/x", kDefinition).error().code == ErrorCode::exists);
}

TEST_CASE("settled are those whose firing ran to its end or was skipped") {
  Submissions submissions;
  REQUIRE(submissions.store("submit/x", kDefinition));
  const Configuration configuration = submissions.load();
  const auto settled = [&](const JobSummary& summary) {
    return settled_submissions(configuration.jobs, {{"submit/x", summary}}, kDirectory).size() == 1;
  };
  CHECK(settled_submissions(configuration.jobs, {}, kDirectory).empty());
  CHECK(settled(summary_of_run(kDue, RunResult::failed)));
  CHECK_FALSE(settled(summary_of_run(kDue, std::nullopt)));
  CHECK_FALSE(settled(summary_of_run(kDue - 24h, RunResult::ok)));  // the name was used before
  JobSummary skipped;
  skipped.last_decision.emplace();
  skipped.last_decision->firing_at = kDue;
  CHECK(settled(skipped));
}
