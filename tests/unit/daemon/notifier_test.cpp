#include "daemon/notifier.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "support/mem_files.h"
#include "support/temp_dir.h"
#include "support/virtual_loop.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

constexpr const char* kHook = "https://hooks.example.org/secret";

class FakeCourier final : public Courier {
 public:
  FakeCourier(VirtualClock& clock, VirtualLoop& loop) : clock_(clock), loop_(loop) {}

  struct Sent {
    BootInstant at{};
    Parcel parcel;
    std::string text() const {
      if (const auto* mail = std::get_if<Mail>(&parcel)) return mail->message;
      if (const auto* post = std::get_if<WebPost>(&parcel)) return post->body;
      return std::get<CommandCall>(parcel).input;
    }
  };

  Receipt deliver(const Parcel& parcel) override {
    sent.push_back({clock_.boot, parcel});
    loop_.work_takes = std::holds_alternative<WebPost>(parcel) ? web_takes : 0s;
    return answer;
  }
  void stop() override { stopped = true; }

  std::size_t count(std::string_view text) const {
    return static_cast<std::size_t>(std::count_if(sent.begin(), sent.end(), [&](const Sent& one) {
      return one.text().find(text) != std::string::npos;
    }));
  }

  Receipt answer;
  Duration web_takes{0};
  std::vector<Sent> sent;
  bool stopped = false;

 private:
  VirtualClock& clock_;
  VirtualLoop& loop_;
};

class TextLog final : public Log {
 public:
  void write(LogLevel, std::string_view message, const std::vector<LogField>& fields) override {
    std::string line(message);
    for (const LogField& field : fields) line += " " + std::string(field.key) + "=" + field.value;
    lines.push_back(std::move(line));
  }
  std::size_t count(std::string_view text) const {
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(),
        [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  }
  std::vector<std::string> lines;
};

// A daemon with nothing but its notifications.
struct Office {
  TempDir directory;
  VirtualClock clock;
  VirtualLoop loop{clock};
  MemFiles files;
  FakeCourier courier{clock, loop};
  TextLog log;
  Settings settings;
  Job job;
  std::unique_ptr<History> history = std::move(*open_history(path()));
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Notifier> notifier;
  int idle = 0;

  Office() {
    job.name = "backup";
    job.place = {"/etc/dsched/jobs.d/backup.toml", 1};
    start();
  }

  std::string path() const { return directory.file("history.db"); }

  void start() {
    recorder = std::make_unique<Recorder>(
        loop, clock, history.get(),
        Recorder::Listener{.on_recorded = [this](const auto& changes,
                                                 const auto&) { notifier->recorded(changes); },
                           .on_trouble = nullptr,
                           .on_recovered = nullptr});
    notifier = std::make_unique<Notifier>(Notifier::Parts{
        .loop = loop,
        .clock = clock,
        .files = files,
        .courier = courier,
        .recorder = *recorder,
        .log = log,
        .reader = std::move(*open_history_for_reading(path())),
        .host = "web1",
        .find_job = [this](const std::string& name) { return name == job.name ? &job : nullptr; },
        .on_idle = [this] { ++idle; }});
    notifier->configure(settings);
  }

  void raise(std::vector<std::string> channels, const std::string& subject = "failed with exit 1",
             AlertKind kind = AlertKind::failure) {
    about += 1s;
    recorder->add(
        {RaiseAlert{Alert{"backup", kind, about, clock.wall, "", subject, "", channels}}});
  }

  std::vector<Delivery> deliveries() {
    std::vector<Delivery> all;
    const auto alerts = *history->alerts({});
    for (const AlertRecord& alert : alerts)
      all.insert(all.end(), alert.deliveries.begin(), alert.deliveries.end());
    return all;
  }

  std::size_t delivered() {
    const auto all = deliveries();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const Delivery& one) {
      return !one.next_try_at && one.error.empty();
    }));
  }

  Instant about = clock.wall;
};

}  // namespace

TEST_CASE("an alert goes to each of its channels at once, and that is recorded") {
  Office office;
  office.raise({"mailto:ana@example.org", kHook, "command:wall"});
  office.loop.run_for(1s);
  REQUIRE(office.courier.sent.size() == 3);
  const auto& mail = std::get<Mail>(office.courier.sent[0].parcel);
  CHECK(mail.from == "dsched@web1");
  CHECK(mail.to == "ana@example.org");
  CHECK(mail.transport == "sendmail");
  CHECK(std::get<WebPost>(office.courier.sent[1].parcel).url == kHook);
  CHECK(std::get<CommandCall>(office.courier.sent[2].parcel).command == "wall");
  CHECK(office.delivered() == 3);
  CHECK(office.notifier->idle());
  CHECK(office.idle > 0);
}

