#include "model/graph.h"

#include <doctest/doctest.h>

using namespace dsched;
using Names = std::vector<std::string>;

TEST_CASE("a graph without a cycle has none to name") {
  CHECK(find_cycle({}).empty());
  CHECK(find_cycle({{"a", {}}, {"b", {"a"}}, {"c", {"a", "b"}}, {"d", {"gone"}}}).empty());
}

TEST_CASE("a cycle is named whole, from its first job, without the way to it") {
  CHECK(find_cycle({{"a", {"a"}}}) == Names{"a", "a"});
  CHECK(find_cycle({{"a", {"x"}}, {"x", {"z"}}, {"y", {"x"}}, {"z", {"y"}}}) ==
        Names{"x", "z", "y", "x"});
}

TEST_CASE("a chain of a hundred thousand jobs is no problem") {
  AfterGraph graph;
  for (int i = 1; i < 100000; ++i) graph[std::to_string(i)] = {std::to_string(i - 1)};
  CHECK(find_cycle(graph).empty());
  graph["0"] = {"99999"};
  CHECK(find_cycle(graph).size() == 100001);
}

TEST_CASE("upstreams and downstreams are found through others") {
  const AfterGraph graph = {{"a", {}}, {"b", {"a"}}, {"c", {"b"}}, {"d", {"a"}}, {"e", {}}};
  CHECK(with_upstreams(graph, {"c"}) == std::set<std::string, std::less<>>{"a", "b", "c"});
  CHECK(with_downstreams(graph, {"b"}) == std::set<std::string, std::less<>>{"b", "c"});
  CHECK(with_downstreams(graph, {"a"}) == std::set<std::string, std::less<>>{"a", "b", "c", "d"});
}
