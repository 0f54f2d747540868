#include "daemon/launch.h"

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

#include "env/real/posix_files.h"
#include "env/real/posix_scratch.h"
#include "support/engine_world.h"
#include "support/temp_dir.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

class FakeUsers final : public Users {
 public:
  Result<User> find(const std::string& name) override {
    if (name == "ana") return User{"ana", 1000, 1000, "/home/ana", "/bin/bash", {1000, 27}};
    return Error{ErrorCode::not_found, "there is no user '" + name + "'", ""};
  }
  Result<User> current() override { return User{"me", 500, 500, "/home/me", "/bin/sh", {500}}; }
  Result<std::uint32_t> find_group(const std::string& name) override {
    if (name == "ops") return 77U;
    return Error{ErrorCode::not_found, "there is no group '" + name + "'", ""};
  }
};

struct Launch {
  Job job = make_job("backup/db", {"15 2 * * *"});
  HostFacts host{
      "web1", "system", {{"PATH", "/opt/bin"}, {"SECRET", "s"}, {"HOME", "/root"}}, "C.UTF-8"};
  FakeUsers users;
  std::unique_ptr<Files> files = make_posix_files();
  std::unique_ptr<Scratch> scratch = make_posix_scratch();
  LaunchFacts facts{.key = {"01JD3KQ2M9TXAAAAAAAAAAAAAA", 2},
                    .job = job,
                    .firing_at = Instant{std::chrono::seconds{1795140900}},
                    .trigger = Trigger::schedule,
                    .fence = 12,
                    .last_success_at = std::nullopt,
                    .now = Instant{std::chrono::seconds{1795140901}},
                    .log_path = "/var/log/dsched/backup/db/R.log",
                    .like_a_shell = false,
                    .working_directory = "/src"};

  StartRequest request() {
    auto launch = prepare_launch(facts, host, {users, *files, *scratch});
    REQUIRE(std::holds_alternative<StartRequest>(launch));
    return std::get<StartRequest>(launch);
  }
  StartFailure failure() {
    auto launch = prepare_launch(facts, host, {users, *files, *scratch});
    REQUIRE(std::holds_alternative<StartFailure>(launch));
    return std::get<StartFailure>(launch);
  }
  std::string env(const std::string& name) {
    for (const std::string& line : request().env) {
      if (line.starts_with(name + "=")) return line.substr(name.size() + 1);
    }
    return "(unset)";
  }
};

}  // namespace

TEST_CASE("the environment of a daemon's job is built from nothing") {
  Launch launch;
  launch.job.retry.max = 2;
  launch.job.timeout = 1h;
  CHECK(launch.env("SECRET") == "(unset)");
  CHECK(launch.env("HOME") == "/home/me");
  CHECK(launch.env("PATH") == "/usr/local/bin:/usr/bin:/bin");
  CHECK(launch.env("SHELL") == "/bin/sh");
  CHECK(launch.env("LANG") == "C.UTF-8");
  CHECK(launch.env("PWD") == "/home/me");
  CHECK(launch.env("TZ") == "(unset)");
  CHECK(launch.env("DSCHED_JOB") == "backup/db");
  CHECK(launch.env("DSCHED_ATTEMPT") == "2");
  CHECK(launch.env("DSCHED_MAX_ATTEMPTS") == "3");
  CHECK(launch.env("DSCHED_TRIGGER") == "retry");
  CHECK(launch.env("DSCHED_SCHEDULED_UNIX") == "1795140900");
  CHECK(launch.env("DSCHED_SCHEDULED_AT") == "2026-11-20T02:15:00+00:00");
  CHECK(launch.env("DSCHED_PREVIOUS_AT") == "2026-11-19T02:15:00+00:00");
  CHECK(launch.env("DSCHED_LAST_SUCCESS_AT") == "");
  CHECK(launch.env("DSCHED_FENCE_TOKEN") == "12");
  CHECK(launch.env("DSCHED_DEADLINE_UNIX") == "1795144501");
  CHECK(launch.request().umask == 022);
  CHECK_FALSE(launch.request().identity);
}

TEST_CASE("dsched run gives our environment, and the job's own on top") {
  Launch launch;
  launch.facts.like_a_shell = true;
  launch.job.env = {{"HOME", "/elsewhere"}};
  CHECK(launch.env("SECRET") == "s");
  CHECK(launch.env("PATH") == "/opt/bin");
  CHECK(launch.env("HOME") == "/elsewhere");
  CHECK(launch.request().dir == "/src");
}

TEST_CASE("values may use what is set before them, $$ is a dollar, anything else stays") {
  Launch launch;
  launch.job.env = {{"A", "1"}, {"B", "${A}2$$x$y${NONE}${"}};
  CHECK(launch.env("B") == "12$x$y${");
  launch.job.expand_env = false;
  CHECK(launch.env("B") == "${A}2$$x$y${NONE}${");
}

TEST_CASE(
    "env files: KEY=VALUE lines, optional ones may be missing, faults are named with their line") {
  Launch launch;
  TempDir dir;
  REQUIRE(launch.files->write_whole(dir.file("env"), "# note\nexport A=\"x y\"\n\nB='z'\nC=1 # 2\n",
                                    0600, true));
  launch.job.env_files = {{dir.file("env"), false}, {dir.file("none"), true}};
  launch.job.env = {{"B", "own"}};
  CHECK(launch.env("A") == "x y");
  CHECK(launch.env("B") == "own");
  CHECK(launch.env("C") == "1 # 2");
  launch.job.env_files = {{dir.file("none"), false}};
  CHECK(launch.failure().step == StartStep::environment);
  REQUIRE(launch.files->write_whole(dir.file("env"), "A=1\nnonsense\n", 0600, false));
  launch.job.env_files = {{dir.file("env"), false}};
  CHECK(launch.failure().detail.find("env:2:") != std::string::npos);
}