TEST_CASE("the log shows neither the path of a web address nor a command") {
  Office office;
  office.raise({kHook, "command:curl -u secret"});
  office.loop.run_for(1s);
  CHECK(office.log.count("alert delivered channel=https://hooks.example.org job=backup") == 1);
  CHECK(office.log.count("channel=command job=backup") == 1);
  CHECK(office.log.count("secret") == 0);
}

TEST_CASE("what fails is tried again ever more slowly, and given up within a day") {
  Office office;
  office.courier.answer = {Receipt::Kind::try_again, "HTTP 503"};
  office.raise({kHook});
  office.loop.run_for(30h);
  std::vector<Duration> pauses;
  for (std::size_t i = 1; i < office.courier.sent.size(); ++i)
    pauses.push_back(office.courier.sent[i].at - office.courier.sent[i - 1].at);
  std::vector<Duration> expected = {10s, 1min, 5min, 30min};
  expected.resize(15, 2h);
  CHECK(pauses == expected);
  const Delivery last = office.deliveries().front();
  CHECK(last.tries == 16);
  CHECK_FALSE(last.next_try_at);
  CHECK(last.error == "HTTP 503");
  CHECK(office.log.count("alert given up") == 1);
  CHECK(office.log.count("alert not delivered yet") == 15);
  CHECK(office.notifier->idle());
}

TEST_CASE("what is refused for good is not tried again") {
  Office office;
  office.courier.answer = {Receipt::Kind::refused, "HTTP 404"};
  office.raise({kHook});
  office.raise({"pigeon:home"});
  office.loop.run_for(5h);
  CHECK(office.courier.sent.size() == 1);
  CHECK(office.deliveries()[0].error == "there is no such channel");
  CHECK(office.deliveries()[1].error == "HTTP 404");
  CHECK(office.delivered() == 0);
}

TEST_CASE("a new daemon goes on where the old one ended, tries and pauses included") {
  Office office;
  office.courier.answer = {Receipt::Kind::try_again, "HTTP 503"};
  office.raise({kHook});
  office.loop.run_for(12s);  // two tries
  office.notifier.reset();
  CHECK(office.courier.stopped);
  office.courier.answer = {};
  office.start();
  office.loop.run_for(57s);
  CHECK(office.courier.sent.size() == 2);
  office.loop.run_for(2s);
  CHECK(office.courier.sent.size() == 3);
  CHECK(office.delivered() == 1);
}

TEST_CASE("what was on its way when the daemon stopped is tried by the next one") {
  Office office;
  office.courier.web_takes = 20s;
  office.courier.answer = {Receipt::Kind::stopped, "dsched was stopped"};
  office.raise({kHook});
  office.loop.run_for(1s);
  office.notifier.reset();
  office.loop.run_for(1min);
  CHECK(office.deliveries().front().tries == 0);
  office.courier.answer = {};
  office.courier.web_takes = 0s;
  office.start();
  office.loop.run_for(1s);
  CHECK(office.delivered() == 1);
}

TEST_CASE("a slow channel keeps the others waiting neither for news nor for further tries") {
  Office office;
  office.courier.web_takes = 25s;
  office.raise({kHook});
  office.loop.run_for(1s);
  office.courier.answer = {Receipt::Kind::try_again, "no"};
  office.raise({"mailto:ana"});
  office.loop.run_for(1s);
  CHECK(office.courier.count("To: ana") == 1);
  office.courier.answer = {};
  office.loop.run_for(20s);
  CHECK(office.courier.count("To: ana") == 2);
  CHECK(office.delivered() == 1);
  office.loop.run_for(10s);
  CHECK(office.delivered() == 2);
  CHECK(office.courier.sent.size() == 3);
}

TEST_CASE("no more than four channels are served at a time") {
  Office office;
  office.courier.web_takes = 25s;
  std::vector<std::string> hooks;
  for (const char* letter : {"a", "b", "c", "d", "e"})
    hooks.push_back(std::string("https://example.org/") + letter);
  office.raise(hooks);
  office.loop.run_for(20s);
  CHECK(office.courier.sent.size() == 4);
  office.loop.run_for(10s);
  CHECK(office.courier.sent.size() == 5);
}

TEST_CASE("after ten messages in a minute the rest of a burst becomes one digest") {
  Office office;
  for (int i = 0; i < 25; ++i) office.raise({"mailto:ana"}, "failed, number " + std::to_string(i));
  office.loop.run_for(59s);
  CHECK(office.courier.sent.size() == 10);
  CHECK_FALSE(office.notifier->idle());
  office.loop.run_for(5s);
  REQUIRE(office.courier.sent.size() == 11);
  const std::string digest = office.courier.sent.back().text();
  CHECK(digest.find("Subject: [dsched web1] 15 more alerts\n") != std::string::npos);
  CHECK(digest.find("backup: failed, number 9\n") == std::string::npos);
  CHECK(digest.find("backup: failed, number 10\n") != std::string::npos);
  CHECK(digest.find("backup: failed, number 24\n") != std::string::npos);
  CHECK(office.delivered() == 25);
  office.loop.run_for(2h);
  CHECK(office.courier.sent.size() == 11);
}

