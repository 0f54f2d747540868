#include <string>

#include "config_test.h"
#include "doctest/doctest.h"

namespace dsched {
namespace {

TEST_CASE("the text of a new job is short, commented and true") {
  NewJob job;
  job.schedules = {"15 2 * * *"};
  job.command = {"/usr/local/bin/backup.sh --to /srv"};
  job.timeout = "2h";
  CHECK(new_job_text(job) ==
        "command = \"/usr/local/bin/backup.sh --to /srv\"\n"
        "schedule = \"15 2 * * *\"\n"
        "# timezone = \"Europe/Berlin\"      # default: the zone of the host\n"
        "timeout = \"2h\"\n"
        "# overlap = \"skip\"                # still running: skip, queue, allow, replace\n"
        "# catch_up = \"last\"               # after downtime: none, last, all\n"
        "# locks = [\"name\"]                # one at a time of the jobs that name it\n"
        "# dir = \"/srv\"                    # default: the home of the user\n"
        "# after = [\"other-job\"]           # run when that one has succeeded\n"
        "\n"
        "# [retry]\n"
        "# max = 2                         # more attempts after a failure\n"
        "# delay = \"30s\"                   # doubled after each\n"
        "\n"
        "# [notify]\n"
        "# email = \"ana@example.org\"       # on failure, recovery, missed, late\n"
        "\n"
        "# [env]\n"
        "# NAME = \"value\"\n");
}

TEST_CASE("a new job is read back as it was given") {
  NewJob job;
  job.schedules = {"@daily", "0 5 * * 1"};
  job.command = {"/bin/echo", "it's", "a \"quoted\" \\ word", "two\nlines\tand\x01",
                 "\xC3\xA4 # %"};
  job.timezone = "UTC";
  job.timeout = "90s";
  job.user = "ana";
  job.overlap = "queue";
  job.description = "says 'hello'";
  job.env = {{"A", "x=\"y\""}, {"B", ""}};
  job.tags = {"a", "b"};
  job.retry = 3;
  job.enabled = false;
  const Configuration loaded = load_text(new_job_text(job), "n.toml", true);
  CHECK(rendered(loaded.diagnostics) == "");
  REQUIRE(loaded.jobs.size() == 1);
  const Job& read = loaded.jobs[0];
  CHECK(std::get<ArgvCommand>(read.command).words == job.command);
  CHECK(read.timetable.schedules().size() == 2);
  CHECK(read.timezone == "UTC");
  CHECK(read.timeout == std::chrono::seconds{90});
  CHECK(read.user == "ana");
  CHECK(read.overlap == Overlap::queue);
  CHECK(read.description == job.description);
  CHECK(read.env == job.env);
  CHECK(read.tags == job.tags);
  CHECK(read.retry.max == 3);
  CHECK_FALSE(read.enabled);
}

TEST_CASE("the commented lines of a new job are true, too") {
  NewJob job;
  job.command = {"x"};
  std::string text = new_job_text(job);
  for (std::size_t at = text.find("# "); at != std::string::npos; at = text.find("# ", at)) {
    const bool line_start = at == 0 || text[at - 1] == '\n';
    text.erase(at, line_start ? 2 : text.find('\n', at) - at);
  }
  const std::string zone = "Europe/Berlin";
  text.replace(text.find(zone), zone.size(), "UTC");
  CHECK(brief(load_text(text).diagnostics) == "E702 9:10-21");  // there is no other-job
}

}  // namespace
}  // namespace dsched
