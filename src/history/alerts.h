#pragma once
// The tables of alerts and of their deliveries, an outbox. Writers run within the transaction of a
// change.

#include <cstdint>

#include "history/history.h"

namespace dsched {

class Connection;

// Nothing when an alert of the same job and kind is about the same instant.
Result<void> raise_alert(Connection& connection, std::int64_t job_id, const Alert& alert);
// False: nothing changed, the delivery is over or not known.
Result<bool> note_delivery(Connection& connection, const DeliveryTried& tried);
// Drops at most `limit` alerts that were raised before and have nothing left to deliver, the oldest
// first.
Result<void> drop_alerts(Connection& connection, std::int64_t job_id, std::int64_t before_us,
                         std::int64_t limit);

Result<std::vector<AlertRecord>> read_alerts(Connection& connection, const AlertQuery& query);
Result<std::vector<DueDelivery>> read_deliveries_due(Connection& connection, Instant now,
                                                     std::size_t limit);
Result<std::optional<Instant>> read_next_delivery(Connection& connection, Instant now);

}  // namespace dsched