TEST_CASE("a flood on one channel holds no other back") {
  Office office;
  for (int i = 0; i < 25; ++i) office.raise({"mailto:ana"});
  office.raise({"mailto:ben"});
  office.loop.run_for(1s);
  CHECK(office.courier.count("To: ben") == 1);
}

TEST_CASE("a digest that fails comes again, and counts as a try of each of its alerts") {
  Office office;
  for (int i = 0; i < 12; ++i) office.raise({"mailto:ana"});
  office.loop.run_for(30s);
  office.courier.answer = {Receipt::Kind::try_again, "no"};
  office.loop.run_for(35s);
  CHECK(office.courier.count("2 more alerts") == 1);
  office.courier.answer = {};
  office.loop.run_for(1min);
  CHECK(office.delivered() == 12);
  CHECK(office.deliveries().front().tries == 2);
}

TEST_CASE("without a transport mail is given up, which is told once") {
  Office office;
  office.settings.mail_transport = "none";
  office.notifier->configure(office.settings);
  office.raise({"mailto:ana", kHook});
  office.raise({"mailto:ana"});
  office.loop.run_for(1s);
  CHECK(office.courier.sent.size() == 1);
  CHECK(office.log.count("mail is off") == 1);
  CHECK(office.deliveries().front().error == "mail is off: [mail] transport is \"none\"");
  CHECK_FALSE(office.deliveries().front().next_try_at);
}

TEST_CASE("settings that are read again count from the next try on") {
  Office office;
  office.settings.mail_transport = "smtp://mail.example.org:25";
  office.settings.mail_from = "robot@example.org";
  office.notifier->configure(office.settings);
  office.raise({"mailto:ana"});
  office.loop.run_for(1s);
  REQUIRE(office.courier.sent.size() == 1);
  const auto& mail = std::get<Mail>(office.courier.sent[0].parcel);
  CHECK(mail.transport == "smtp://mail.example.org:25");
  CHECK(mail.from == "robot@example.org");
}

TEST_CASE("a wall clock that is set back does not put a try off") {
  Office office;
  office.courier.answer = {Receipt::Kind::try_again, "no"};
  office.raise({kHook});
  office.loop.run_for(1s);
  office.courier.answer = {};
  office.loop.set_wall(office.clock.wall - 24h);
  office.loop.run_for(1s);
  CHECK(office.courier.sent.size() == 2);
  CHECK(office.delivered() == 1);
}

TEST_CASE("a message has the end of the run's output, its last success and its next firing") {
  Office office;
  std::string output;
  for (int i = 1; i <= 30; ++i) output += "line " + std::to_string(i) + "\n";
  office.files.put("/log/r.2.log", output);
  const auto claim = [&](const std::string& run_id, Instant at, RunResult result) {
    Decision decision;
    decision.job = "backup";
    decision.firing_at = decision.decided_at = at;
    decision.run_id = run_id;
    RunRecord run;
    run.run_id = run_id;
    run.job = "backup";
    run.firing_at = run.claimed_at = at;
    run.log_path = "/log/r.log";
    run.max_attempts = 2;
    std::vector<HistoryChange> changes = {ClaimRun{decision, run}};
    for (int attempt = 1; attempt <= 2; ++attempt) {
      AttemptOutcome outcome;
      outcome.exit_code = 28;
      outcome.started_at = at;
      outcome.ended_at = at + 1s;
      changes.push_back(AttemptStarted{{run_id, attempt}, at});
      changes.push_back(AttemptEnded{{run_id, attempt}, outcome});
    }
    changes.push_back(RunEnded{run_id, result, result == RunResult::ok ? 0 : 28, at + 2s});
    office.recorder->add(changes);
  };
  claim("01JD3KQ2M9TX00000000000001", office.clock.wall - 1h, RunResult::ok);
  claim("01JD3KQ2M9TX00000000000002", office.clock.wall, RunResult::failed);
  office.recorder->add({RaiseAlert{Alert{"backup",
                                         AlertKind::failure,
                                         office.clock.wall,
                                         office.clock.wall,
                                         "01JD3KQ2M9TX00000000000002",
                                         "failed with exit 28",
                                         "",
                                         {"mailto:ana"}}}});
  office.loop.run_for(1s);
  REQUIRE(office.courier.sent.size() == 1);
  const std::string text = office.courier.sent[0].text();
  CHECK(text.find("\nline 11\n") != std::string::npos);
  CHECK(text.find("\nline 30\n") != std::string::npos);
  CHECK(text.find("\nline 10\n") == std::string::npos);
  CHECK(text.find("last ok   2026-11-20T11:00:02+00:00") != std::string::npos);
  CHECK(text.find("result    failed, exit 28") != std::string::npos);
}
