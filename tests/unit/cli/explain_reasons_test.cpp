#include "cli/explain_reasons.h"

#include <algorithm>
#include <set>
#include <string>

#include <doctest/doctest.h>

namespace dsched {
namespace {

TEST_CASE("every reason has a name of its own, a meaning and a remedy") {
  std::set<std::string_view> names;
  for (const Reason reason : all_reasons()) {
    const CodeText text = reason_text(reason);
    CAPTURE(text.code);
    CHECK(names.insert(text.code).second);
    CHECK(text.code != "unknown");
    CHECK(reason_from_text(text.code) == reason);
    CHECK(text.meaning.size() > 10);
    CHECK((reason == Reason::started || text.remedy.size() > 4));
  }
}

TEST_CASE("the reasons that the design promises are among them") {
  for (const char* name :
       {"started",         "no_match",         "before_start",   "after_end",   "excepted",
        "file_error",      "file_ignored",     "not_loaded_yet", "disabled",    "paused",
        "overlap",         "lock_held",        "pool_full",      "queue_full",  "condition",
        "upstream_failed", "upstream_timeout", "resources",      "daemon_down", "host_asleep",
        "deadline_passed", "clock_jumped",     "dst_gap",        "dst_repeat",  "user_unknown",
        "dir_missing",     "exec_failed",      "fork_failed",    "no_space",    "draining"}) {
    CAPTURE(name);
    CHECK(reason_from_text(name));
    REQUIRE(find_code(name) != nullptr);
    CHECK(find_code(name)->code == name);
  }
}

}  // namespace
}  // namespace dsched
