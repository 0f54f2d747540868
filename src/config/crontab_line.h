#pragma once
// The lines of a crontab file, taken apart as cron does. Offsets count from the start of the line.

#include <optional>
#include <string>
#include <string_view>

#include "config/source_text.h"

namespace dsched {

// NAME = value, with quotes around either. No value is expanded.
struct CrontabAssignment {
  Span name_span;
  Span value_span;  // inside the quotes
  std::string name;
  std::string value;
  std::optional<Span> after_quote;  // text behind the closing quote: a fault
};
// Nothing when the line is no assignment.
std::optional<CrontabAssignment> parse_assignment(std::string_view line);

// Five fields or one @nickname, and the command behind them.
struct CrontabEntry {
  Span schedule;
  Span command;  // empty when there is none
};
CrontabEntry split_entry(std::string_view line);

// What stands in front of the first '%' and what the command reads from its standard input.
struct CrontabCommand {
  std::string text;
  std::string input;  // ends in a newline unless empty
};
CrontabCommand split_percent(std::string_view raw);

// The name of the program in a command, made fit for a job name: "backup" for
// "/usr/local/bin/backup.sh --all".
std::string command_slug(std::string_view command);

// Letters in lower case, and '-' for what a part of a job name cannot hold; may be empty.
std::string name_slug(std::string_view text);

}  // namespace dsched
