#include "history/alerts.h"

#include <utility>

#include <fmt/format.h>

#include "history/conditions.h"
#include "history/rows.h"
#include "history/sqlite.h"

namespace dsched {

namespace {

// For a query over alerts a JOIN jobs j.
constexpr std::string_view kAlertColumns =
    "a.alert_id, j.name, a.kind, a.about_at, a.raised_at, a.run_id, a.subject, a.text";
constexpr std::string_view kDeliveryColumns =
    "d.delivery_id, d.channel, d.tries, d.tried_at, d.next_try_at, d.error";

// When a delivery that is not over is due, ?1 being now. The clock was wrong when something
// happened later than now: then it is due at once.
constexpr std::string_view kDueAt =
    "iif(coalesce(d.tried_at, a.raised_at) > ?1, ?1, d.next_try_at)";

struct AlertRow {
  std::int64_t alert_id = 0;
  Alert alert;  // without its channels
};

Result<AlertRow> read_alert(Statement& row) {
  AlertRow read;
  Alert& alert = read.alert;
  read.alert_id = row.next_integer();
  alert.job = row.next_text();
  DSCHED_TRY_ASSIGN(alert.kind, read_name(row, alert_kind_from_text));
  alert.about = row.next_instant();
  alert.raised_at = row.next_instant();
  alert.run_id = row.next_text();
  alert.subject = row.next_text();
  alert.text = row.next_text();
  return read;
}

Delivery read_delivery(Statement& row) {
  Delivery delivery;
  delivery.id = row.next_integer();
  delivery.channel = row.next_text();
  delivery.tries = static_cast<int>(row.next_integer());
  delivery.tried_at = row.next_optional_instant();
  delivery.next_try_at = row.next_optional_instant();
  delivery.error = row.next_text();
  return delivery;
}

Result<std::vector<Delivery>> read_deliveries(Connection& connection, std::int64_t alert_id) {
  static const std::string sql = fmt::format(
      "SELECT {} FROM deliveries d WHERE d.alert_id = ? ORDER BY d.delivery_id", kDeliveryColumns);
  DSCHED_TRY_ASSIGN(Statement rows, connection.statement(sql));
  rows.bind(alert_id);
  std::vector<Delivery> deliveries;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return deliveries;
    deliveries.push_back(read_delivery(rows));
  }
}

std::vector<std::string> channels_of(const std::vector<Delivery>& deliveries) {
  std::vector<std::string> channels;
  for (const Delivery& delivery : deliveries) channels.push_back(delivery.channel);
  return channels;
}

}  // namespace

