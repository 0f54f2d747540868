#pragma once
// dsched.toml.

#include "config/job_draft.h"
#include "config/settings.h"

namespace dsched {

// Puts the values of the file over settings and defaults. False when something in it is wrong.
bool read_settings_file(const SourceText& source, const ReadContext& context, Settings& settings,
                        JobDraft& defaults, std::vector<Diagnostic>& diagnostics);

}  // namespace dsched
