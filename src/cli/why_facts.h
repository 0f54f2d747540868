#pragma once
// Collects what `dsched why` tells about: from the job files and the history, without the daemon.

#include <optional>
#include <string>
#include <vector>

#include "cli/jobs.h"
#include "cli/why_story.h"

namespace dsched {

// About the firing at that time or in that minute; about the newest one without a time. Not found:
// neither files nor history know the name. The facts point into the workspace.
Outcome<WhyFacts> facts_about(const Context& context, const Workspace& workspace,
                              HistoryReader* history, const std::string& name,
                              std::optional<Instant> at);

// About every firing since then that did not start, the newest first.
Outcome<std::vector<WhyFacts>> facts_since(const Context& context, const Workspace& workspace,
                                           HistoryReader* history, const std::string& name,
                                           Instant since);

}  // namespace dsched
