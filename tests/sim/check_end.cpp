#include <fmt/format.h>

#include "sim/checks.h"
#include "sim/describe.h"

namespace sim {

void check_end(const Ledger& ledger, Findings& findings) {
  const Evidence& evidence = ledger.evidence;
  if (evidence.stuck) findings.push_back({"converged", "the engine asks to be woken without end"});
  if (!evidence.idle) findings.push_back({"converged", "the engine is not idle in the end"});
  for (const auto& [id, run] : ledger.runs) {
    if (!run.over) {
      findings.push_back({"converged", fmt::format("run {} of {}, claimed at {}, never ended", id,
                                                   run.claim.job, describe(run.claimed.wall))});
    }
  }
  for (const dsched::WaitingRecord& waiting : evidence.waiting) {
    findings.push_back({"converged", fmt::format("{} at {} waits for ever: {} {}", waiting.job,
                                                 describe(waiting.firing_at),
                                                 to_text(waiting.reason), waiting.detail)});
  }
}

}  // namespace sim
