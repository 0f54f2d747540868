#include <chrono>
#include <string>

#include <fmt/core.h>

#include "config_test.h"
#include "doctest/doctest.h"

namespace dsched {
namespace {

std::string names(const Configuration& configuration) {
  std::string text;
  for (const Job& job : configuration.jobs) text += (text.empty() ? "" : " ") + job.name;
  return text;
}

std::string one_line(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics)
    text += (text.empty() ? "" : ", ") + diagnostic.code + " " + diagnostic.file;
  return text;
}

TEST_CASE("files below the job directories are jobs named after them") {
  Loading loading;
  loading.files.put("/jobs.d/backup/db.toml", "command = 'x'\n");
  loading.files.put("/jobs.d/many.toml", "[job.a]\ncommand = 'x'\n[job.\"b/c\"]\ncommand = 'x'\n");
  loading.files.put("/jobs.d/tab.cron", "@daily x\n");
  for (const char* name : {".hidden.toml", "x.toml~", "x.toml.dpkg-new", "x.swp", ".git/x.toml"})
    loading.files.put("/jobs.d/" + std::string(name), "command = 'x'\n");
  const Configuration loaded = loading.load();
  CHECK(one_line(loaded.diagnostics) == "");
  CHECK(names(loaded) == "a b/c backup/db tab:1-x");
  CHECK(loaded.files_read == 3);
  CHECK(loaded.watch_directories == std::vector<std::string>{"/jobs.d", "/jobs.d/backup"});
}

TEST_CASE("files that nobody reads are named") {
  Loading loading;
  loading.files.put("/jobs.d/README", "x");
  loading.files.put("/jobs.d/db.toml.bak", "x");
  loading.files.put("/jobs.d/pipe.toml", "x").kind = FileKind::other;
  CHECK(one_line(loading.load().diagnostics) ==
        "W101 /jobs.d/README, W101 /jobs.d/db.toml.bak, W101 /jobs.d/pipe.toml");
}

TEST_CASE("a later directory replaces files of an earlier one, and an empty file masks") {
  Loading loading;
  loading.sources.job_directories = {"/usr", "/etc"};
  loading.files.put("/usr/a.toml", "command = 'vendor'\n");
  loading.files.put("/usr/b.toml", "command = 'vendor'\n");
  loading.files.put("/etc/a.toml", "command = 'mine'\n");
  loading.files.put("/etc/b.toml", "");
  const Configuration loaded = loading.load();
  CHECK(names(loaded) == "a");
  CHECK(std::get<ShellCommand>(loaded.jobs[0].command).text == "mine");
}

TEST_CASE("files that others could have written are refused") {
  Loading loading;
  loading.sources.owner_uid = 1000;
  loading.files.put("/jobs.d/root.toml", "command = 'x'\n");
  loading.files.put("/jobs.d/mine.toml", "command = 'x'\n").uid = 1000;
  loading.files.put("/jobs.d/alien.toml", "command = 'x'\n").uid = 1001;
  loading.files.put("/jobs.d/open.toml", "command = 'x'\n").mode = 0664;
  loading.files.put("/jobs.d/secret.toml", "command = 'x'\n").unreadable = true;
  const Configuration loaded = loading.load();
  CHECK(one_line(loaded.diagnostics) ==
        "E501 /jobs.d/alien.toml, E501 /jobs.d/open.toml, E502 /jobs.d/secret.toml");
  CHECK(names(loaded) == "mine root");
  CHECK(loaded.rejected.size() == 3);
  loading.sources.check_owner = false;
  CHECK(names(loading.load()) == "alien mine open root");
}

TEST_CASE("what is named must be there, what is looked for need not") {
  Loading loading;
  loading.sources.job_directories = {"/none/jobs.d"};
  loading.sources.settings_files = {"/none/dsched.toml"};
  Configuration loaded = loading.load();
  CHECK(one_line(loaded.diagnostics) == "");
  CHECK(loaded.watch_directories == std::vector<std::string>{"/none"});
  loading.sources.settings_required = true;
  loading.sources.job_files = {"ci.toml"};
  loading.sources.crontab_files = {"/tab"};
  loaded = loading.load();
  CHECK(one_line(loaded.diagnostics) == "E502 /none/dsched.toml, E502 /tab, E502 ci.toml");
  CHECK(loaded.settings_rejected);
}

TEST_CASE("directories that are files, too deep, or lead back to themselves do no harm") {
  Loading loading;
  loading.files.put("/file", "x");
  loading.files.put("/jobs.d/a/x.toml", "command = 'x'\n");
  loading.files.link_directory("/jobs.d/a/up", "/jobs.d");
  loading.files.put("/jobs.d/1/2/3/4/5/6/7/8/9/deep.toml", "command = 'x'\n");
  loading.sources.job_directories = {"/file", "/jobs.d"};
  const Configuration loaded = loading.load();
  CHECK(one_line(loaded.diagnostics) ==
        "E502 /file, E503 /jobs.d/1/2/3/4/5/6/7/8/9, W101 /jobs.d/a/up");
  CHECK(names(loaded) == "a/x");
}

TEST_CASE("a file whose name is no job name is refused") {
  Loading loading;
  loading.files.put("/jobs.d/My Job.toml", "command = 'x'\n");
  CHECK(one_line(loading.load().diagnostics) == "E208 /jobs.d/My Job.toml");
}

TEST_CASE("the second definition of a job is refused with both places") {
  Loading loading;
  loading.files.put("/jobs.d/a.toml", "command = 'first'\n");
  loading.files.put("/jobs.d/z.toml", "\n[job.a]\ncommand = 'second'\n[job.b]\ncommand = 'x'\n");
  const Configuration loaded = loading.load();
  CHECK(rendered(loaded.diagnostics) ==
        "error[E209]: the job 'a' exists already\n"
        " --> /jobs.d/z.toml:2:6\n"
        "  |\n"
        "2 | [job.a]\n"
        "  |      ^ the first definition stays\n"
        "  = first: /jobs.d/a.toml:1\n");
  CHECK(names(loaded) == "a b");
  CHECK(std::get<ShellCommand>(loaded.jobs[0].command).text == "first");
}

TEST_CASE("standard input is a job file") {
  Loading loading;
  loading.sources.job_directories.clear();
  loading.sources.job_files = {"-"};
  loading.sources.stdin_text = "[job.a]\ncommand = 'x'\n";
  CHECK(names(loading.load()) == "a");
  loading.sources.stdin_text = "command = 1\n";
  CHECK(one_line(loading.load().diagnostics) == "E202 stdin");
}

TEST_CASE("settings have their tables, and what is for later is refused by name") {
  Loading loading;
  loading.sources.settings_files = {"/a.toml", "/b.toml"};
  loading.files.put("/a.toml",
                    "[defaults]\ntimezone = 'UTC'\n[daemon]\nmax_running = 5\nwatch = false\n"
                    "stop_timeout = '5s'\n[coordination]\nstore = 'local'\n");
  loading.files.put("/b.toml", "[daemon]\nmax_running = 0\n[log]\nformat = 'json'\n");
  Configuration loaded = loading.load();
  CHECK(rendered(loaded.diagnostics) == "");
  CHECK(loaded.settings.timezone == "UTC");
  CHECK(loaded.settings.limits.max_running == 0);
  CHECK(loaded.settings.stop_timeout == std::chrono::seconds{5});
  CHECK_FALSE(loaded.settings.watch);
  CHECK(loaded.settings.log_format == LogFormat::json);
  CHECK(loaded.settings.log_format_set);
  loading.files.put(
      "/b.toml",
      "[deamon]\n[daemon]\nmax = 1\nwatch = 1\n[web]\n[coordination]\nstore = 'dir:/x'\n"
      "[log]\nformat = 'xml'\n[job.a]\n");
  loaded = loading.load();
  CHECK(brief(loaded.diagnostics) ==
        "E201 1:2-8, E201 3:1-4, E202 4:9-10, E220 5:2-5, E220 6:2-14, E203 9:10-15, E201 10:2-5");
  CHECK(loaded.settings_rejected);
}

TEST_CASE("[defaults] in a job directory is refused") {
  Loading loading;
  loading.files.put("/jobs.d/a.toml", "[defaults]\n[job.a]\ncommand = 'x'\n");
  CHECK(brief(loading.load().diagnostics) == "E201 1:2-10");
}

TEST_CASE("upstreams are looked for in all files") {
  Loading loading;
  loading.files.put("/jobs.d/a.toml", "command = 'x'\nafter = ['b', 'bb']\n");
  loading.files.put("/jobs.d/b.toml", "command = 'x'\n");
  loading.files.put("/jobs.d/c.toml", "command = 'x'\nafter = ['d', 'a']\n");
  loading.files.put("/jobs.d/d.toml", "comand = 'x'\n");
  const Configuration loaded = loading.load();
  CHECK(one_line(loaded.diagnostics) ==
        "E702 /jobs.d/a.toml, W703 /jobs.d/c.toml, E201 /jobs.d/d.toml");
  CHECK(loaded.diagnostics[0].label == "did you mean 'b'?");
  CHECK(names(loaded) == "b c");
}

TEST_CASE("an upstream that may be in an unreadable file is no error") {
  Loading loading;
  loading.files.put("/jobs.d/a.toml", "command = 'x'\nafter = 'gone'\n");
  loading.files.put("/jobs.d/b.toml", "[job.gone\n");
  CHECK(one_line(loading.load().diagnostics) == "W703 /jobs.d/a.toml, E100 /jobs.d/b.toml");
}

TEST_CASE("a cycle is named as a whole") {
  Loading loading;
  loading.files.put("/jobs.d/a.toml", "command = 'x'\nafter = 'b'\n");
  loading.files.put("/jobs.d/b.toml", "command = 'x'\nafter = 'c'\n");
  loading.files.put("/jobs.d/c.toml", "command = 'x'\nafter = 'a'\n");
  loading.files.put("/jobs.d/d.toml", "command = 'x'\nafter = 'd'\n");
  loading.files.put("/jobs.d/e.toml", "command = 'x'\n");
  const Configuration loaded = loading.load();
  CHECK(rendered(loaded.diagnostics) ==
        "error[E701]: these jobs wait for each other: a -> b -> c -> a\n"
        " --> /jobs.d/a.toml:2:9\n"
        "  |\n"
        "2 | after = 'b'\n"
        "  |         ^^^ none of them could ever start\n"
        "  = 'b' is in /jobs.d/b.toml:1\n"
        "  = 'c' is in /jobs.d/c.toml:1\n"
        "error[E701]: 'd' runs after itself\n"
        " --> /jobs.d/d.toml:2:9\n"
        "  |\n"
        "2 | after = 'd'\n"
        "  |         ^^^ none of them could ever start\n");
  CHECK(names(loaded) == "e");
  CHECK(loaded.rejected.size() == 4);
}

TEST_CASE("the content hash follows names and bytes") {
  Loading loading;
  loading.files.put("/jobs.d/a.toml", "command = 'x'\n");
  const std::uint64_t first = loading.load().content_hash;
  CHECK(loading.load().content_hash == first);
  loading.files.put("/jobs.d/a.toml", "command = 'x'\n# c\n");
  const std::uint64_t second = loading.load().content_hash;
  CHECK(second != first);
  REQUIRE(loading.files.remove("/jobs.d/a.toml"));
  loading.files.put("/jobs.d/b.toml", "command = 'x'\n");
  CHECK(loading.load().content_hash != first);
}

TEST_CASE("the last good version of a refused job goes on") {
  Loading loading;
  loading.files.put("/jobs.d/a.toml", "command = 'good'\n");
  loading.files.put("/jobs.d/b.toml", "command = 'good'\n");
  loading.files.put("/jobs.d/c.toml", "[job.c1]\ncommand = 'good'\n[job.c2]\ncommand = 'good'\n");
  const Configuration active = loading.load();
  loading.files.put("/jobs.d/a.toml", "command = 1\n");
  loading.files.put("/jobs.d/c.toml", "[job.c1\n");
  REQUIRE(loading.files.remove("/jobs.d/b.toml"));
  loading.files.put("/jobs.d/d.toml", "command = 'new'\n");
  const Configuration kept = keep_last_good(active, loading.load());
  CHECK(names(kept) == "a c1 c2 d");
  CHECK(std::get<ShellCommand>(kept.jobs[0].command).text == "good");
  CHECK(has_errors(kept.diagnostics));
}

TEST_CASE("with wrong settings everything known stays as it was") {
  Loading loading;
  loading.sources.settings_files = {"/dsched.toml"};
  loading.files.put("/dsched.toml", "[defaults]\ntimeout = '1h'\n[daemon]\nmax_running = 3\n");
  loading.files.put("/jobs.d/a.toml", "command = 'x'\n");
  const Configuration active = loading.load();
  loading.files.put("/dsched.toml", "[defaults]\ntimeout = 1\n");
  loading.files.put("/jobs.d/b.toml", "command = 'x'\n");
  const Configuration kept = keep_last_good(active, loading.load());
  CHECK(kept.settings.limits.max_running == 3);
  CHECK(names(kept) == "a b");
  CHECK(kept.jobs[0].timeout == std::chrono::hours{1});
}

TEST_CASE("a kept job that closes a cycle with new ones is dropped") {
  Loading loading;
  loading.files.put("/jobs.d/a.toml", "command = 'x'\nafter = 'b'\n");
  loading.files.put("/jobs.d/b.toml", "command = 'x'\n");
  const Configuration active = loading.load();
  loading.files.put("/jobs.d/a.toml", "command = 1\n");
  loading.files.put("/jobs.d/b.toml", "command = 'x'\nafter = 'a'\n");
  CHECK(names(keep_last_good(active, loading.load())) == "b");
}

TEST_CASE("10,000 jobs load quickly, good or bad") {
  std::string good;
  std::string bad;
  std::string cycles;
  for (int i = 0; i < 10'000; ++i) {
    good += fmt::format(
        "[job.job-{0}]\ncommand = \"/usr/local/bin/run --number {0}\"\nschedule = \"{1} 3 * * *\"\n"
        "timeout = \"1h\"\ntags = [\"a\"]\n",
        i, i % 60);
    bad +=
        fmt::format("[job.bad-{0}]\ncomand = 'x'\nafter = 'bed-{0}'\ntimezone = 'No/Where'\n", i);
    cycles += fmt::format("[job.c{}]\ncommand = 'x'\nafter = 'c{}'\n", i, i ^ 1);
  }
  const auto milliseconds_of = [](const std::string& text, std::size_t jobs) {
    const auto start = std::chrono::steady_clock::now();
    const Configuration loaded = load_text(text);
    CHECK(loaded.jobs.size() == jobs);
    CHECK(has_errors(loaded.diagnostics) == (jobs == 0));
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 start)
        .count();
  };
  // Measured well under a second when optimised; anything quadratic takes minutes.
  const auto good_ms = milliseconds_of(good, 10'000);
  const auto bad_ms = milliseconds_of(bad, 0);
  const auto cycles_ms = milliseconds_of(cycles, 0);
  MESSAGE("good ", good_ms, " ms, bad ", bad_ms, " ms, cycles ", cycles_ms, " ms");
  CHECK(good_ms + bad_ms + cycles_ms < 60'000);
}

}  // namespace
}  // namespace dsched