TEST_CASE("a job of another user gets that user's identity, groups and home") {
  Launch launch;
  launch.job.user = "ana";
  launch.job.group = "ops";
  const StartRequest request = launch.request();
  REQUIRE(request.identity);
  CHECK(request.identity->uid == 1000);
  CHECK(request.identity->gid == 77);
  CHECK(request.identity->groups == std::vector<std::uint32_t>{1000, 27});
  CHECK(request.dir == "/home/ana");
  CHECK(launch.env("LOGNAME") == "ana");
}

TEST_CASE("an unknown user or group is a failed start that says so") {
  Launch launch;
  launch.job.user = "nobody-here";
  CHECK(launch.failure().step == StartStep::user);
  CHECK(reason_of(launch.failure()) == Reason::user_unknown);
  launch.job.user = "";
  launch.job.group = "none";
  CHECK(launch.failure().detail == "there is no group 'none'");
}

TEST_CASE("commands: a string goes to the shell, an array is executed, a script is a file") {
  Launch launch;
  using Words = std::vector<std::string>;
  launch.job.command = ShellCommand{"echo hi"};
  CHECK(launch.request().argv == Words{"/bin/sh", "-c", "echo hi"});
  launch.job.command = ArgvCommand{{"/bin/echo", "hi"}};
  CHECK(launch.request().argv == Words{"/bin/echo", "hi"});
  launch.job.command = ScriptCommand{"echo a\n"};
  launch.job.shell = {"bash", "-euo", "pipefail", "-c"};
  CHECK(launch.request().argv == Words{"bash", "-euo", "pipefail"});
  CHECK(launch.request().script == "echo a\n");
}

TEST_CASE("each attempt has an output file of its own") {
  Launch launch;
  CHECK(launch.request().output_path == "/var/log/dsched/backup/db/R.2.log");
  launch.job.output.capture = Capture::separate;
  CHECK(launch.request().error_path == "/var/log/dsched/backup/db/R.2.err");
  launch.facts.log_path = "";
  CHECK(launch.request().capture == Capture::none);
}

TEST_CASE("a run sees its parameters, what its upstreams wrote, and a place of its own") {
  Launch launch;
  TempDir place;
  launch.job.parameters = {{"target", "", "staging", {}, false},
                           {"mode", "", std::nullopt, {}, false}};
  launch.facts.params = {{"mode", "fast"}, {kWatchFiles, "/in/a\n/in/b"}};
  launch.facts.upstream_outputs = {{"dump/db-1", {{"rows", "42"}}}};
  launch.facts.scratch_place = place.path() + "/scratch";
  CHECK(launch.env("DSCHED_PARAM_target") == "staging");
  CHECK(launch.env("DSCHED_PARAM_mode") == "fast");
  CHECK(launch.env("DSCHED_OUT_DUMP_DB_1_ROWS") == "42");
  CHECK(launch.env("DSCHED_WATCH_FILES") == "/in/a\n/in/b");
  const std::string name = scratch_name(launch.facts.key);
  CHECK(launch.env("DSCHED_TMPDIR") == launch.facts.scratch_place + "/" + name + "/tmp");
  CHECK(launch.files->write_hint(launch.env("DSCHED_OUTPUT"), "rows=7\nno value\n2x=bad\n"));
  CHECK(parse_outputs(launch.scratch->read_output(launch.facts.scratch_place, name, 100)) ==
        Values{{"rows", "7"}});
  launch.scratch->remove(launch.facts.scratch_place, name);
  CHECK(launch.scratch->names(launch.facts.scratch_place).empty());
}

TEST_CASE("the output of a run is never read through a link") {
  TempDir place;
  const auto scratch = make_posix_scratch();
  const auto files = make_posix_files();
  const auto made = scratch->make(place.path(), "R.1", std::nullopt);
  REQUIRE(made);
  CHECK(files->write_hint(place.path() + "/secret", "key=1\n"));
  std::filesystem::remove(made->output);
  std::filesystem::create_symlink(place.path() + "/secret", made->output);
  CHECK(scratch->read_output(place.path(), "R.1", 100).empty());
  scratch->remove(place.path(), "R.1");
  CHECK(files->info(place.path() + "/secret"));
}

TEST_CASE("only_if runs like the job, without its input and output") {
  Launch launch;
  Job job = launch.job;
  job.needs.only_if = ShellCommand{"test -e /srv/ready"};
  job.input = TextInput{"secret"};
  const StartCheck check{{job.name, launch.facts.firing_at}, std::make_shared<const Job>(job)};
  auto prepared = prepare_check(check, "01JD3KQ2M9TXBBBBBBBBBBBBBB", launch.facts, launch.host,
                                {launch.users, *launch.files, *launch.scratch});
  REQUIRE(std::holds_alternative<StartRequest>(prepared));
  const StartRequest request = std::get<StartRequest>(prepared);
  CHECK(request.argv.back() == "test -e /srv/ready");
  CHECK(request.capture == Capture::none);
  CHECK(request.input_text.empty());
  CHECK(request.timeout == 1min);
  AttemptOutcome outcome;
  outcome.exit_code = 3;
  CHECK_FALSE(check_answer(check.firing, outcome).holds);
  CHECK(check_answer(check.firing, outcome).detail == "only_if ended with exit 3");
}
