#pragma once
// Rows under column heads. On a terminal the columns that matter least are dropped until the table
// fits; elsewhere nothing is ever cut.

#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"

namespace dsched {

struct Column {
  std::string_view id;    // what --columns calls it
  std::string title;      // "NEXT (Europe/Berlin)"
  bool optional = false;  // shown only when asked for
};

struct Cell {
  std::string text;   // for people; empty = nothing
  std::string plain;  // for --plain
  Ink ink = Ink::plain;

  Cell(std::string both) : text(both), plain(std::move(both)) {}
  Cell(std::string for_people, std::string for_machines, Ink colour = Ink::plain)
      : text(std::move(for_people)), plain(std::move(for_machines)), ink(colour) {}
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Requires: one cell per column.
  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }

  // For people with heads, aligned; with --plain one record a line. --columns and --no-header are
  // followed; `wide` shows optional columns too. An unknown column is a usage failure.
  Outcome<void> print(const Context& context, bool wide) const;

 private:
  Outcome<std::vector<std::size_t>> chosen(const Context& context, bool wide) const;
  std::string as_text(const std::vector<std::size_t>& columns, const Context& context) const;
  std::string as_plain(const std::vector<std::size_t>& columns) const;
  std::vector<std::size_t> widths() const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// A field of --plain: TAB and line ends made visible, "-" for nothing.
std::string plain_field(std::string_view text);

}  // namespace dsched
