#include <csignal>
#include <string>

#include "config/config.h"
#include "config_test.h"
#include "doctest/doctest.h"

namespace dsched {
namespace {

struct Row {
  const char* text;
  const char* expected;
};

TEST_CASE("every fault of a job file has its code and its place") {
  const Row rows[] = {
      {"command = 'x'\nschdule = '0 3 * * *'\n", "E201 2:1-8"},
      {"command = 'x'\n[retry]\nmaks = 1\n", "E201 3:1-5"},
      {"command = 'x'\n[retry]\nmax = \"3\"\n", "E202 3:7-10"},
      {"command = 'x'\nenabled = 1\n", "E202 2:11-12"},
      {"command = 'x'\nenabled = 'true'\n", "E202 2:11-17"},
      {"command = 1\n", "E202 1:11-12"},
      {"command = 'x'\nretry = 3\n", "E202 2:9-10"},
      {"command = 'x'\nenv = ['A=b']\n", "E202 2:7-14"},
      {"command = 'x'\ntags = ['a', 2]\n", "E202 2:14-15"},
      {"command = 'x'\ntags = {a = 1}\n", "E202 2:8-15"},
      {"command = 'x'\numask = 18\n", "E202 2:9-11"},
      {"command = 'x'\nschedule = 5\n", "E202 2:12-13"},
      {"command = 'x'\ntimeout = 2026-01-01\n", "E202 2:11-21"},
      {"command = 'x'\noverlap = 'skpi'\n", "E203 2:11-17"},
      {"command = 'x'\nstop_signal = 'TREM'\n", "E203 2:15-21"},
      {"command = 'x'\nstop_signal = 65\n", "E203 2:15-17"},
      {"command = 'x'\nsuccess_exit = [0, 256]\n", "E204 2:20-23"},
      {"command = 'x'\nretry.max = -1\n", "E204 2:13-15"},
      {"command = 'x'\nretry.max = 9223372036854775807\n", "E204 2:13-32"},
      {"command = 'x'\njitter = '8d'\n", "E204 2:10-14"},
      {"command = 'x'\noutput.max_size = '10Q'\n", "E205 2:19-24"},
      {"command = 'x'\noutput.max_size = '9999999999999T'\n", "E205 2:19-35"},
      {"command = 'x'\ntimeout = 30\n", "E206 2:11-13"},
      {"command = 'x'\ntimeout = '30'\n", "E206 2:11-15"},
      {"command = 'x'\ntimeout = '30 minutes'\n", "E207 2:11-23"},
      {"command = ' '\n", "E207 1:11-14"},
      {"command = []\n", "E207 1:11-13"},
      {"command = 'x'\nshell = []\n", "E207 2:9-11"},
      {"command = 'x'\nsuccess_exit = []\n", "E207 2:16-18"},
      {"command = 'x'\numask = '0900'\n", "E207 2:9-15"},
      {"command = 'x'\numask = '7777'\n", "E207 2:9-15"},
      {"command = 'x'\nstdin = 'file:'\n", "E207 2:9-16"},
      {"command = 'x'\nenv_file = '-'\n", "E207 2:12-15"},
      {"command = 'x'\nwatch = '/in/'\n", "E207 2:9-15"},
      {"command = \"a\\u0000b\"\n", "E207 1:13-19"},
      {"command = 'x'\nafter = 'Big'\n", "E208 2:9-14"},
      {"[job.Big]\ncommand = 'x'\n", "E208 1:6-9"},
      {"[job.'a:b']\ncommand = 'x'\n", "E208 1:6-11"},
      {"tags = ['a']\n", "E210 1:1-5"},
      {"# nothing\n", "E210 1:1-2"},
      {"[job.a]\nenabled = true\n", "E210 1:6-7"},
      {"command = 'x'\nscript = 'y'\n", "E211 2:1-7"},
      {"[job.a]\ncommand = 'x'\n[retry]\nmax = 1\n", "E212 3:2-7"},
      {"command = 'x'\n[job.a]\ncommand = 'x'\n", "E212 1:1-8"},
      {"job.a = 'x'\n", "E212 1:5-6"},
      {"job = 'x'\n", "E202 1:7-10"},
      {"command = 'x'\nhosts = ['db']\n", "E220 2:1-6"},
      {"http.url = 'x'\n", "E220 1:1-5"},
      {"command = 'x'\n[limits]\nmemory = '1G'\n", "E220 2:2-8"},
      {"command = 'x'\ntimezone = 'Mars/Base'\n", "E310 2:13-22"},
      {"command = 'x'\nexcept = ['2026-13-01']\n", "E313 2:11-23"},
      {"command = 'x'\nexcept = ['file:none.ics']\n", "E313 2:11-26"},
      {"command = 'x'\nuser = 'ana'\n", "E403 2:8-13"},
      {"command = 'x'\nenv.'1A' = 'x'\n", "E405 2:5-9"},
      {"command = 'x'\ngroup = 'a b'\n", "E406 2:9-14"},
      {"command = ['ls', '~/x', '$HOME/y']\n", "W406 1:18-23, W406 1:25-34"},
      {"command = 'ls 2>/dev/null'\n", "W407 1:15-26"},
      {"command = 'ls >> /dev/null  2>&1'\n", "W407 1:15-33"},
      {"command = 'ls &>/dev/null; x'\n", "W407 1:15-26"},
      {"command = 'date +\\%F'\n", "W410 1:18-20"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(brief(load_text(row.text).diagnostics) == row.expected);
  }
}

TEST_CASE("what looks doubtful and is not gets no warning") {
  const char* const texts[] = {
      "command = 'ls > /dev/null'\n",   "command = 'ls < /dev/null 2>&1'\n",
      "command = 'echo /dev/null'\n",   "command = 'date +%F'\n",
      "command = 'ls ~/x $HOME'\n",     "command = ['ls', 'a~']\n",
      "command = 'x'\nschedule = []\n",
  };
  for (const char* text : texts) {
    CAPTURE(text);
    CHECK(brief(load_text(text).diagnostics) == "");
  }
}

TEST_CASE("faults of schedules point into the string, however it is written") {
  const Row rows[] = {
      {"command = 'x'\nschedule = '0 25 * * 1'\n", "E304 2:15-17"},
      {"command = 'x'\nschedule = \"\\u0030 25 * * 1\"\n", "E304 2:20-22"},
      {"command = 'x'\nschedule = \"\\t0 25 * * 1\"\n", "E304 2:17-19"},
      {"command = 'x'\nschedule = \"\"\"\n  0 25 \\\n    * * 1\"\"\"\n", "E304 3:5-7"},
      {"command = 'x'\nschedule = \"\"\"0 5 \\\n    25x * 1\"\"\"\n", "E303 3:7-8"},
      {"command = 'x'\nschedule = '''\n0 25 * * 1'''\n", "E304 3:3-5"},
      {"command = 'x'\nschedule = ['@daily', '0 25 * * *']\n", "E304 2:26-28"},
      {"command = 'x' # \xC3\xA4\ndescription = '\xC3\xA4'\nschedule = [ '1 1 1 1 1', '0 25 * * "
       "*']\n",
       "W304 3:19-24, E304 3:30-32"},
      {"command = 'x'\nschedule = '0 0 31 2 *'\n", "W311 2:13-23"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(brief(load_text(row.text).diagnostics) == row.expected);
  }
}

TEST_CASE("syntax errors are told where the mistake is") {
  const Row rows[] = {
      {"a = \"x\nb = 1\n", "E101 1:5-7"},
      {"a = \"x", "E101 1:5-7"},
      {"a = 'x\n", "E101 1:5-7"},
      {"a = ['b', 'x\n", "E101 1:11-13"},
      {"a = '''\nx\ny\n", "E101 1:5-8"},
      {"a = 1\na = 2\n", "E102 2:1-2"},
      {"[job.a]\nx = 1\n[job.b]\nx = 1\n  x = 2\n", "E102 5:3-4"},
      {"[job.a]\n[job.a]\n", "E102 2:1-8"},
      {"a = {b = 1, b = 2}\n", "E102 1:13-14"},
      {"enabled = yes\n", "E103 1:11-14"},
      {"enabled = True\n", "E103 1:11-15"},
      {"enabled = no # never\n", "E103 1:11-13"},
      {"timeout = 30s\n", "E103 1:11-14"},
      {"schedule = */5 * * * *\n", "E103 1:12-23"},
      {"umask = 022\n", "E103 1:9-12"},
      {"tags = [yes, 'a']\n", "E103 1:9-12"},
      {"timeout: 5\n", "E100 1:8-9"},
      {"a =\n", "E100 1:4-5"},
      {"a = 1 b = 2\n", "E100 1:7-8"},
      {"a = 99999999999999999999\n", "E100 1:25-26"},
      {"a = \"\\q\"\n", "E100 1:7-8"},
      {"a = \"x\x01\"\n", "E100 1:7-8"},
      {"a = 'x'\nb = '\xff'\n", "E104 2:6-7"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Configuration loaded = load_text(row.text);
    CHECK(brief(loaded.diagnostics) == row.expected);
    REQUIRE(loaded.rejected.size() == 1);
    CHECK(loaded.rejected[0].job == "");
  }
}

TEST_CASE("a key given twice is shown with both places") {
  CHECK(rendered(load_text("[job.a]\ncommand = 'x'\n[job.b]\ncommand = 'x'\ncommand = 'y'\n")
                     .diagnostics) ==
        "error[E102]: 'command' is given twice\n"
        " --> x.toml:5:1\n"
        "  |\n"
        "5 | command = 'y'\n"
        "  | ^^^^^^^ first given in line 4\n"
        "  = first: x.toml:4:1\n");
}

TEST_CASE("the help says how to write it") {
  const Row rows[] = {
      {"enabled = yes\n", "write true"},
      {"enabled = OFF\n", "write false"},
      {"timeout = 30s\n", "text stands in quotes: write \"30s\""},
      {"command = 'x'\nretry.max = '3'\n", "remove the quotes: 3"},
      {"command = 'x'\nenv.A = 5\n", "put it in quotes: \"5\""},
      {"command = 'x'\ntimeout = 30\n", "write \"30s\", \"30m\" or \"30h\""},
      {"command = 'x'\noverlap = 'all'\n", "one of: skip, queue, allow, replace"},
      {"command = 'x'\nstop_signal = 'TREM'\n", "did you mean \"TERM\"?"},
      {"command = 'x'\nhosts = []\n", "remove it: a later release will know it"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Configuration loaded = load_text(row.text);
    REQUIRE(loaded.diagnostics.size() == 1);
    CHECK(loaded.diagnostics[0].label == row.expected);
  }
}

TEST_CASE("the example of the manual comes out word by word") {
  Loading loading;
  loading.sources.job_directories = {"/etc/dsched/jobs.d"};
  loading.files.put("/etc/dsched/jobs.d/new.toml",
                    "command = \"/opt/new.sh\"\n\nschdule = \"0 3 * * *\"\n");
  loading.files.put("/etc/dsched/jobs.d/report.toml",
                    "command = \"/opt/report.sh\"\nschedule = \"0 25 * * 1\"\n\ntimeout = 30\n");
  CHECK(rendered(loading.load().diagnostics) ==
        "error[E201]: unknown key 'schdule'\n"
        " --> /etc/dsched/jobs.d/new.toml:3:1\n"
        "  |\n"
        "3 | schdule = \"0 3 * * *\"\n"
        "  | ^^^^^^^ did you mean 'schedule'?\n"
        "  = without a schedule this job only runs by hand\n"
        "error[E304]: hour 25 does not exist\n"
        " --> /etc/dsched/jobs.d/report.toml:2:15\n"
        "  |\n"
        "2 | schedule = \"0 25 * * 1\"\n"
        "  |               ^^ hours are 0 to 23\n"
        "  = help: dsched explain E304\n"
        "error[E206]: a duration needs a unit\n"
        " --> /etc/dsched/jobs.d/report.toml:4:11\n"
        "  |\n"
        "4 | timeout = 30\n"
        "  |           ^^ write \"30s\", \"30m\" or \"30h\"\n");
}

TEST_CASE("a dialect is how the schedules are written") {
  const Configuration loaded = load_text(R"(
command = "true"
dialect = "quartz"
schedule = "0 0 12 ? * 2"
)",
                                         "monday.toml");
  CHECK(brief(loaded.diagnostics) == "");
  REQUIRE(loaded.jobs.size() == 1);
  const Job& job = loaded.jobs[0];
  CHECK(job.timetable.schedules()[0].pattern().days().fields().weekdays == 1 << 1);
  const Configuration plain =
      load_text("command = \"true\"\nschedule = \"0 0 12 ? * 2\"\n", "monday.toml");
  REQUIRE(plain.jobs.size() == 1);
  CHECK(plain.jobs[0].timetable.schedules()[0].pattern().days().fields().weekdays == 1 << 2);
  CHECK(plain.jobs[0].schedule_hash != job.schedule_hash);
}

TEST_CASE("every key reaches the job") {
  const Configuration loaded = load_text(R"(
description = "all of them"
tags = ["a", "b"]
command = ["/bin/ls", "-l"]
shell = ["bash", "-c"]
stdin = "file:/etc/hosts"
dir = "/srv"
user = "ana"
group = "staff"
umask = "027"
env_file = ["/a", "-/b"]
inherit_env = true
success_exit = [0, 3]
schedule = ["@daily", "0 5 * * *"]
timezone = "UTC"
dst_gap = "skip"
dst_repeat = "both"
jitter = "5m"
except = ["12-25", "2026-01-01..2026-01-06"]
after_on = "any"
enabled = false
timeout = "1h30m"
stop_signal = "SIGINT"
kill_after = "20s"
overlap = "queue"
env = { B = "2", A = "${B}" }
retry = { max = 2, delay = "5s", backoff = "linear", max_delay = "1m", on = [1, 2] }
output = { capture = "separate", max_size = "1M", tee = true, mask = ["secret"] }
history = { keep = "7d", keep_runs = 10 }
)",
                                         "all.toml", true);
  CHECK(brief(loaded.diagnostics) == "W201 20:1-9");  // after_on without after
  REQUIRE(loaded.jobs.size() == 1);
  const Job& job = loaded.jobs[0];
  CHECK(job.name == "all");
  CHECK(job.place.file == "all.toml");
  CHECK(job.description == "all of them");
  CHECK(job.tags == std::vector<std::string>{"a", "b"});
  CHECK(std::get<ArgvCommand>(job.command).words == std::vector<std::string>{"/bin/ls", "-l"});
  CHECK(job.shell == std::vector<std::string>{"bash", "-c"});
  CHECK(std::get<FileInput>(job.input).path == "/etc/hosts");
  CHECK(job.dir == "/srv");
  CHECK(job.user == "ana");
  CHECK(job.group == "staff");
  CHECK(job.umask == 027);
  REQUIRE(job.env_files.size() == 2);
  CHECK_FALSE(job.env_files[0].optional);
  CHECK(job.env_files[1].optional);
  CHECK(job.env_files[1].path == "/b");
  CHECK(job.inherit_env);
  CHECK(job.success_exit == std::vector<int>{0, 3});
  CHECK(job.timetable.schedules().size() == 2);
  CHECK(job.timezone == "UTC");
  CHECK(job.timetable.rules().dst_gap == DstGap::skip);
  CHECK(job.timetable.rules().dst_gap_set);
  CHECK(job.timetable.rules().dst_repeat == DstRepeat::both);
  CHECK(job.timetable.rules().jitter == std::chrono::minutes{5});
  CHECK(job.timetable.rules().except != nullptr);
  CHECK(job.after_on == AfterOn::any);
  CHECK_FALSE(job.enabled);
  CHECK(job.timeout == std::chrono::minutes{90});
  CHECK(job.stop_signal == SIGINT);
  CHECK(job.kill_after == std::chrono::seconds{20});
  CHECK(job.overlap == Overlap::queue);
  CHECK(job.env == std::vector<std::pair<std::string, std::string>>{{"B", "2"}, {"A", "${B}"}});
  CHECK(job.expand_env);
  CHECK(job.retry.max == 2);
  CHECK(job.retry.delay == std::chrono::seconds{5});
  CHECK(job.retry.backoff == Backoff::linear);
  CHECK(job.retry.max_delay == std::chrono::minutes{1});
  CHECK(job.retry.on == std::vector<int>{1, 2});
  CHECK(job.output.capture == Capture::separate);
  CHECK(job.output.max_size == 1 << 20);
  CHECK(job.output.tee);
  CHECK(job.output.mask == std::vector<std::string>{"secret"});
  CHECK(job.history.keep == std::chrono::hours{24 * 7});
  CHECK(job.history.keep_runs == 10);
}

TEST_CASE("signals are taken by name and by number") {
  for (const char* text : {"'TERM'", "'SIGTERM'", "'sigterm'", "15", "'15'"}) {
    CAPTURE(text);
    const Configuration loaded =
        load_text("command = 'x'\nstop_signal = " + std::string(text) + "\n");
    REQUIRE(loaded.jobs.size() == 1);
    CHECK(loaded.jobs[0].stop_signal == SIGTERM);
  }
}

TEST_CASE("a fault takes out its job and no other") {
  const Configuration loaded =
      load_text("[job.a]\ncommand = 'x'\n[job.b]\ncomand = 'x'\n[job.'c/d']\ncommand = 'x'\n");
  REQUIRE(loaded.jobs.size() == 2);
  CHECK(loaded.jobs[0].name == "a");
  CHECK(loaded.jobs[1].name == "c/d");
  REQUIRE(loaded.rejected.size() == 1);
  CHECK(loaded.rejected[0].job == "b");
}

TEST_CASE("defaults count for the jobs that do not say otherwise") {
  const Configuration loaded = load_text(R"(
[defaults]
timeout = "1h"
env = { A = "1", B = "2" }
retry = { max = 3, delay = "1m" }
command = "default"
[job.plain]
enabled = true
[job.own]
timeout = "5m"
script = "own"
env = { B = "3", C = "4" }
retry.delay = "2m"
)");
  CHECK(rendered(loaded.diagnostics) == "");
  const Job* plain = find_job(loaded, "plain");
  const Job* own = find_job(loaded, "own");
  REQUIRE(plain != nullptr);
  REQUIRE(own != nullptr);
  CHECK(plain->timeout == std::chrono::hours{1});
  CHECK(std::get<ShellCommand>(plain->command).text == "default");
  CHECK(own->timeout == std::chrono::minutes{5});
  CHECK(std::get<ScriptCommand>(own->command).text == "own");
  CHECK(own->env ==
        std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"B", "3"}, {"C", "4"}});
  CHECK(own->retry.max == 3);
  CHECK(own->retry.delay == std::chrono::minutes{2});
}

TEST_CASE("faults of defaults are told once") {
  const Configuration loaded = load_text(
      "[defaults]\nschedule = '0 25 * * *'\n[job.a]\ncommand = 'x'\n[job.b]\ncommand = 'x'\n");
  CHECK(brief(loaded.diagnostics) == "E304 2:15-17");
}

TEST_CASE("hashes follow the values and not the text") {
  const auto job = [](const std::string& text) { return load_text(text).jobs.at(0); };
  const Job first = job("command = 'x'\nschedule = '@daily'\nenv.A = '1'\n");
  const Job same = job("# c\n\nschedule = [\"@daily\"]\ncommand = \"x\"\n[env]\nA = '1'\n");
  const Job other_command = job("command = 'y'\nschedule = '@daily'\nenv.A = '1'\n");
  const Job other_schedule = job("command = 'x'\nschedule = '@hourly'\nenv.A = '1'\n");
  CHECK(first.definition_hash == same.definition_hash);
  CHECK(first.schedule_hash == same.schedule_hash);
  CHECK(first.definition_hash != other_command.definition_hash);
  CHECK(first.schedule_hash == other_command.schedule_hash);
  CHECK(first.definition_hash == other_schedule.definition_hash);
  CHECK(first.schedule_hash != other_schedule.schedule_hash);
}

TEST_CASE("hostile files give a diagnostic") {
  std::string dots = "a";
  for (int i = 0; i < 100'000; ++i) dots += ".a";
  const std::string texts[] = {
      "a = " + std::string(100'000, '['),
      dots + " = 1\n",
      "[" + dots + "]\n",
      std::string("command = 'x\0y'\n", 16),
      std::string(1000, '\0'),
      "command = 'x'\nretry.max = 999999999999999999999999\n",
      std::string(1'000'000, '='),
      "\"",
      "[",
      "'''",
  };
  for (const std::string& text : texts) {
    CAPTURE(text.substr(0, 40));
    const Configuration loaded = load_text(text);
    CHECK(has_errors(loaded.diagnostics));
    CHECK(loaded.jobs.empty());
  }
}

TEST_CASE("of a very long line the part around the place is shown") {
  const std::string text = "command = 'x'\ntags = ['" + std::string(100'000, 'a') + "', 1, '" +
                           std::string(100'000, 'b') + "']\n";
  const Configuration loaded = load_text(text);
  REQUIRE(brief(loaded.diagnostics) == "E202 2:100013-100014");
  const Diagnostic& diagnostic = loaded.diagnostics[0];
  CHECK(diagnostic.source_line.size() < 300);
  const std::string shown = rendered(loaded.diagnostics);
  const std::size_t line = shown.find("2 | ...a");
  const std::size_t caret = shown.find('^') - shown.find("  | ", line);
  REQUIRE(line != std::string::npos);
  CHECK(shown[line + caret] == '1');
}

}  // namespace
}  // namespace dsched
