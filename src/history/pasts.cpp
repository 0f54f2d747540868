#include <map>
#include <utility>

#include "base/text.h"
#include "history/reader.h"
#include "history/rows.h"
#include "history/sqlite.h"
#include "history/summary.h"

namespace dsched {

namespace {

using LastAlerts = std::vector<std::pair<AlertKind, Instant>>;

Result<std::map<std::int64_t, LastAlerts>> read_last_alerts(Connection& connection) {
  DSCHED_TRY_ASSIGN(Statement rows,
                    connection.prepare_once("SELECT job_id, kind, max(raised_at) FROM alerts"
                                            " GROUP BY job_id, kind"));
  std::map<std::int64_t, LastAlerts> last;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return last;
    LastAlerts& of_job = last[rows.next_integer()];
    DSCHED_TRY_ASSIGN(const AlertKind kind, read_name(rows, alert_kind_from_text));
    of_job.emplace_back(kind, rows.next_instant());
  }
}

}  // namespace

Result<std::vector<JobPast>> read_pasts(Connection& connection) {
  DSCHED_TRY_ASSIGN(const Transaction snapshot, Transaction::begin_read(connection));
  DSCHED_TRY_ASSIGN(auto last_alerts, read_last_alerts(connection));
  DSCHED_TRY_ASSIGN(
      Statement rows,
      connection.prepare_once("SELECT job_id, name, consecutive_failures, consecutive_lost,"
                              " first_seen_at, last_success_at, durations_us"
                              " FROM jobs ORDER BY name"));
  std::vector<JobPast> pasts;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return pasts;
    JobPast& past = pasts.emplace_back();
    const auto alerts = last_alerts.find(rows.next_integer());
    if (alerts != last_alerts.end()) past.last_alerts = std::move(alerts->second);
    past.job = rows.next_text();
    past.consecutive_failures = static_cast<int>(rows.next_integer());
    past.consecutive_lost = static_cast<int>(rows.next_integer());
    past.first_seen_at = rows.next_optional_instant();
    past.last_success_at = rows.next_optional_instant();
    past.durations = durations_from_text(rows.next_text());
  }
}

}  // namespace dsched
