#include "sim/checks.h"

namespace sim {

void check_reasons(const Ledger&, Findings&) {}
void check_order(const Ledger&, Findings&) {}

}  // namespace sim
