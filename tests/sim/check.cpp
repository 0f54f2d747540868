#include "sim/check.h"

#include "sim/checks.h"

namespace sim {

Findings check(const Evidence& evidence) {
  const Ledger ledger(evidence);
  Oracle oracle;
  Findings findings;
  check_due(ledger, oracle, findings);
  check_lateness(ledger, oracle, findings);
  check_runs(ledger, findings);
  check_sharing(ledger, findings);
  check_reasons(ledger, findings);
  check_order(ledger, findings);
  check_end(ledger, findings);
  return findings;
}

}  // namespace sim
