#include "cli/table.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/check.h"
#include "base/suggest.h"
#include "base/text.h"

namespace dsched {
namespace {

constexpr std::size_t kGap = 2;

std::size_t total_width(const std::vector<std::size_t>& columns,
                        const std::vector<std::size_t>& widths) {
  std::size_t total = 0;
  for (std::size_t column : columns) total += widths[column] + (total > 0 ? kGap : 0);
  return total;
}

}  // namespace

std::string plain_field(std::string_view text) {
  return text.empty() ? "-" : visible(text);
}

void Table::add(std::vector<Cell> row) {
  DSCHED_CHECK(row.size() == columns_.size());
  for (Cell& cell : row) cell.text = visible(cell.text);
  rows_.push_back(std::move(row));
}

Outcome<void> Table::print(const Context& context, bool wide) const {
  DSCHED_TRY_ASSIGN(std::vector<std::size_t> columns, chosen(context, wide));
  if (context.plain) {
    context.out().write(as_plain(columns));
    return {};
  }
  const auto limit = static_cast<std::size_t>(context.platform.terminal.width);
  const bool fixed = context.arguments.has("columns");
  const std::vector<std::size_t> all_widths = widths();
  while (!fixed && limit > 0 && columns.size() > 1 && total_width(columns, all_widths) > limit)
    columns.pop_back();
  context.out().write(as_text(columns, context));
  return {};
}

Outcome<std::vector<std::size_t>> Table::chosen(const Context& context, bool wide) const {
  std::vector<std::size_t> columns;
  const std::optional<std::string> wish = context.arguments.value("columns");
  if (!wish) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (wide || !columns_[i].optional) columns.push_back(i);
    }
    return columns;
  }
  std::vector<std::string> ids;
  for (const Column& column : columns_) ids.emplace_back(column.id);
  for (std::string_view name : split(*wish, ',')) {
    const auto found = std::find(ids.begin(), ids.end(), trim(name));
    if (found == ids.end()) {
      Failure failure = usage_failure(fmt::format("no column '{}'", trim(name)));
      failure.suggestions = suggestions(trim(name), ids);
      failure.hint = "columns: " + join(ids, ", ");
      return failure;
    }
    columns.push_back(static_cast<std::size_t>(found - ids.begin()));
  }
  return columns;
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(display_width(column.title));
  for (const std::vector<Cell>& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i].text));
  }
  return widths;
}

std::string Table::as_text(const std::vector<std::size_t>& columns, const Context& context) const {
  const std::vector<std::size_t> all_widths = widths();
  std::string text;
  const auto add_line = [&](auto&& cell_text, auto&& cell_ink) {
    std::size_t missing = 0;  // blanks before the next cell, so that no line ends in blanks
    for (std::size_t column : columns) {
      const std::string& cell = cell_text(column);
      if (!cell.empty())
        text.append(missing, ' ') += context.out_style.paint(cell_ink(column), cell);
      if (!cell.empty()) missing = 0;
      missing += all_widths[column] - display_width(cell) + kGap;
    }
    text += '\n';
  };
  if (!context.arguments.has("no-header")) {
    add_line([&](std::size_t i) -> const std::string& { return columns_[i].title; },
             [](std::size_t) { return Ink::plain; });
  }
  for (const std::vector<Cell>& row : rows_) {
    add_line([&](std::size_t i) -> const std::string& { return row[i].text; },
             [&](std::size_t i) { return row[i].ink; });
  }
  return text;
}

std::string Table::as_plain(const std::vector<std::size_t>& columns) const {
  std::string text;
  for (const std::vector<Cell>& row : rows_) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) text += '\t';
      text += plain_field(row[columns[i]].plain);
    }
    text += '\n';
  }
  return text;
}

}  // namespace dsched
