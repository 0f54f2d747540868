#include <string>

#include "config_test.h"
#include "doctest/doctest.h"

namespace dsched {
namespace {

constexpr const char* kPoolsAndResources =
    "[pools]\nheavy = 2\n[host]\nresources = { slots = 8, memory = '16G' }\n";

Configuration load_beside(const std::string& settings, const std::string& text) {
  Loading loading;
  loading.files.put("/dsched.toml", settings);
  loading.files.put("x.toml", text);
  loading.sources.settings_files = {"/dsched.toml"};
  loading.sources.job_directories.clear();
  loading.sources.job_files = {"x.toml"};
  return loading.load();
}

TEST_CASE("keys that make no sense beside each other are told") {
  const std::pair<const char*, const char*> rows[] = {
      {"pool = 'heavi'", "E214 2:8-15"},
      {"pool = 'other'", "E214 2:8-15"},
      {"resources.slots = 9", "E215 2:19-20"},
      {"resources = { memory = '17G' }", "E215 2:24-29"},
      {"resources.gpu = 1", "E215 2:17-18"},
      {"resources = { slots = 8, memory = '16G' }", ""},
      {"schedule = '@daily'\nparam = [{ name = 'a', required = true }]", "E213 3:9-42"},
      {"watch = '/x'\nparam = [{ name = 'a', required = true }]", "E213 3:9-42"},
      {"param = [{ name = 'a', required = true }]", ""},
      {"schedule = '@daily'\nenabled = false\nparam = [{ name = 'a', required = true }]", ""},
      {"schedule = '@daily'\nparam = [{ name = 'a', required = true, default = 'x' }]", ""},
      {"on_lost = 'rerun'\nretry.max = 2", ""},
      {"after_timeout = '1h'", "W201 2:1-14"},
      {"after_on = 'any'", "W201 2:1-9"},
      {"catch_up = 'last'", "W201 2:1-9"},
      {"schedule = '@daily'\ncatch_up_window = '1h'", "W201 3:1-16"},
      {"schedule = '@daily'\ncatch_up = 'all'\ncatch_up_window = '1h'", ""},
      {"settle = '1s'", "W201 2:1-7"},
      {"notify.on = 'failure'", "W201 2:8-10"},
      {"notify = { after = 2, email = 'root' }", ""},
      {"notify = { after = 2, email = '' }", "E207 2:31-33"},
      {"schedule = 'x'\ncatch_up = 'last'\nexpect.within = '1d'", "E301 2:13-14"},
      {"expect.within = '1d'", ""},
      {"expect.finish_by = '06:00'", "W201 2:8-17"},
      {"watch = '/in/*/'", ""},
      {"watch = '/x'\nexpect.finish_by = '06:00'", ""},
      {"schedule = '0 3 * * 1-5'\nexpect.within = '1d'", "W202 3:17-21"},
      {"schedule = '0 3 * * 1-5'\nexpect.within = '3d'", ""},
      {"schedule = '0 3 * * *'\nexpect.within = '1d'", ""},
      {"schedule = 'every 15m'\nexpect.within = '10m'", "W202 3:17-22"},
      {"timeout = '1h'\nexpect.max_runtime = '1h'", "W202 3:22-26"},
      {"timeout = '1h'\nexpect.max_runtime = '59m'", ""},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    const Configuration loaded =
        load_beside(kPoolsAndResources, "command = 'x'\n" + std::string(text) + "\n");
    CHECK(brief(loaded.diagnostics) == expected);
  }
}

TEST_CASE("who names a pool that is not there learns which there are, or where they are made") {
  CHECK(rendered(load_beside(kPoolsAndResources, "command = 'x'\npool = 'heavi'\n").diagnostics) ==
        "error[E214]: there is no pool 'heavi'\n"
        " --> x.toml:2:8\n"
        "  |\n"
        "2 | pool = 'heavi'\n"
        "  |        ^^^^^^^ did you mean 'heavy'?\n");
  CHECK(rendered(load_beside("", "command = 'x'\npool = 'big/jobs'\n").diagnostics) ==
        "error[E214]: there is no pool 'big/jobs'\n"
        " --> x.toml:2:8\n"
        "  |\n"
        "2 | pool = 'big/jobs'\n"
        "  |        ^^^^^^^^^^\n"
        "  = pools are made in /dsched.toml, for instance:\n"
        "  = [pools]\n"
        "  = \"big/jobs\" = 2\n");
}

TEST_CASE("a fault of a key from [defaults] points at the job and names the key's place") {
  CHECK(rendered(load_beside("[defaults]\npool = 'none'\n", "command = 'x'\n").diagnostics) ==
        "error[E214]: there is no pool 'none'\n"
        " --> x.toml:1:1\n"
        "  |\n"
        "1 | command = 'x'\n"
        "  | ^^^^^^^\n"
        "  = 'pool' is from /dsched.toml:2\n"
        "  = pools are made in /dsched.toml, for instance:\n"
        "  = [pools]\n"
        "  = none = 2\n");
}

TEST_CASE("a resource is asked for by amount and by name") {
  const auto message = [](const std::string& text) {
    const Configuration loaded = load_beside(kPoolsAndResources, "command = 'x'\n" + text + "\n");
    return loaded.diagnostics.at(0).message + "; " + loaded.diagnostics.at(0).label;
  };
  CHECK(message("resources.memory = '17408M'") ==
        "this job needs 17G of 'memory', and the host offers 16G; it could never start");
  CHECK(message("resources.slots = 9") ==
        "this job needs 9 of 'slots', and the host offers 8; it could never start");
  CHECK(message("resources.slot = 1") == "this host offers no 'slot'; did you mean 'slots'?");
}

TEST_CASE("with a file that is read without settings, pools and resources do not count") {
  const Configuration loaded =
      load_text("command = 'x'\npool = 'heavy'\nresources = { slots = 2, gpu = 1 }\n");
  CHECK(brief(loaded.diagnostics) == "W214 2:8-15, W214 3:23-24, W214 3:32-33");
  REQUIRE(loaded.jobs.size() == 1);
  CHECK(loaded.jobs[0].needs.pool == "");
  CHECK(loaded.jobs[0].needs.resources.empty());
}

TEST_CASE("keys of [defaults] that one job has no use for get no warning") {
  const Configuration loaded = load_beside(
      "[defaults]\ncatch_up = 'last'\ncatch_up_window = '1h'\nafter_timeout = '1h'\n"
      "settle = '1s'\nnotify.on = 'failure'\n",
      "command = 'x'\n");
  CHECK(brief(loaded.diagnostics) == "");
}

}  // namespace
}  // namespace dsched
