#pragma once
// The expressions that nearly every crontab consists of, read in one pass.

#include <string_view>

#include "time/cron_fields.h"

namespace dsched {

// Reads five fields, each a list of "*", "a" and "a-b" with or without "/n", numbers of one or two
// digits, ranges that run forwards. False for everything else, right or wrong, which is the work of
// ScheduleParser: fields are of no use then. Requires: fields are as they were made.
bool read_plain_cron(std::string_view text, CronFields& fields);

}  // namespace dsched
