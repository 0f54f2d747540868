#include "config/after_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "base/suggest.h"
#include "base/text.h"
#include "model/graph.h"

namespace dsched {

namespace {

// Both searches look at all jobs; past these numbers a file is plainly broken.
constexpr int kMostSuggestions = 20;
constexpr int kMostCycles = 20;

class AfterCheck {
 public:
  explicit AfterCheck(Findings& findings) : findings_(findings) {
    for (JobDraft& draft : findings.jobs) {
      by_name_.emplace(draft.job.name, &draft);
      names_.push_back(draft.job.name);
    }
    for (const Rejected& rejected : findings.rejected) {
      if (rejected.job.empty()) {
        unread_file_ = rejected.file;
      } else {
        refused_.insert(rejected.job);
      }
    }
  }

  void run() {
    for (const JobDraft& draft : findings_.jobs) check_upstreams(draft);
    check_cycles();
    take_out();
  }

 private:
  void check_upstreams(const JobDraft& draft) {
    for (std::size_t i = 0; i < draft.job.after.size(); ++i) {
      const std::string& upstream = draft.job.after[i];
      if (by_name_.contains(upstream)) continue;
      const Place& place = draft.after_places[i];
      FaultReport report(*place.source, findings_.diagnostics);
      if (refused_.contains(upstream)) {
        report.warning("W703", place.span, fmt::format("the job '{}' has errors", upstream)).label =
            "until they are mended, only its last good version counts";
      } else if (!unread_file_.empty()) {
        report.warning("W703", place.span, fmt::format("there is no job '{}'", upstream)).label =
            fmt::format("it may be in {}, which has errors", unread_file_);
      } else {
        report_unknown(upstream, place.span, report);
        bad_.insert(draft.job.name);
      }
    }
  }

  void report_unknown(const std::string& upstream, Span place, FaultReport& report) {
    Diagnostic& fault = report.error("E702", place, fmt::format("there is no job '{}'", upstream));
    if (++suggested_ > kMostSuggestions) return;
    const std::vector<std::string> near = suggestions(upstream, names_);
    if (!near.empty()) fault.label = fmt::format("did you mean '{}'?", near.front());
  }

  void check_cycles() {
    AfterGraph graph;
    for (const JobDraft& draft : findings_.jobs) {
      if (!draft.job.after.empty()) graph.emplace(draft.job.name, draft.job.after);
    }
    for (int cycles = 0; cycles < kMostCycles; ++cycles) {
      const std::vector<std::string> cycle = find_cycle(graph);
      if (cycle.empty()) return;
      report_cycle(cycle);
      for (const std::string& job : cycle) graph.erase(job);
    }
    refuse_what_waits_for_itself(std::move(graph));
  }

  // Jobs without upstreams in the graph can run; without those, others can; what is left never can.
  void refuse_what_waits_for_itself(AfterGraph graph) {
    std::map<std::string_view, std::size_t> waits;
    std::map<std::string_view, std::vector<std::string_view>> downstreams;
    for (const auto& [job, upstreams] : graph) {
      waits[job] += 0;
      for (const std::string& upstream : upstreams) {
        if (!graph.contains(upstream)) continue;
        ++waits[job];
        downstreams[upstream].push_back(job);
      }
    }
    std::vector<std::string_view> free;
    for (const auto& [job, count] : waits) {
      if (count == 0) free.push_back(job);
    }
    while (!free.empty()) {
      const std::string_view job = free.back();
      free.pop_back();
      for (const std::string_view next : downstreams[job]) {
        if (--waits[next] == 0) free.push_back(next);
      }
    }
    for (const auto& [job, count] : waits) {
      if (count > 0) bad_.emplace(job);
    }
  }

  void report_cycle(const std::vector<std::string>& cycle) {
    for (const std::string& job : cycle) bad_.insert(job);
    const JobDraft& first = *by_name_.at(cycle.front());
    const auto edge = std::find(first.job.after.begin(), first.job.after.end(), cycle[1]);
    const Place& place =
        first.after_places[static_cast<std::size_t>(edge - first.job.after.begin())];
    FaultReport report(*place.source, findings_.diagnostics);
    report
        .error("E701", place.span,
               cycle.size() == 2 ? fmt::format("'{}' runs after itself", cycle.front())
                                 : "these jobs wait for each other: " + join(cycle, " -> "))
        .label = "none of them could ever start";
    for (std::size_t i = 1; i + 1 < cycle.size(); ++i) {
      const SourcePlace& also = by_name_.at(cycle[i])->job.place;
      report.help(fmt::format("'{}' is in {}:{}", cycle[i], also.file, also.line));
    }
  }

  void take_out() {
    std::vector<JobDraft>& jobs = findings_.jobs;
    const auto bad = std::stable_partition(jobs.begin(), jobs.end(), [&](const JobDraft& draft) {
      return !bad_.contains(draft.job.name);
    });
    for (auto draft = bad; draft != jobs.end(); ++draft)
      findings_.rejected.push_back({draft->job.place.file, draft->job.name});
    jobs.erase(bad, jobs.end());
  }

  Findings& findings_;
  std::map<std::string, const JobDraft*> by_name_;
  std::vector<std::string> names_;
  std::set<std::string> refused_;
  std::set<std::string> bad_;
  std::string unread_file_;
  int suggested_ = 0;
};

}  // namespace

void check_after(Findings& findings) {
  AfterCheck(findings).run();
}

}  // namespace dsched
