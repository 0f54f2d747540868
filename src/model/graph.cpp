#include "model/graph.h"

#include <algorithm>

namespace dsched {

namespace {

enum class Mark { unseen, on_path, done };

struct Step {
  const AfterGraph::value_type* node;
  std::size_t next_edge = 0;
};

// The part of the path from `job` on, closed with it and turned so that its smallest name leads.
std::vector<std::string> cycle_on(const std::vector<Step>& path, const std::string& job) {
  auto first = std::find_if(path.begin(), path.end(),
                            [&](const Step& step) { return step.node->first == job; });
  std::vector<std::string> cycle;
  for (; first != path.end(); ++first) cycle.push_back(first->node->first);
  std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
  cycle.push_back(cycle.front());
  return cycle;
}

std::set<std::string, std::less<>> reachable(const AfterGraph& edges,
                                             const std::vector<std::string>& from) {
  std::set<std::string, std::less<>> seen;
  std::vector<std::string> todo = from;
  while (!todo.empty()) {
    std::string job = std::move(todo.back());
    todo.pop_back();
    auto edge = edges.find(job);
    if (!seen.insert(std::move(job)).second || edge == edges.end()) continue;
    todo.insert(todo.end(), edge->second.begin(), edge->second.end());
  }
  return seen;
}

}  // namespace

std::vector<std::string> find_cycle(const AfterGraph& graph) {
  std::map<std::string_view, Mark> marks;
  for (const auto& start : graph) {
    if (marks[start.first] != Mark::unseen) continue;
    std::vector<Step> path = {Step{&start}};
    marks[start.first] = Mark::on_path;
    while (!path.empty()) {
      Step& top = path.back();
      if (top.next_edge == top.node->second.size()) {
        marks[top.node->first] = Mark::done;
        path.pop_back();
        continue;
      }
      auto next = graph.find(top.node->second[top.next_edge++]);
      if (next == graph.end()) continue;
      Mark& mark = marks[next->first];
      if (mark == Mark::on_path) return cycle_on(path, next->first);
      if (mark == Mark::done) continue;
      mark = Mark::on_path;
      path.push_back(Step{&*next});
    }
  }
  return {};
}

std::set<std::string, std::less<>> with_upstreams(const AfterGraph& graph,
                                                  const std::vector<std::string>& jobs) {
  return reachable(graph, jobs);
}

std::set<std::string, std::less<>> with_downstreams(const AfterGraph& graph,
                                                    const std::vector<std::string>& jobs) {
  AfterGraph reversed;
  for (const auto& [job, upstreams] : graph) {
    for (const std::string& upstream : upstreams) reversed[upstream].push_back(job);
  }
  return reachable(reversed, jobs);
}

}  // namespace dsched
