#include "cli/json.h"

#include <doctest/doctest.h>

namespace dsched {
namespace {

TEST_CASE("an object keeps the order of its keys and writes null for nothing") {
  Json object = Json::object({{"b", 1}, {"a", true}, {"n", Json()}, {"o", std::optional<int>()}});
  object.set("list", Json::array().push("x").push(2.5));
  CHECK(object.dump() == R"({"b":1,"a":true,"n":null,"o":null,"list":["x",2.5]})");
}

TEST_CASE("bytes that are no UTF-8 do not spoil the text") {
  CHECK(Json("a\xff\"").dump() == "\"a\xef\xbf\xbd\\\"\"");
}

}  // namespace
}  // namespace dsched