Result<void> raise_alert(Connection& connection, std::int64_t job_id, const Alert& alert) {
  DSCHED_TRY_ASSIGN(
      Statement insert,
      connection.statement("INSERT INTO alerts (job_id, kind, about_at, raised_at, run_id, subject,"
                           " text) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  insert.bind(job_id).bind(to_text(alert.kind)).bind(alert.about).bind(alert.raised_at);
  DSCHED_TRY(insert.bind(alert.run_id).bind(alert.subject).bind(alert.text).run());
  if (connection.changes() == 0) return {};
  const std::int64_t alert_id = connection.last_insert_rowid();
  for (const std::string& channel : alert.channels) {
    DSCHED_TRY_ASSIGN(
        Statement deliver,
        connection.statement(
            "INSERT INTO deliveries (alert_id, channel, next_try_at) VALUES (?, ?, ?)"));
    DSCHED_TRY(deliver.bind(alert_id).bind(channel).bind(alert.raised_at).run());
  }
  return {};
}

Result<bool> note_delivery(Connection& connection, const DeliveryTried& tried) {
  DSCHED_TRY_ASSIGN(
      Statement update,
      connection.statement("UPDATE deliveries SET tries = tries + 1, tried_at = ?, error = ?,"
                           " next_try_at = ? WHERE delivery_id = ? AND next_try_at IS NOT NULL"));
  update.bind(tried.at).bind(tried.error);
  if (tried.error.empty()) {
    update.bind_null();
  } else {
    update.bind(tried.next_try_at);
  }
  DSCHED_TRY(update.bind(tried.delivery_id).run());
  return connection.changes() == 1;
}

Result<void> drop_alerts(Connection& connection, std::int64_t job_id, std::int64_t before_us,
                         std::int64_t limit) {
  DSCHED_TRY_ASSIGN(
      Statement remove,
      connection.statement(
          "DELETE FROM alerts WHERE alert_id IN"
          " (SELECT a.alert_id FROM alerts a WHERE a.job_id = ? AND a.raised_at < ? AND NOT EXISTS"
          "  (SELECT 1 FROM deliveries d WHERE d.alert_id = a.alert_id"
          "   AND d.next_try_at IS NOT NULL) ORDER BY a.raised_at LIMIT ?)"));
  return remove.bind(job_id).bind(before_us).bind(limit).run();
}

Result<std::vector<AlertRecord>> read_alerts(Connection& connection, const AlertQuery& query) {
  DSCHED_TRY_ASSIGN(const Transaction snapshot, Transaction::begin_read(connection));
  Conditions conditions;
  conditions.add_any_of("j.name", query.jobs);
  conditions.add_span("a.raised_at", query.since, std::nullopt);
  DSCHED_TRY_ASSIGN(Statement rows,
                    connection.prepare_once(
                        fmt::format("SELECT {} FROM alerts a JOIN jobs j ON j.job_id = a.job_id{}"
                                    " ORDER BY a.raised_at DESC, a.alert_id DESC{}",
                                    kAlertColumns, conditions.sql(), limit_sql(query.limit, 0))));
  conditions.bind_to(rows);
  std::vector<AlertRecord> alerts;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return alerts;
    DSCHED_TRY_ASSIGN(AlertRow read, read_alert(rows));
    AlertRecord& record = alerts.emplace_back();
    record.alert = std::move(read.alert);
    DSCHED_TRY_ASSIGN(record.deliveries, read_deliveries(connection, read.alert_id));
    record.alert.channels = channels_of(record.deliveries);
  }
}

Result<std::vector<DueDelivery>> read_deliveries_due(Connection& connection, Instant now,
                                                     std::size_t limit) {
  DSCHED_TRY_ASSIGN(const Transaction snapshot, Transaction::begin_read(connection));
  DSCHED_TRY_ASSIGN(
      Statement rows,
      connection.prepare_once(fmt::format(
          "SELECT {}, {} FROM deliveries d JOIN alerts a ON a.alert_id = d.alert_id"
          " JOIN jobs j ON j.job_id = a.job_id"
          " WHERE d.next_try_at IS NOT NULL AND {} <= ?1 ORDER BY d.next_try_at, d.delivery_id{}",
          kAlertColumns, kDeliveryColumns, kDueAt, limit_sql(limit, 0))));
  rows.bind(now);
  std::vector<DueDelivery> due;
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, rows.step());
    if (!row) return due;
    DSCHED_TRY_ASSIGN(AlertRow read, read_alert(rows));
    DueDelivery& delivery = due.emplace_back();
    delivery.alert = std::move(read.alert);
    delivery.delivery = read_delivery(rows);
    DSCHED_TRY_ASSIGN(const auto all, read_deliveries(connection, read.alert_id));
    delivery.alert.channels = channels_of(all);
  }
}

Result<std::optional<Instant>> read_next_delivery(Connection& connection, Instant now) {
  DSCHED_TRY_ASSIGN(Statement query,
                    connection.prepare_once(fmt::format(
                        "SELECT min({}) FROM deliveries d JOIN alerts a ON a.alert_id = d.alert_id"
                        " WHERE d.next_try_at IS NOT NULL",
                        kDueAt)));
  DSCHED_TRY(query.bind(now).step());
  return query.next_optional_instant();
}

}  // namespace dsched
