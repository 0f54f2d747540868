#pragma once
// The key `except`: days without firings.

#include <cstdint>
#include <memory>
#include <optional>

#include "config/value_reader.h"
#include "env/files.h"
#include "time/calendar.h"

namespace dsched {

struct ExceptedDays {
  std::shared_ptr<const Calendar> calendar;  // null without any
  std::uint64_t hash = 0;  // of the days, however the files that hold them are called
};

// Items are days and ranges of days (see Calendar::add) and "file:holidays.ics", relative to the
// file the field is in.
std::optional<ExceptedDays> read_excepted_days(const TableField& field, Files& files);

}  // namespace dsched
