#include "history/values.h"

#include <doctest/doctest.h>

#include "unit/history/history_fixture.h"

namespace dsched::test {
namespace {

TEST_CASE("values come back from their text as they were, whatever is in them") {
  const Values rows[] = {
      {},
      {{"", ""}},
      {{"REGION", "eu"}, {"DATE", "2026-01-01"}},
      {{"B", "2"}, {"A", "1"}, {"B", "3"}},
      {{"LINES", "a\nb\n"}, {"PATH", "C:\\new\\"}, {"SUM", "1+1=2"}},
      {{"odd=\\\nname", "=\\n="}},
      {{"ZERO", std::string("a\0b", 3)}, {"LATIN1", "\xe4"}},
  };
  for (const Values& values : rows) {
    const std::string text = values_to_text(values);
    CAPTURE(text);
    CHECK(must(values_from_text(text)) == values);
  }
}

TEST_CASE("the text of values can be read by people") {
  CHECK(values_to_text({}) == "");
  CHECK(values_to_text({{"REGION", "eu"}, {"A", "x=\ny\\"}}) == "REGION=eu\nA=x=\\ny\\\\\n");
}

TEST_CASE("a text that is no values is corrupt") {
  for (const char* text : {"A", "A=1", "A=1\nB", "A=1\\", "A=1\\\n"}) {
    CAPTURE(text);
    const auto values = values_from_text(text);
    REQUIRE_FALSE(values);
    CHECK(values.error().code == ErrorCode::corrupt);
  }
}

}  // namespace
}  // namespace dsched::test
