#include "history/pauses.h"

#include <iterator>
#include <utility>

#include "history/rows.h"
#include "history/sqlite.h"

namespace dsched {

namespace {

// In the order of Pause::Kind.
constexpr std::string_view kPauseKinds[] = {"person", "failures", "lost", "hold"};

std::string_view pause_kind_text(Pause::Kind kind) {
  return kPauseKinds[static_cast<std::size_t>(kind)];
}

std::optional<Pause::Kind> pause_kind_from_text(std::string_view text) {
  for (std::size_t i = 0; i < std::size(kPauseKinds); ++i) {
    if (kPauseKinds[i] == text) return static_cast<Pause::Kind>(i);
  }
  return std::nullopt;
}

}  // namespace

Result<void> put_pause(Connection& connection, const Pause& pause) {
  DSCHED_TRY_ASSIGN(
      Statement insert,
      connection.statement("INSERT OR REPLACE INTO pauses (job, kind, began_at, ends_at, who,"
                           " reason) VALUES (?, ?, ?, ?, ?, ?)"));
  insert.bind(pause.job).bind(pause_kind_text(pause.kind)).bind(pause.since).bind(pause.until);
  return insert.bind(pause.who).bind(pause.reason).run();
}

Result<void> end_pause(Connection& connection, const std::string& job) {
  DSCHED_TRY_ASSIGN(Statement remove, connection.statement("DELETE FROM pauses WHERE job = ?"));
  DSCHED_TRY(remove.bind(job).run());
  DSCHED_TRY_ASSIGN(Statement count_anew,
                    connection.statement("UPDATE jobs SET consecutive_failures = 0,"
                                         " consecutive_lost = 0 WHERE name = ?"));
  return count_anew.bind(job).run();
}

Result<std::vector<Pause>> read_pauses(Connection& connection) {
  DSCHED_TRY_ASSIGN(
      Statement rows,
      connection.prepare_once(
          "SELECT job, kind, began_at, ends_at, who, reason FROM pauses ORDER BY job"));
  std::vector<Pause> pauses;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return pauses;
    Pause& pause = pauses.emplace_back();
    pause.job = rows.next_text();
    DSCHED_TRY_ASSIGN(pause.kind, read_name(rows, pause_kind_from_text));
    pause.since = rows.next_instant();
    pause.until = rows.next_optional_instant();
    pause.who = rows.next_text();
    pause.reason = rows.next_text();
  }
}

}  // namespace dsched
