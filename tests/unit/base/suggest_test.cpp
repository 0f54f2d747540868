#include "base/suggest.h"

#include <doctest/doctest.h>

namespace dsched {
namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("the edit distance counts changes, insertions, deletions and swaps of neighbours") {
  struct Row {
    std::string_view a;
    std::string_view b;
    std::size_t distance;
  };
  const Row rows[] = {
      {"", "", 0},
      {"", "abc", 3},
      {"abc", "abc", 0},
      {"abc", "abd", 1},
      {"abc", "ab", 1},
      {"abc", "xabc", 1},
      {"abcd", "abdc", 1},
      {"history", "hsitory", 1},
      {"kitten", "sitting", 3},
      {"ca", "abc", 3},
      {"schedule", "schdule", 1},
      {"backup", "bakcup", 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.a);
    CAPTURE(row.b);
    CHECK(edit_distance(row.a, row.b) == row.distance);
    CHECK(edit_distance(row.b, row.a) == row.distance);
  }
}

TEST_CASE("near words and words that begin alike are suggested, nearest first") {
  CHECK(suggestions("hsitory", {"history", "list"}) == Words{"history"});
  CHECK(suggestions("schdule", {"shell", "schedule"}) == Words{"schedule"});
  CHECK(suggestions("back", {"backup/files", "backup/db"}) == Words{"backup/db", "backup/files"});
  CHECK(suggestions("jobs", {"jobs.d/other", "jabs"}) == Words{"jabs", "jobs.d/other"});
}

TEST_CASE("short words must be nearer than long ones") {
  CHECK(suggestions("lsit", {"list"}) == Words{"list"});
  CHECK(suggestions("nxet", {"text"}).empty());
  CHECK(suggestions("nextt", {"text"}) == Words{"text"});
}

TEST_CASE("at most three words are suggested, equal ones in their own order") {
  CHECK(suggestions("job", {"job4", "job3", "job2", "job1"}) == Words{"job4", "job3", "job2"});
}

TEST_CASE("nothing is suggested for an empty word, a far one or the word itself") {
  CHECK(suggestions("", {"list"}).empty());
  CHECK(suggestions("certificates", {"list", "next"}).empty());
  CHECK(suggestions("list", {"list"}).empty());
  CHECK(suggestions("list", {}).empty());
}

TEST_CASE("the question is worded by the number of answers") {
  CHECK(did_you_mean("hsitory", {"history"}) == "; did you mean 'history'?");
  CHECK(did_you_mean("job", {"job1", "job2"}) == "; did you mean 'job1' or 'job2'?");
  CHECK(did_you_mean("job", {"job1", "job2", "job3"}) ==
        "; did you mean 'job1', 'job2' or 'job3'?");
  CHECK(did_you_mean("zzzzzz", {"job1"}).empty());
}

}  // namespace dsched
