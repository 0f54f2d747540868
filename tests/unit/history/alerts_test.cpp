#include <doctest/doctest.h>

#include "unit/history/history_fixture.h"

namespace dsched::test {
namespace {

using Texts = std::vector<std::string>;
using std::chrono::seconds;

RaiseAlert raise(const std::string& job, double second, AlertKind kind = AlertKind::failure,
                 Texts channels = {"mailto:a@b"}) {
  RaiseAlert change;
  change.alert.job = job;
  change.alert.kind = kind;
  change.alert.about = change.alert.raised_at = at(second);
  change.alert.channels = std::move(channels);
  return change;
}

struct AlertsFixture {
  TemporaryDirectory directory;
  std::unique_ptr<History> history = must(open_history(directory.file("history.db")));

  std::vector<DueDelivery> due(double second, std::size_t limit = 0) {
    return must(history->deliveries_due(at(second), limit));
  }
  // Tries the delivery that is due first.
  DeliveryTried tried(double second, std::string error = "",
                      std::optional<Instant> next_try_at = {}) {
    return {.delivery_id = due(second, 1).at(0).delivery.id,
            .at = at(second),
            .error = std::move(error),
            .next_try_at = next_try_at};
  }
};

TEST_CASE_FIXTURE(AlertsFixture, "alerts of every kind are kept with all that is known of them") {
  for (int kind = 0; kind <= static_cast<int>(AlertKind::paused); ++kind) {
    RaiseAlert change = raise("a", 10, static_cast<AlertKind>(kind), {"mailto:a@b", "https://x"});
    change.alert.raised_at = at(20 + kind);
    change.alert.run_id = "R1";
    change.alert.subject = "job a failed";
    change.alert.text = "exit 1\n\nlast lines:\n☃";
    CHECK(accepted(*history, change));
  }
  const std::vector<AlertRecord> alerts = must(history->alerts({}));
  REQUIRE(alerts.size() == 8);
  for (int kind = 0; kind < 8; ++kind) {
    const Alert& alert = alerts[static_cast<std::size_t>(7 - kind)].alert;
    CHECK(static_cast<int>(alert.kind) == kind);
    CHECK(alert.job == "a");
    CHECK(alert.about == at(10));
    CHECK(alert.raised_at == at(20 + kind));
    CHECK(alert.run_id == "R1");
    CHECK(alert.subject == "job a failed");
    CHECK(alert.text == "exit 1\n\nlast lines:\n☃");
    CHECK(alert.channels == Texts{"mailto:a@b", "https://x"});
  }
}

TEST_CASE_FIXTURE(AlertsFixture, "an alert is raised once for a job, a kind and what it is about") {
  apply(*history, {raise("a", 10), raise("a", 10), raise("a", 10, AlertKind::late), raise("b", 10),
                   raise("a", 11)});
  RaiseAlert again = raise("a", 10);
  again.alert.raised_at = at(99);
  CHECK(accepted(*history, again));
  CHECK(must(history->alerts({})).size() == 4);
  CHECK(due(99).size() == 4);
}

TEST_CASE_FIXTURE(AlertsFixture, "alerts are found by job, time and count, newest first") {
  apply(*history, {raise("a", 10), raise("b", 20), raise("c", 30), raise("a", 40)});
  const auto jobs = [&](const AlertQuery& query) {
    Texts found;
    for (const AlertRecord& record : must(history->alerts(query)))
      found.push_back(record.alert.job);
    return found;
  };
  CHECK(jobs({}) == Texts{"a", "c", "b", "a"});
  AlertQuery query;
  query.jobs = {"a", "b"};
  CHECK(jobs(query) == Texts{"a", "b", "a"});
  query.since = at(20);
  CHECK(jobs(query) == Texts{"a", "b"});
  query.limit = 1;
  CHECK(jobs(query) == Texts{"a"});
}

TEST_CASE_FIXTURE(AlertsFixture, "each channel has a delivery that is due at once") {
  apply(*history, {raise("a", 10, AlertKind::failure, {"mailto:a@b", "https://x"}),
                   raise("silent", 5, AlertKind::failure, {})});
  CHECK(must(history->next_delivery_at(at(0))) == at(0));  // raised later than now
  CHECK(must(history->next_delivery_at(at(50))) == at(10));
  const std::vector<DueDelivery> all = due(10);
  REQUIRE(all.size() == 2);
  CHECK(all[0].delivery.channel == "mailto:a@b");
  CHECK(all[1].delivery.channel == "https://x");
  CHECK(all[1].delivery.tries == 0);
  CHECK(all[1].alert.job == "a");
  CHECK(all[1].alert.channels == Texts{"mailto:a@b", "https://x"});
  CHECK(due(10, 1).size() == 1);
}

TEST_CASE_FIXTURE(AlertsFixture,
                  "a delivery that fails is due again later, until it is delivered") {
  apply(*history, {raise("a", 10)});
  CHECK(accepted(*history, tried(11, "connection refused", at(60))));
  CHECK(due(59).empty());
  CHECK(must(history->next_delivery_at(at(59))) == at(60));
  REQUIRE(due(60).size() == 1);
  const Delivery failed = due(60)[0].delivery;
  CHECK(failed.tries == 1);
  CHECK(failed.tried_at == at(11));
  CHECK(failed.error == "connection refused");
  const DeliveryTried delivered = tried(61);
  CHECK(accepted(*history, delivered));
  CHECK(due(1000).empty());
  CHECK_FALSE(must(history->next_delivery_at(at(1000))));
  CHECK_FALSE(accepted(*history, delivered));
  const Delivery over = must(history->alerts({})).at(0).deliveries.at(0);
  CHECK(over.tries == 2);
  CHECK(over.tried_at == at(61));
  CHECK(over.error.empty());
  CHECK_FALSE(over.next_try_at);
}

TEST_CASE_FIXTURE(AlertsFixture, "a delivery without another try is given up and keeps its error") {
  apply(*history, {raise("a", 10)});
  CHECK(accepted(*history, tried(11, "no such mailbox")));
  CHECK(due(1000).empty());
  const Delivery over = must(history->alerts({})).at(0).deliveries.at(0);
  CHECK_FALSE(over.next_try_at);
  CHECK(over.error == "no such mailbox");
  CHECK_FALSE(accepted(*history, DeliveryTried{4711, at(0), "", {}}));
}

TEST_CASE_FIXTURE(AlertsFixture, "what is due the longest comes first") {
  apply(*history, {raise("a", 10), raise("b", 20), raise("c", 30)});
  apply(*history, {tried(30, "later", at(25))});
  Texts jobs;
  for (const DueDelivery& delivery : due(40)) jobs.push_back(delivery.alert.job);
  CHECK(jobs == Texts{"b", "a", "c"});
}

TEST_CASE_FIXTURE(AlertsFixture,
                  "a delivery from a time that the clock has left again is due at once") {
  apply(*history, {raise("a", 1e8), raise("b", 10)});
  CHECK(due(20).size() == 2);
  apply(*history, {tried(1e8, "refused", at(1e8 + 60))});
  CHECK(due(20).size() == 2);
  CHECK(must(history->next_delivery_at(at(20))) == at(20));
}

TEST_CASE_FIXTURE(AlertsFixture,
                  "prune drops old alerts of the job, but none that is still to be delivered") {
  apply(*history, {raise("a", 10), raise("a", 20), raise("a", 30), raise("a", 95), raise("b", 10)});
  apply(*history, {tried(96)});  // a at 10
  const auto jobs_due = due(96);
  REQUIRE(jobs_due.at(0).alert.job == "b");
  apply(*history, {tried(96)});              // b at 10
  apply(*history, {tried(96, "given up")});  // a at 20
  apply(*history, {raise("a", 40, AlertKind::late, {})});
  must(history->prune("a", seconds(50), 0, at(100)));
  std::vector<double> left;
  AlertQuery of_a;
  of_a.jobs = {"a"};
  for (const AlertRecord& record : must(history->alerts(of_a)))
    left.push_back(to_seconds(record.alert.raised_at - at(0)));
  CHECK(left == std::vector<double>{95, 30});
  CHECK(must(history->alerts({})).size() == 3);
  must(history->prune("a", Duration{0}, 1, at(1e6)));
  CHECK(must(history->alerts({})).size() == 3);
}

}  // namespace
}  // namespace dsched::test
