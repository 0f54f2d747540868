#include <string>

#include "config_test.h"
#include "doctest/doctest.h"

namespace dsched {
namespace {

Configuration load_settings(const std::string& text) {
  Loading loading;
  loading.files.put("/dsched.toml", text);
  loading.sources.settings_files = {"/dsched.toml"};
  return loading.load();
}

TEST_CASE("limits and mail are settings of the host") {
  const Configuration loaded = load_settings(R"(
[daemon]
max_running = 4
max_waiting = 7
[pools]
heavy = 2
"db/main" = { size = 3, max_waiting = 10 }
[host]
resources = { slots = 8, memory = "16G", gpu = 2 }
[mail]
from = "dsched@example.org"
transport = "smtp://mail.example.org:25"
)");
  CHECK(rendered(loaded.diagnostics) == "");
  CHECK_FALSE(loaded.settings_rejected);
  const Limits& limits = loaded.settings.limits;
  CHECK(limits.max_running == 4);
  CHECK(limits.max_waiting == 7);
  REQUIRE(limits.pools.size() == 2);
  CHECK(limits.pools.at("heavy").size == 2);
  CHECK(limits.pools.at("heavy").max_waiting == 1000);
  CHECK(limits.pools.at("db/main").size == 3);
  CHECK(limits.pools.at("db/main").max_waiting == 10);
  CHECK(limits.resources ==
        std::map<std::string, std::uint64_t>{{"slots", 8}, {"memory", 16ULL << 30}, {"gpu", 2}});
  CHECK(loaded.settings.mail_from == "dsched@example.org");
  CHECK(loaded.settings.mail_transport == "smtp://mail.example.org:25");
}

TEST_CASE("ways to send mail") {
  for (const char* good :
       {"sendmail", "none", "smtp://host", "smtp://host:25", "smtps://host:465"}) {
    CAPTURE(good);
    const Configuration loaded = load_settings("[mail]\ntransport = '" + std::string(good) + "'\n");
    CHECK(loaded.settings.mail_transport == good);
  }
  for (const char* bad : {"", "postfix", "smtp://", "smtp://:25", "http://host", "smtp://a b"}) {
    CAPTURE(bad);
    const Configuration loaded = load_settings("[mail]\ntransport = '" + std::string(bad) + "'\n");
    REQUIRE(loaded.diagnostics.size() == 1);
    CHECK(loaded.diagnostics[0].code == "E207");
  }
}

TEST_CASE("every fault of the limits has its code and its place") {
  const std::pair<const char*, const char*> rows[] = {
      {"pools = 2", "E202 1:9-10"},
      {"pools.heavy = 0", "E204 1:15-16"},
      {"pools.heavy = '2'", "E202 1:15-18"},
      {"pools.Heavy = 2", "E208 1:15-16"},
      {"pools.heavy = { sise = 2 }", "E201 1:17-21"},
      {"pools.heavy = { max_waiting = -1 }", "E204 1:31-33"},
      {"host.labels = ['web']", "E220 1:6-12"},
      {"host.resources = 8", "E202 1:18-19"},
      {"host.resources.memory = '16X'", "E205 1:25-30"},
      {"mail.from = 'a b'", "E207 1:13-18"},
      {"mail.form = 'a'", "E201 1:6-10"},
      {"daemon.max_waiting = -1", "E204 1:22-24"},
      {"pool = 2", "E201 1:1-5"},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    const Configuration loaded = load_settings(std::string(text) + "\n");
    CHECK(brief(loaded.diagnostics) == expected);
    CHECK(loaded.settings_rejected);
  }
}

TEST_CASE("pools of several settings files add up, and the later size wins") {
  Loading loading;
  loading.files.put("/a.toml", "[pools]\nheavy = { size = 2, max_waiting = 5 }\nlight = 9\n");
  loading.files.put("/b.toml", "[pools]\nheavy = 3\n");
  loading.sources.settings_files = {"/a.toml", "/b.toml"};
  const Configuration loaded = loading.load();
  REQUIRE(loaded.settings.limits.pools.size() == 2);
  CHECK(loaded.settings.limits.pools.at("heavy").size == 3);
  CHECK(loaded.settings.limits.pools.at("heavy").max_waiting == 5);
}

}  // namespace
}  // namespace dsched
