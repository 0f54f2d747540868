#include <string>

#include "config_test.h"
#include "doctest/doctest.h"

namespace dsched {
namespace {

Configuration load_crontab(const std::string& text, const std::string& home = "") {
  Loading loading;
  loading.sources.job_directories.clear();
  loading.sources.crontab_files = {"/c/crontab"};
  loading.sources.home = home;
  loading.files.put("/c/crontab", text);
  return loading.load();
}

std::string shell_text(const Job& job) {
  return std::get<ShellCommand>(job.command).text;
}

std::string variable(const Job& job, const std::string& name) {
  for (const auto& [known, value] : job.env) {
    if (known == name) return value;
  }
  return "(none)";
}

TEST_CASE("a line of a crontab file is a job") {
  const Configuration loaded = load_crontab("# c\n15 2 * * *  /usr/local/bin/backup.sh --all");
  CHECK(rendered(loaded.diagnostics) == "");
  REQUIRE(loaded.jobs.size() == 1);
  const Job& job = loaded.jobs[0];
  CHECK(job.name == "crontab:2-backup");
  CHECK(job.place.line == 2);
  CHECK(shell_text(job) == "/usr/local/bin/backup.sh --all");
  CHECK(job.shell == std::vector<std::string>{"/bin/sh", "-c"});
  CHECK_FALSE(job.expand_env);
  CHECK(variable(job, "SHELL") == "/bin/sh");
  CHECK(variable(job, "PATH") == "/usr/bin:/bin");
  CHECK(job.schedules.at(0) == "15 2 * * *");
}

TEST_CASE("jobs of crontab files are named after the program") {
  const std::pair<const char*, const char*> rows[] = {
      {"/usr/local/bin/backup.sh --all", "backup"},
      {"FOO=1 BAR=2 /bin/My_Job", "my_job"},
      {"[ -x /usr/bin/certbot ] && certbot", "x"},
      {"'/opt/a b'", "a"},
      {"\xC3\xA4", "job"},
      {"cd /srv && make", "cd"},
  };
  for (const auto& [command, slug] : rows) {
    CAPTURE(command);
    const Configuration loaded = load_crontab("@daily " + std::string(command) + "\n");
    REQUIRE(loaded.jobs.size() == 1);
    CHECK(loaded.jobs[0].name == std::string("crontab:1-") + slug);
  }
}

TEST_CASE("percent signs are newlines and standard input") {
  struct Row {
    const char* line;
    const char* command;
    const char* input;
  };
  const Row rows[] = {
      {"cat", "cat", ""},
      {"mail -s hi joe%Hello%there", "mail -s hi joe", "Hello\nthere\n"},
      {"date +\\%F", "date +%F", ""},
      {"cat%50\\% done", "cat", "50% done\n"},
      {"echo \\n%", "echo \\n", ""},
      {"cat%a%", "cat", "a\n"},
      {"echo \\\\%x", "echo \\%x", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const Configuration loaded = load_crontab("@daily " + std::string(row.line) + "\n");
    REQUIRE(loaded.jobs.size() == 1);
    const Job& job = loaded.jobs[0];
    CHECK(shell_text(job) == row.command);
    const auto* input = std::get_if<TextInput>(&job.input);
    CHECK((input == nullptr ? "" : input->text) == row.input);
  }
}

TEST_CASE("assignments are read as cron reads them") {
  const std::pair<const char*, const char*> rows[] = {
      {"A=b", "b"},         {"A = b c  ", "b c"},     {"A=\"b c \"", "b c "},
      {"'A' = 'x'", "x"},   {"A=$HOME/x", "$HOME/x"}, {"A=", ""},
      {"A=b # c", "b # c"}, {"  A=b", "b"},
  };
  for (const auto& [line, value] : rows) {
    CAPTURE(line);
    const Configuration loaded = load_crontab(std::string(line) + "\n@daily x\n");
    REQUIRE(loaded.jobs.size() == 1);
    CHECK(variable(loaded.jobs[0], "A") == value);
  }
}

TEST_CASE("assignments count for the lines below them") {
  const Configuration loaded = load_crontab(
      "@daily one\nSHELL=/bin/bash\nHOME=/srv\nPATH=/bin\n@daily two\nPATH=/sbin\n@daily three\n",
      "/home/ana");
  const Job* one = find_job(loaded, "crontab:1-one");
  const Job* two = find_job(loaded, "crontab:5-two");
  const Job* three = find_job(loaded, "crontab:7-three");
  REQUIRE(one != nullptr);
  REQUIRE(two != nullptr);
  REQUIRE(three != nullptr);
  CHECK(one->shell.at(0) == "/bin/sh");
  CHECK(one->dir == "");
  CHECK(variable(*one, "HOME") == "/home/ana");
  CHECK(two->shell == std::vector<std::string>{"/bin/bash", "-c"});
  CHECK(two->dir == "/srv");
  CHECK(variable(*two, "HOME") == "/srv");
  CHECK(variable(*two, "PATH") == "/bin");
  CHECK(variable(*three, "PATH") == "/sbin");
}

TEST_CASE("a comment right above a line names it and sets keys") {
  const Configuration loaded = load_crontab(
      "# dsched: name=backup timeout=2h overlap=queue enabled=false retry.max=2 retry.delay=5s\n"
      "# dsched: tags=a,b description=\"two words\" success_exit=0,1 after=crontab/other\n"
      "15 2 * * *  /usr/local/bin/backup.sh\n"
      "# dsched: name=other\n@hourly x\n");
  CHECK(rendered(loaded.diagnostics) == "");
  const Job* job = find_job(loaded, "crontab/backup");
  REQUIRE(job != nullptr);
  CHECK(job->timeout == std::chrono::hours{2});
  CHECK(job->overlap == Overlap::queue);
  CHECK_FALSE(job->enabled);
  CHECK(job->retry.max == 2);
  CHECK(job->retry.delay == std::chrono::seconds{5});
  CHECK(job->tags == std::vector<std::string>{"a", "b"});
  CHECK(job->description == "two words");
  CHECK(job->success_exit == std::vector<int>{0, 1});
  CHECK(job->after == std::vector<std::string>{"crontab/other"});
}

TEST_CASE("MAILTO is mail about output and failure for the lines below it") {
  const Configuration loaded = load_crontab(
      "@daily one\nMAILTO=ana@example.org, root\n@daily two\nMAILTO=\"\"\n@daily three\n"
      "# dsched: notify.email=joe notify.on=failure\n@daily four\n");
  CHECK(rendered(loaded.diagnostics) == "");
  const Job* one = find_job(loaded, "crontab:1-one");
  const Job* two = find_job(loaded, "crontab:3-two");
  const Job* three = find_job(loaded, "crontab:5-three");
  const Job* four = find_job(loaded, "crontab:7-four");
  REQUIRE((one && two && three && four));
  CHECK(one->notify.email.empty());
  CHECK(two->notify.email == std::vector<std::string>{"ana@example.org", "root"});
  CHECK(two->notify.on == std::vector<AlertKind>{AlertKind::output, AlertKind::failure});
  CHECK(variable(*two, "MAILTO") == "ana@example.org, root");
  CHECK(three->notify.email.empty());
  CHECK(four->notify.email == std::vector<std::string>{"joe"});
  CHECK(four->notify.on == std::vector<AlertKind>{AlertKind::failure});
}

TEST_CASE("a line of a crontab file knows where its keys were written") {
  Loading loading;
  loading.sources.settings_files = {"/dsched.toml"};
  loading.files.put("/dsched.toml", "[defaults]\ncommand = 'z'\nenv.A = 'x'\ntimeout = '1h'\n");
  loading.files.put("/jobs.d/c.cron",
                    "SHELL=/bin/bash\nMAILTO=root\n# dsched: retry.max=2 locks=a,b\n@daily x\n");
  const Configuration loaded = loading.load();
  CHECK(rendered(loaded.diagnostics) == "");
  REQUIRE(loaded.jobs.size() == 1);
  std::string places;
  for (const auto& [key, place] : loaded.jobs[0].key_places)
    places += key + " " + place.file + ":" + std::to_string(place.line) + "\n";
  CHECK(places ==
        "timeout /dsched.toml:4\n"
        "shell /jobs.d/c.cron:1\n"
        "notify.email /jobs.d/c.cron:2\n"
        "notify.on /jobs.d/c.cron:2\n"
        "retry.max /jobs.d/c.cron:3\n"
        "locks /jobs.d/c.cron:3\n"
        "schedule /jobs.d/c.cron:4\n"
        "command /jobs.d/c.cron:4\n");
}

TEST_CASE("every fault of a crontab file has its code and its place, and harms no other line") {
  const std::pair<const char*, const char*> rows[] = {
      {"0 25 * * * x", "E304 1:3-5"},
      {"0 25 * * 1-x x", "E304 1:3-5, E302 1:12-13"},
      {"* * * *", "E301 1:1-8"},
      {"* * * * *", "E210 1:1-10"},
      {"@daily", "E210 1:1-7"},
      {"@daily %x", "E210 1:1-7"},
      {"@dayly x", "E309 1:1-7"},
      {"foo bar = x", "E301 1:1-12"},
      {"A-B=x", "E405 1:1-4"},
      {"A=\"x\" y", "E602 1:7-8"},
      {"A='x", "E602 1:3-5"},
      {"CRON_TZ=Mars/Base", "E310 1:9-18"},
      {"@daily \xff", "E104 1:1-9"},
      {"# dsched: timeout=2\n@daily x", "E206 1:19-20"},
      {"# dsched: tiemout=2h\n@daily x", "E201 1:11-18"},
      {"# dsched: retry.maks=2\n@daily x", "E201 1:17-21"},
      {"# dsched: overlap\n@daily x", "E603 1:11-18"},
      {"# dsched: command=x\n@daily x", "E603 1:11-18"},
      {"# dsched: tags=a tags=b\n@daily x", "E603 1:18-22"},
      {"# dsched: hosts=a\n@daily x", "E220 1:11-16"},
      {"# dsched: name=Big\n@daily x", "E208 1:16-19"},
      {"# dsched: name=a\n\n@daily x", "W605 1:1-17"},
      {"# dsched: name=a\nA=b", "W605 1:1-17"},
      {"# dsched: name=a", "W605 1:1-17"},
      {"MAILTO=a@b.c\nMAILFROM=x\n@daily x", "W606 2:1-9"},
      {"MAILTO=a b@c, root\n@daily x", "W601 1:8-19"},
      {"every 5m x", "E311 1:1-6"},
      {"MAILTO=\"\"\n@daily x", ""},
      {"TZ=UTC\n@daily x", "W602 1:1-3"},
      {"LOGNAME=x\n@daily x", "W604 1:1-8"},
      {"0 5 * * * root /bin/x", "W603 1:11-15"},
      {"0 5 * * * root", ""},
      {"0 0 31 2 *  root  /opt/yearly.sh", "W311 1:1-11, W603 1:13-17"},
      {"0 5 * * * x >/dev/null 2>&1", "W407 1:13-28"},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    const Configuration loaded = load_crontab("@daily good\n" + std::string(text) + "\n");
    std::vector<Diagnostic> diagnostics = loaded.diagnostics;
    for (Diagnostic& diagnostic : diagnostics) --diagnostic.line;
    CHECK(brief(diagnostics) == expected);
    CHECK(find_job(loaded, "crontab:1-good") != nullptr);
  }
}

TEST_CASE("carriage returns and byte order marks do not count") {
  const Configuration loaded = load_crontab(
      "\xEF\xBB\xBF"
      "A=b\r\n@daily x\r\n0 25 * * * y\r\n");
  CHECK(brief(loaded.diagnostics) == "E304 3:3-5");
  REQUIRE(loaded.jobs.size() == 1);
  CHECK(shell_text(loaded.jobs[0]) == "x");
  CHECK(variable(loaded.jobs[0], "A") == "b");
}

TEST_CASE("lines below an unknown zone are refused until the next zone") {
  const Configuration loaded = load_crontab("CRON_TZ=No/Where\n@daily a\nCRON_TZ=UTC\n@daily b\n");
  REQUIRE(loaded.jobs.size() == 1);
  CHECK(loaded.jobs[0].name == "crontab:4-b");
  CHECK(loaded.jobs[0].timezone == "");
  REQUIRE(loaded.rejected.size() == 1);
  CHECK(loaded.rejected[0].job == "crontab:2-a");
}

TEST_CASE("defaults count for crontab lines but where cron itself decides") {
  Loading loading;
  loading.sources.settings_files = {"/dsched.toml"};
  loading.sources.job_directories = {"/jobs.d"};
  loading.files.put("/dsched.toml",
                    "[defaults]\ntimeout = '1h'\nshell = 'bash'\nenv.A = '1'\ncommand = 'z'\n");
  loading.files.put("/jobs.d/sub/My Tab.cron", "@reboot x\n");
  const Configuration loaded = loading.load();
  REQUIRE(loaded.jobs.size() == 1);
  const Job& job = loaded.jobs[0];
  CHECK(job.name == "sub/my-tab:1-x");
  CHECK(job.timeout == std::chrono::hours{1});
  CHECK(job.shell.at(0) == "/bin/sh");
  CHECK(variable(job, "A") == "(none)");
  CHECK(job.timetable.on_boot());
}

TEST_CASE("in container mode the environment is the one of dsched") {
  Loading loading;
  loading.sources.inherit_env = true;
  loading.files.put("/jobs.d/c.cron", "FOO=1\n@daily x\n");
  const Configuration loaded = loading.load();
  REQUIRE(loaded.jobs.size() == 1);
  CHECK(loaded.jobs[0].inherit_env);
  CHECK(loaded.jobs[0].env == std::vector<std::pair<std::string, std::string>>{{"FOO", "1"}});
}

}  // namespace
}  // namespace dsched
