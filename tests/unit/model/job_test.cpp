#include "model/job.h"

#include <doctest/doctest.h>

using namespace dsched;

TEST_CASE("good job names") {
  for (const char* name : {"a", "backup/db", "0", "a.b_c-d", "x/y/z9", "crontab:3-backup"}) {
    CAPTURE(name);
    CHECK(check_job_name(name));
  }
  CHECK(check_job_name(std::string(100, 'a')));
}

TEST_CASE("bad job names say what is wrong") {
  struct Row {
    std::string name;
    const char* why;
  };
  const Row rows[] = {{"", "empty"},
                      {"/a", "empty part"},
                      {"a/", "empty part"},
                      {"a//b", "empty part"},
                      {".a", "starts with"},
                      {"a/-b", "starts with"},
                      {"A", "capital"},
                      {"aB", "capital"},
                      {"a b", "has a ' '"},
                      {"a..b", "'..'"},
                      {"a\nb", "\\n"},
                      {std::string(101, 'a'), "100 bytes"},
                      {"\xc3\xa4", "starts with"}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto result = check_job_name(row.name);
    REQUIRE_FALSE(result);
    CHECK(result.error().message.find(row.why) != std::string::npos);
  }
}
