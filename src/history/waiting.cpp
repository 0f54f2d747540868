#include "history/waiting.h"

#include <utility>

#include "base/text.h"
#include "history/conditions.h"
#include "history/rows.h"
#include "history/sqlite.h"
#include "history/values.h"

namespace dsched {

namespace {

Result<WaitingRecord> read_waiting_row(Statement& row) {
  WaitingRecord waiting;
  waiting.job = row.next_text();
  waiting.firing_at = row.next_instant();
  DSCHED_TRY_ASSIGN(waiting.trigger, read_name(row, trigger_from_text));
  waiting.since = row.next_instant();
  DSCHED_TRY_ASSIGN(waiting.reason, read_name(row, reason_from_text));
  waiting.detail = row.next_text();
  DSCHED_TRY_ASSIGN(waiting.params, read_values(row));
  waiting.force = row.next_flag();
  const std::string upstreams = row.next_text();
  for (const std::string_view name : split(upstreams, '\n')) {
    if (!name.empty()) waiting.upstreams.emplace_back(name);
  }
  return waiting;
}

}  // namespace

Result<void> put_waiting(Connection& connection, std::int64_t job_id,
                         const WaitingRecord& waiting) {
  DSCHED_TRY_ASSIGN(
      Statement insert,
      connection.statement("INSERT OR REPLACE INTO waiting (job_id, firing_at, trigger, began_at,"
                           " reason, detail, params, forced, upstreams)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.bind(job_id)
      .bind(waiting.firing_at)
      .bind(to_text(waiting.trigger))
      .bind(waiting.since)
      .bind(to_text(waiting.reason));
  insert.bind(waiting.detail).bind(values_to_text(waiting.params));
  return insert.bind(std::int64_t{waiting.force}).bind(join(waiting.upstreams, "\n")).run();
}

Result<void> end_waiting(Connection& connection, std::int64_t job_id, Instant firing_at) {
  DSCHED_TRY_ASSIGN(Statement remove,
                    connection.statement("DELETE FROM waiting WHERE job_id = ? AND firing_at = ?"));
  return remove.bind(job_id).bind(firing_at).run();
}

Result<void> end_waiting_in_range(Connection& connection, std::int64_t job_id, Instant first,
                                  Instant last) {
  DSCHED_TRY_ASSIGN(
      Statement remove,
      connection.statement("DELETE FROM waiting WHERE job_id = ? AND firing_at BETWEEN ? AND ?"
                           " AND trigger NOT IN ('manual', 'backfill')"));
  return remove.bind(job_id).bind(first).bind(last).run();
}

Result<void> end_all_waiting(Connection& connection, const std::string& job) {
  DSCHED_TRY_ASSIGN(Statement remove,
                    connection.statement("DELETE FROM waiting WHERE job_id ="
                                         " (SELECT job_id FROM jobs WHERE name = ?)"));
  return remove.bind(job).run();
}

Result<void> end_waiting_for_schedule(Connection& connection, std::int64_t job_id, Instant after) {
  DSCHED_TRY_ASSIGN(Statement remove,
                    connection.statement("DELETE FROM waiting WHERE job_id = ? AND firing_at > ?"
                                         " AND trigger IN ('schedule', 'catch_up')"));
  return remove.bind(job_id).bind(after).run();
}

Result<std::vector<WaitingRecord>> read_waiting(Connection& connection,
                                                const std::vector<std::string>& jobs) {
  Conditions conditions;
  conditions.add_any_of("j.name", jobs);
  DSCHED_TRY_ASSIGN(
      Statement rows,
      connection.prepare_once("SELECT j.name, w.firing_at, w.trigger, w.began_at, w.reason,"
                              " w.detail, w.params, w.forced, w.upstreams"
                              " FROM waiting w JOIN jobs j ON j.job_id = w.job_id" +
                              conditions.sql() + " ORDER BY w.firing_at, j.name"));
  conditions.bind_to(rows);
  std::vector<WaitingRecord> waiting;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return waiting;
    DSCHED_TRY_ASSIGN(WaitingRecord record, read_waiting_row(rows));
    waiting.push_back(std::move(record));
  }
}

}  // namespace dsched
