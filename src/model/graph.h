#pragma once
// The "after" graph of a set of jobs.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dsched {

// job -> the jobs it runs after.
using AfterGraph = std::map<std::string, std::vector<std::string>, std::less<>>;

// One cycle as a, b, ..., a in "runs after" order, starting with its alphabetically first job;
// empty when there is none. Edges to jobs that are not in the graph are ignored.
std::vector<std::string> find_cycle(const AfterGraph& graph);

// The named jobs and everything they run after, directly or not.
std::set<std::string, std::less<>> with_upstreams(const AfterGraph& graph,
                                                  const std::vector<std::string>& jobs);

// The named jobs and everything that runs after them, directly or not.
std::set<std::string, std::less<>> with_downstreams(const AfterGraph& graph,
                                                    const std::vector<std::string>& jobs);

}  // namespace dsched
