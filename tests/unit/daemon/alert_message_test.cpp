#include "daemon/alert_message.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace dsched;
using namespace std::chrono_literals;

namespace {

const Instant kNow{std::chrono::seconds{1795176000}};

AlertFacts facts_of(AlertKind kind, const std::string& subject) {
  AlertFacts facts;
  facts.alert = {"sync-mail", kind, kNow, kNow + 5s, "", subject, "", {}};
  facts.host = "web1";
  facts.now = kNow + 10s;
  return facts;
}

void add_run(AlertFacts& facts) {
  facts.alert.run_id = "01JD3KQ2M9TX00000000000002";
  RunRecord run;
  run.run_id = facts.alert.run_id;
  run.job = facts.alert.job;
  run.firing_at = kNow;
  run.started_at = kNow;
  run.ended_at = kNow + 2s;
  run.result = RunResult::failed;
  run.exit_status = 28;
  facts.run = run;
}

void add_job(AlertFacts& facts, const std::string& file) {
  const auto schedule = Schedule::parse("*/5 * * * *", ScheduleContext{});
  facts.job = JobOutlook{Timetable({*schedule.schedule}, Zone::utc()), {file, 3}};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a failure is told with its run, its end, and where to go on") {
  AlertFacts facts = facts_of(AlertKind::failure, "failed with exit 28, 3 times in a row");
  add_run(facts);
  add_job(facts, "/etc/dsched/jobs.d/sync-mail.toml");
  facts.output = "one\ntwo\n";
  const AlertMessage message = alert_message(facts);
  CHECK(message.subject == "[dsched web1] sync-mail: failed with exit 28, 3 times in a row");
  CHECK(message.text ==
        "sync-mail: failed with exit 28, 3 times in a row\n"
        "\n"
        "job       sync-mail\n"
        "host      web1\n"
        "due       2026-11-20T12:00:00+00:00\n"
        "run       3kq2m9tx, started 2026-11-20T12:00:00+00:00, took 2.0s\n"
        "result    failed, exit 28\n"
        "next      2026-11-20T12:05:00+00:00\n"
        "\n"
        "last lines of the output\n"
        "one\n"
        "two\n"
        "\n"
        "look      dsched why sync-mail\n"
        "          dsched logs 3kq2m9tx\n"
        "silence   [notify] in /etc/dsched/jobs.d/sync-mail.toml\n");
}

TEST_CASE("a missed firing is told with its reason") {
  AlertFacts facts = facts_of(AlertKind::missed, "a firing was missed");
  facts.decision.emplace();
  facts.decision->reason = Reason::daemon_down;
  facts.decision->detail = "no daemon for 2h";
  const AlertMessage message = alert_message(facts);
  CHECK(has(message.text, "reason    daemon_down: no daemon for 2h\n"));
  CHECK(has(message.text, "dsched why sync-mail --at 2026-11-20T12:00:00Z\n"));
  CHECK_FALSE(has(message.text, "dsched logs"));
}

TEST_CASE("output comes first and whole, as cron mails it") {
  AlertFacts facts = facts_of(AlertKind::output, "output");
  add_run(facts);
  add_job(facts, "/etc/crontab");
  for (int i = 0; i < 100; ++i) facts.output += std::to_string(i) + "\n";
  const AlertMessage message = alert_message(facts);
  CHECK(message.text.starts_with("0\n1\n2\n"));
  CHECK(has(message.text, "\n99\n\n-- \njob       sync-mail\n"));
  CHECK(has(message.text, "silence   MAILTO in /etc/crontab\n"));
  facts.output_is_whole = false;
  CHECK(alert_message(facts).text.starts_with("(the end of the output; the rest is in the log)\n"));
}

TEST_CASE("what a job writes is made harmless, but keeps its lines and tabs") {
  AlertFacts facts = facts_of(AlertKind::output, "output");
  add_run(facts);
  facts.output = "a\tb\r\n\x1b[31mred\xff\nno end";
  CHECK(alert_message(facts).text.starts_with("a\tb\n\\x1b[31mred\\xff\nno end\n\n-- \n"));
}

TEST_CASE("a paused job has no next firing") {
  AlertFacts facts = facts_of(AlertKind::paused, "paused: 5 failures in a row");
  add_job(facts, "/x.toml");
  CHECK(has(alert_message(facts).text, "next      not before dsched resume sync-mail\n"));
}

TEST_CASE("JSON has every key, those without a value as null") {
  AlertFacts facts = facts_of(AlertKind::failure, "failed with exit 28");
  add_run(facts);
  facts.output = "text\n";
  const auto json = nlohmann::json::parse(alert_message(facts).json);
  CHECK(json["schema"] == "dsched.alert/1");
  CHECK(json["kind"] == "failure");
  CHECK(json["job"] == "sync-mail");
  CHECK(json["about_at"] == "2026-11-20T12:00:00Z");
  CHECK(json["about_unix"] == 1795176000);
  CHECK(json["run"]["run_id"] == facts.alert.run_id);
  CHECK(json["run"]["exit_code"] == 28);
  CHECK(json["run"]["duration_s"] == 2.0);
  CHECK(json["output"] == "text\n");
  CHECK(json["next_at"].is_null());
  CHECK(json["alerts"].is_null());
  const auto digest =
      nlohmann::json::parse(digest_message({facts.alert, facts.alert}, "web1", kNow).json);
  CHECK(digest["kind"] == "digest");
  CHECK(digest["alerts"].size() == 2);
  CHECK(digest["alerts"][1]["subject"] == "failed with exit 28");
  for (const auto& [key, value] : json.items()) CHECK(digest.contains(key));
  CHECK(digest.size() == json.size());
}

TEST_CASE("a digest names the first hundreds and counts the others") {
  const std::vector<Alert> alerts(700, facts_of(AlertKind::failure, "failed").alert);
  const AlertMessage message = digest_message(alerts, "web1", kNow);
  CHECK(message.subject == "[dsched web1] 700 more alerts");
  CHECK(has(message.text, "and 200 more\n"));
}

TEST_CASE("a command gets what it needs to know in its environment") {
  AlertFacts facts = facts_of(AlertKind::failure, "failed\nBcc: x");
  add_run(facts);
  const AlertMessage message = alert_message(facts);
  const auto parcel = pack(message, "command:notify --urgent", "web1", {}, kNow, "id");
  REQUIRE(parcel);
  const auto& call = std::get<CommandCall>(*parcel);
  CHECK(call.command == "notify --urgent");
  CHECK(call.input == message.text);
  CHECK(call.variables == std::vector<std::pair<std::string, std::string>>{
                              {"DSCHED_ALERT_KIND", "failure"},
                              {"DSCHED_ALERT_JOB", "sync-mail"},
                              {"DSCHED_ALERT_RUN_ID", "01JD3KQ2M9TX00000000000002"},
                              {"DSCHED_ALERT_SUBJECT", "[dsched web1] sync-mail: failed\\nBcc: x"},
                              {"DSCHED_ALERT_HOST", "web1"},
                              {"DSCHED_ALERT_ABOUT", "2026-11-20T12:00:00Z"}});
  CHECK_FALSE(pack(message, "pigeon:home", "web1", {}, kNow, "id"));
}

TEST_CASE("the log shows of a channel what holds no secret") {
  const char* rows[][2] = {
      {"mailto:ana@example.org", "mailto:ana@example.org"},
      {"https://hooks.example.org/T0/secret", "https://hooks.example.org"},
      {"https://user:secret@example.org:8443?x", "https://example.org:8443"},
      {"command:curl -u secret", "command"},
  };
  for (const auto& [channel, shown] : rows) CHECK(channel_for_log(channel) == shown);
}
