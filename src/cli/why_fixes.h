#pragma once
// What helps when a firing did not run, or does not yet. Pure.

#include <vector>

#include "cli/why_story.h"

namespace dsched {

// The most fitting first; the general advice for the reason is always among them.
std::vector<Fix> fixes_for(const WhyFacts& facts, Reason reason, const TimeView& view);

// Requires: facts.waiting.
std::vector<Fix> fixes_for_waiting(const WhyFacts& facts);

Fix end_of_pause(const Pause& pause);

}  // namespace dsched
