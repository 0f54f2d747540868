#pragma once
// The keys of a job (jobfile.md has the table): from entries to a draft.

#include <string>
#include <string_view>
#include <vector>

#include "config/job_draft.h"
#include "config/report.h"
#include "config/value.h"

namespace dsched {

struct KeyContext {
  FaultReport& report;
  JobDraft& draft;
  const ReadContext& read;
};

// Where the entries come from decides which keys make sense.
enum class KeyPlace { job, defaults, crontab_comment };

// Puts the values of the entries over those in the draft. Faults go to the report; keys without
// fault count.
void read_job_keys(const std::vector<Entry>& entries, KeyPlace place, const KeyContext& context);

// What a line of a crontab file says itself, so that neither a comment nor [defaults] can.
bool belongs_to_the_line(std::string_view key);

void set_variable(Job& job, const std::string& name, std::string value);

// Into Job::key_places: "timeout", "retry.max".
void set_key_place(Job& job, std::string_view key, SourcePlace place);

// The zone of that name; E310 and null when there is none.
std::shared_ptr<const Zone> find_zone(const std::string& name, Span place, FaultReport& report,
                                      Zones& zones);

// E220 for a key or table that belongs to a later release, otherwise E201 with the known names that
// are near.
void report_unknown_key(FaultReport& report, const Entry& entry, std::string_view table,
                        const std::vector<std::string>& known,
                        const std::vector<std::string_view>& later);

}  // namespace dsched
