#include <string>

#include "config_test.h"
#include "doctest/doctest.h"

namespace dsched {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHostSettings =
    "[pools]\nheavy = 2\nlight = { size = 8, max_waiting = 50 }\n"
    "[host]\nresources = { slots = 8, memory = '16G', gpu = 2 }\n";

Configuration load_with_settings(const std::string& text,
                                 const std::string& settings = kHostSettings) {
  Loading loading;
  loading.files.put("/dsched.toml", settings);
  loading.files.put("x.toml", text);
  loading.sources.settings_files = {"/dsched.toml"};
  loading.sources.job_directories.clear();
  loading.sources.job_files = {"x.toml"};
  loading.sources.home = "/home/ana";
  return loading.load();
}

std::string place_of(const Job& job, const std::string& key) {
  std::string text;
  for (const auto& [known, place] : job.key_places) {
    if (known == key) text += place.file + ":" + std::to_string(place.line);
  }
  return text;
}

TEST_CASE("every key of a policy reaches the job") {
  const Configuration loaded = load_with_settings(R"([job.up]
command = "x"
[job.all]
command = "x"
schedule = "@daily"
only_if = ["test", "-e", "/run/ok"]
start_deadline = "10m"
catch_up = "all"
catch_up_window = "2d"
after = "up"
after_timeout = "1h"
watch = ["/in/*.csv", "~/in/*"]
settle = "5s"
on_boot = true
locks = ["db", "net/up", "db"]
pool = "heavy"
priority = -7
queue = "shortest"
resources = { slots = 2, memory = "2G", gpu = 0 }
only_below_load = 1.5
on_lost = "hold"
pause_after_failures = 3
pause_after_lost = 2
expect = { finish_by = "06:30", within = "26h", max_runtime = "learned" }
notify.on = ["failure", "slow", "failure"]
notify.email = ["ana@example.org", "root"]
notify.webhook = "https://example.org/hook"
notify.command = "logger failed"
notify.after = 2
notify.repeat = "6h"
[[job.all.param]]
name = "TARGET"
default = "web1"
choices = ["web1", "web2"]
description = "where to"
[[job.all.param]]
name = "dry_run"
)");
  CHECK(rendered(loaded.diagnostics) == "");
  const Job* found = find_job(loaded, "all");
  REQUIRE(found != nullptr);
  const Job& job = *found;
  REQUIRE(job.needs.only_if);
  CHECK(std::get<ArgvCommand>(*job.needs.only_if).words.size() == 3);
  CHECK(job.late.start_deadline == 10min);
  CHECK(job.late.catch_up == CatchUp::all);
  CHECK(job.late.window == 48h);
  CHECK(job.after_timeout == 1h);
  CHECK(job.watch.globs == std::vector<std::string>{"/in/*.csv", "/home/ana/in/*"});
  CHECK(job.watch.settle == 5s);
  CHECK(job.timetable.on_boot());
  CHECK(job.schedules == std::vector<std::string>{"@daily", "@reboot"});
  CHECK(job.needs.locks == std::vector<std::string>{"db", "net/up"});
  CHECK(job.needs.pool == "heavy");
  CHECK(job.priority == -7);
  CHECK(job.queue == QueueOrder::shortest);
  CHECK(job.needs.resources ==
        std::vector<std::pair<std::string, std::uint64_t>>{{"slots", 2}, {"memory", 2ULL << 30}});
  CHECK(job.needs.below_load == 1.5);
  CHECK(job.on_lost == OnLost::hold);
  CHECK(job.pause_after_failures == 3);
  CHECK(job.pause_after_lost == 2);
  CHECK(job.expect.finish_by == 6h + 30min);
  CHECK(job.expect.within == 26h);
  CHECK(job.expect.learned_runtime);
  CHECK_FALSE(job.expect.max_runtime);
  CHECK(job.notify.on == std::vector<AlertKind>{AlertKind::failure, AlertKind::slow});
  CHECK(job.notify.email == std::vector<std::string>{"ana@example.org", "root"});
  CHECK(job.notify.webhooks == std::vector<std::string>{"https://example.org/hook"});
  CHECK(job.notify.command == "logger failed");
  CHECK(job.notify.after == 2);
  CHECK(job.notify.repeat == 6h);
  REQUIRE(job.parameters.size() == 2);
  CHECK(job.parameters[0].name == "TARGET");
  CHECK(job.parameters[0].default_value == "web1");
  CHECK(job.parameters[0].choices.size() == 2);
  CHECK(job.parameters[0].description == "where to");
  CHECK_FALSE(job.parameters[1].required);
}

TEST_CASE("every word of a choice is its own") {
  const auto job = [](const std::string& text) {
    return load_with_settings("command = 'x'\nschedule = '@daily'\n" + text).jobs.at(0);
  };
  CHECK(job("catch_up = 'none'").late.catch_up == CatchUp::none);
  CHECK(job("catch_up = 'last'").late.catch_up == CatchUp::last);
  CHECK(job("queue = 'first-come'").queue == QueueOrder::first_come);
  CHECK(job("on_lost = 'skip'").on_lost == OnLost::skip);
  CHECK(job("on_lost = 'rerun'").on_lost == OnLost::rerun);
  const std::pair<const char*, AlertKind> kinds[] = {
      {"failure", AlertKind::failure}, {"recovery", AlertKind::recovery},
      {"missed", AlertKind::missed},   {"output", AlertKind::output},
      {"late", AlertKind::late},       {"overdue", AlertKind::overdue},
      {"slow", AlertKind::slow},       {"paused", AlertKind::paused},
  };
  for (const auto& [word, kind] : kinds) {
    CAPTURE(word);
    const Job read = job("notify = { email = 'root', on = '" + std::string(word) + "' }");
    CHECK(read.notify.on == std::vector<AlertKind>{kind});
  }
}

TEST_CASE("every fault of a policy has its code and its place") {
  const std::pair<const char*, const char*> rows[] = {
      {"catch_up = 'first'", "E203 1:12-19"},
      {"catch_up_window = '0s'", "E204 1:19-23"},
      {"start_deadline = 5", "E206 1:18-19"},
      {"locks = ['db', 'No']", "E208 1:9-21"},
      {"pool = 'a b'", "E208 1:8-13"},
      {"priority = 1001", "E204 1:12-16"},
      {"queue = 'fifo'", "E203 1:9-15"},
      {"resources = 2", "E202 1:13-14"},
      {"resources = { slots = 'x' }", "E202 1:23-26"},
      {"resources = { memory = '2X' }", "E205 1:24-28"},
      {"resources = { Gpu = 1 }", "E208 1:21-22"},
      {"only_below_load = 0", "E204 1:19-20"},
      {"only_below_load = 'x'", "E202 1:19-22"},
      {"only_if = []", "E207 1:11-13"},
      {"watch = 'in/*.csv'", "E207 1:9-19"},
      {"watch = '~ana/x'", "E207 1:9-17"},
      {"watch = '/in/'", "E207 1:9-15"},
      {"watch = ''", "E207 1:9-11"},
      {"on_boot = 'yes'", "E202 1:11-16"},
      {"on_lost = 'retry'", "E203 1:11-18"},
      {"pause_after_failures = -1", "E204 1:24-26"},
      {"param = { name = 'x' }", "E202 1:9-23"},
      {"param = ['x']", "E202 1:10-13"},
      {"param = [{ default = 'x' }]", "E207 1:10-27"},
      {"param = [{ name = 'a-b' }]", "E405 1:19-24"},
      {"param = [{ name = 'a', kind = 'x' }]", "E201 1:24-28"},
      {"param = [{ name = 'a' }, { name = 'a' }]", "E207 1:26-40"},
      {"param = [{ name = 'a', default = 'x', choices = ['y', 'z'] }]", "E203 1:34-37"},
      {"expect.finish_by = '6:30'", "E207 1:20-26"},
      {"expect.finish_by = '24:00'", "E207 1:20-27"},
      {"expect.finish_by = '06-30'", "E207 1:20-27"},
      {"expect.within = '0s'", "E204 1:17-21"},
      {"expect.max_runtime = 'learnt'", "E207 1:22-30"},
      {"expect.ping = 'x'", "E220 1:8-12"},
      {"notify.on = ['failure', 'succes']", "E203 1:25-33"},
      {"notify.email = 'Ana <ana@example.org>'", "E207 1:16-39"},
      {"notify.email = '-oQ/tmp'", "E207 1:16-25"},
      {"notify.email = 'a@b@c'", "E207 1:16-23"},
      {"notify.webhook = 'ftp://x'", "E207 1:18-27"},
      {"notify.webhook = 'https://'", "E207 1:18-28"},
      {"notify = { email = 'root', after = 0 }", "E204 1:36-37"},
      {"notify.emial = 'root'", "E201 1:8-13"},
  };
  for (const auto& [line, expected] : rows) {
    CAPTURE(line);
    const Configuration loaded =
        load_with_settings(std::string(line) + "\ncommand = 'x'\n", kHostSettings);
    std::vector<Diagnostic> errors = loaded.diagnostics;
    std::erase_if(errors, [](const Diagnostic& d) { return d.severity == Severity::warning; });
    CHECK(brief(errors) == expected);
  }
}

TEST_CASE("all tables merge key by key with those of [defaults]") {
  const Configuration loaded = load_with_settings(
      "[job.a]\ncommand = 'x'\nnotify.after = 3\nexpect.max_runtime = '1h'\n"
      "resources = { gpu = 0, memory = '1G' }\npool = ''\n",
      std::string("[defaults]\nnotify = { email = 'root', after = 2 }\n"
                  "resources = { slots = 1, gpu = 1 }\npool = 'heavy'\n"
                  "expect.max_runtime = 'learned'\n") +
          kHostSettings);
  CHECK(rendered(loaded.diagnostics) == "");
  REQUIRE(loaded.jobs.size() == 1);
  const Job& job = loaded.jobs[0];
  CHECK(job.notify.email == std::vector<std::string>{"root"});
  CHECK(job.notify.after == 3);
  CHECK(job.expect.max_runtime == 1h);
  CHECK_FALSE(job.expect.learned_runtime);
  CHECK(job.needs.pool == "");
  CHECK(job.needs.resources ==
        std::vector<std::pair<std::string, std::uint64_t>>{{"slots", 1}, {"memory", 1ULL << 30}});
}

TEST_CASE("a job knows where each of its keys was written") {
  const Configuration loaded = load_with_settings(
      "[defaults]\ntimeout = '1h'\nretry.max = 1\nscript = 'z'\n"
      "[job.a]\ncommand = 'x'\n[job.a.retry]\ndelay = '5s'\nmax = 2\n[job.b]\nlocks = 'db'\n",
      "[defaults]\ntimeout = '2h'\noverlap = 'queue'\n");
  const Job* a = find_job(loaded, "a");
  const Job* b = find_job(loaded, "b");
  REQUIRE(a != nullptr);
  REQUIRE(b != nullptr);
  CHECK(place_of(*a, "overlap") == "/dsched.toml:3");
  CHECK(place_of(*a, "timeout") == "x.toml:2");
  CHECK(place_of(*a, "retry.max") == "x.toml:9");
  CHECK(place_of(*a, "retry.delay") == "x.toml:8");
  CHECK(place_of(*a, "command") == "x.toml:6");
  CHECK(place_of(*a, "script") == "");
  CHECK(place_of(*a, "schedule") == "");
  CHECK(place_of(*b, "script") == "x.toml:4");
  CHECK(place_of(*b, "locks") == "x.toml:11");
  CHECK(a->key_places.size() == 5);
}

TEST_CASE("the hash of a definition follows every policy, and not where it stands") {
  const auto hash = [](const std::string& text) {
    const Configuration loaded = load_with_settings("command = 'x'\nschedule = '@daily'\n" + text);
    CAPTURE(text);
    REQUIRE(loaded.jobs.size() == 1);
    return loaded.jobs[0].definition_hash;
  };
  const std::uint64_t plain = hash("");
  CHECK(hash("\n\n") == plain);
  const char* const changes[] = {
      "catch_up = 'last'",
      "catch_up = 'none'\ncatch_up_window = '1h'",
      "start_deadline = '1h'",
      "after_timeout = '1h'",
      "watch = '/in/*'",
      "settle = '3s'",
      "param = [{ name = 'a' }]",
      "locks = 'db'",
      "pool = 'heavy'",
      "resources.slots = 1",
      "only_below_load = 2",
      "only_if = 'true'",
      "priority = 1",
      "queue = 'shortest'",
      "on_lost = 'hold'",
      "pause_after_failures = 1",
      "pause_after_lost = 1",
      "expect.finish_by = '06:00'",
      "expect.within = '2d'",
      "expect.max_runtime = '1h'",
      "expect.max_runtime = 'learned'",
      "notify.on = 'failure'",
      "notify.email = 'root'",
      "notify.webhook = 'http://x'",
      "notify.command = 'x'",
      "notify.after = 2",
      "notify.repeat = '2h'",
  };
  for (const char* change : changes) {
    CAPTURE(change);
    CHECK(hash(change) != plain);
  }
}

}  // namespace
}  // namespace dsched
