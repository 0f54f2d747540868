#pragma once
// The single invariants; check.h runs all of them.

#include "sim/check.h"
#include "sim/ledger.h"
#include "sim/oracle.h"

namespace sim {

// No due firing without a decision, none that was not due, none decided twice, cursors.
void check_due(const Ledger& ledger, Oracle& oracle, Findings& findings);
// Misses, late starts and made-up firings keep to the policies.
void check_lateness(const Ledger& ledger, Oracle& oracle, Findings& findings);
// One start per attempt, one run per firing, outcomes, retries.
void check_runs(const Ledger& ledger, Findings& findings);
// Overlap, locks, pools, resources, slots, priority.
void check_sharing(const Ledger& ledger, Findings& findings);
// Skips have the reason they name; pauses hold; runs start after what they run after.
void check_reasons(const Ledger& ledger, Findings& findings);
void check_order(const Ledger& ledger, Findings& findings);
// When nothing goes wrong any more, everything ends.
void check_end(const Ledger& ledger, Findings& findings);

}  // namespace sim
