#include <string>

#include "config_test.h"
#include "doctest/doctest.h"

namespace dsched {
namespace {

class MemUsers final : public Users {
 public:
  Result<User> find(const std::string& name) override {
    if (name == "ana") return User{"ana", 1000, 1000, "/home/ana", "/bin/sh", {1000}};
    return Error{ErrorCode::not_found, "no user " + name, ""};
  }
  Result<User> current() override { return find("ana"); }
  Result<std::uint32_t> find_group(const std::string& name) override {
    if (name == "staff") return std::uint32_t{50};
    return Error{ErrorCode::not_found, "no group " + name, ""};
  }
};

std::string check(const std::string& text) {
  Loading loading;
  loading.sources.system_scope = true;
  loading.files.put("/jobs.d/a.toml", text);
  loading.files.put("/bin/sh", "").mode = 0755;
  loading.files.put("/usr/bin/ls", "").mode = 0755;
  loading.files.put("/opt/data", "");
  const Configuration loaded = loading.load();
  REQUIRE(loaded.jobs.size() == 1);
  MemUsers users;
  return brief(check_world(loaded.jobs, loading.files, users));
}

TEST_CASE("what the world lacks is found, with its place") {
  struct Row {
    const char* text;
    const char* expected;
  };
  const Row rows[] = {
      {"command = 'x'\nuser = 'ana'\ngroup = 'staff'\ndir = '/opt'\n", ""},
      {"command = 'x'\nuser = 'nobody'\n", "E401 2:1-16"},
      {"command = 'x'\ngroup = 'wheel'\n", "E401 2:1-16"},
      {"command = 'x'\ndir = '/none'\n", "E402 2:1-14"},
      {"command = 'x'\ndir = '/opt/data'\n", "E402 2:1-18"},
      {"command = ['ls']\n", ""},
      {"tags = ['a']\ncommand = ['lss']\n", "W403 2:1-18"},
      {"command = '/usr/bin/lss -l'\n", "W403 1:1-28"},
      {"command = '/opt/data'\n", "W404 1:1-22"},
      {"command = ['/opt']\n", "W404 1:1-19"},
      {"command = ['./ls']\n", ""},
      {"script = '''\n#!/usr/bin/lss -e\nx'''\n", "W403 1:1-13"},
      {"command = 'x'\nshell = ['bash', '-c']\n", "W403 1:1-14"},
      {"command = ['ls']\nenv.PATH = '/none'\n", "W403 1:1-17"},
      {"command = ['ls']\nenv.PATH = '$HOME/bin'\n", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(check(row.text) == row.expected);
  }
}

}  // namespace
}  // namespace dsched
