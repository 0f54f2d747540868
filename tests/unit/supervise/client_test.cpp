#include "supervise/client.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include "supervise/processes.h"
#include "supervise/supervisor.h"
#include "unit/supervise/harness.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

// A host with a state directory; daemons come and go.
class Host {
 public:
  ~Host() {
    client.reset();
    if (const pid_t pid = supervisor_pid(); pid > 0) ::kill(pid, SIGTERM);
    until([this] { return supervisor_pid() == 0; });
  }

  void connect() {
    SupervisorClient::Listener listener;
    listener.on_ready = [this](const std::string& id, bool same,
                               std::vector<SupervisorClient::Known> all) {
      uuid = id;
      same_boot = same;
      known = std::move(all);
      ++readies;
    };
    listener.on_started = [this](const AttemptKey& key, Instant) { ++started[key.run_id]; };
    listener.on_ended = [this](const AttemptKey& key, const AttemptOutcome& outcome) {
      outcomes[key.run_id].push_back(outcome);
    };
    listener.on_gone = [this] { ++gone; };
    listener.on_trouble = [this](const Error& error) { trouble = error.message; };
    client = make_supervisor_client(*loop, *clock, SUPERVISOR_PROGRAM, directory.path(),
                                    directory.path(), std::move(listener));
    client->connect();
    const int before = readies;
    REQUIRE(until([&] { return readies > before; }));
  }

  // 0 when there is none.
  pid_t supervisor_pid() const {
    const auto paths = supervisor_paths(directory.path(), directory.path());
    if (!std::filesystem::exists(paths.socket)) return 0;
    const pid_t pid = std::atoi(contents(paths.lock).c_str());
    return ::kill(pid, 0) == 0 ? pid : 0;
  }

  StartRequest shell(const std::string& command, const std::string& id) const {
    StartRequest request;
    request.key = {id, 1};
    request.job = "job";
    request.argv = {"/bin/sh", "-c", command};
    request.env = {"PATH=/usr/bin:/bin", "DSCHED_RUN_ID=" + id};
    request.output_path = out(id);
    request.kill_after = 300ms;
    return request;
  }
  std::string out(const std::string& id) const { return directory.file(id + ".log"); }

  bool until(const std::function<bool()>& done) {
    const BootInstant deadline = clock->boot_now() + 10s;
    while (!done() && clock->boot_now() < deadline) {
      auto tick = loop->at(clock->boot_now() + 2ms, [this] { loop->stop(); });
      loop->run();
    }
    return done();
  }

  const SupervisorClient::Known* find(const std::string& id) const {
    for (const auto& attempt : known) {
      if (attempt.key.run_id == id) return &attempt;
    }
    return nullptr;
  }

  TempDir directory;
  std::unique_ptr<Clock> clock = make_posix_clock();
  std::unique_ptr<Loop> loop = make_uv_loop(*clock);
  std::string uuid;
  bool same_boot = false;
  std::vector<SupervisorClient::Known> known;
  int readies = 0;
  int gone = 0;
  std::string trouble;
  std::map<std::string, int> started;
  std::map<std::string, std::vector<AttemptOutcome>> outcomes;
  std::unique_ptr<SupervisorClient> client;
};

}  // namespace

TEST_CASE("the client starts a supervisor that is nobody's child, and hears of starts and ends") {
  Host host;
  host.connect();
  CHECK_FALSE(host.same_boot);  // there is no journal that could tell
  CHECK(host.known.empty());
  host.client->start(host.shell("echo hello; exit 3", "A"));
  REQUIRE(host.until([&] { return host.outcomes.contains("A"); }));
  CHECK(host.outcomes["A"][0].exit_code == 3);
  CHECK(host.started["A"] == 1);
  CHECK(contents(host.out("A")) == "hello\n");
}

TEST_CASE(
    "an attempt goes on without its daemon, and the next daemon gets its outcome until it "
    "acknowledges") {
  Host host;
  host.connect();
  const std::string go = host.directory.file("go");
  host.client->start(
      host.shell("echo up; while ! test -e " + go + "; do sleep 0.01; done; exit 7", "A"));
  REQUIRE(host.until([&] { return host.started["A"] == 1; }));
  const std::string first_uuid = host.uuid;
  for (int restart = 0; restart < 5; ++restart) {
    host.connect();
    CHECK(host.uuid == first_uuid);
    REQUIRE(host.find("A") != nullptr);
    CHECK(host.find("A")->started_at.has_value());
    CHECK_FALSE(host.find("A")->outcome.has_value());
  }
  host.client.reset();
  std::ofstream(go).put('x');
  REQUIRE(host.until([&] { return processes_of("A", 0).empty(); }));
  host.connect();
  if (host.find("A")->outcome)
    CHECK(host.find("A")->outcome->exit_code == 7);
  else
    REQUIRE(host.until([&] { return host.outcomes.contains("A"); }));
  host.client->acknowledge({"A", 1});
  host.connect();
  CHECK(host.known.empty());
}

TEST_CASE("a key starts at most once, before and after it was acknowledged") {
  Host host;
  host.connect();
  const StartRequest request = host.shell("echo run >> " + host.directory.file("count"), "A");
  host.client->start(request);
  host.client->start(request);
  REQUIRE(host.until([&] { return host.outcomes.contains("A"); }));
  host.client->start(request);
  REQUIRE(host.until([&] { return host.outcomes["A"].size() == 2; }));
  host.client->acknowledge({"A", 1});
  host.client->start(request);
  REQUIRE(host.until([&] { return host.outcomes["A"].size() == 3; }));
  CHECK(host.outcomes["A"][2].exit_code == 0);
  CHECK(host.outcomes["A"][2].ended_at == host.outcomes["A"][0].ended_at);
  CHECK(contents(host.directory.file("count")) == "run\n");
}

TEST_CASE("stop, kill and failures reach the daemon") {
  Host host;
  host.connect();
  host.client->start(host.shell("exec sleep 1000", "A"));
  host.client->start(host.shell("exec sleep 1000", "B"));
  StartRequest broken = host.shell("", "C");
  broken.dir = "/no/such";
  host.client->start(broken);
  REQUIRE(host.until([&] { return host.started["A"] == 1 && host.started["B"] == 1; }));
  host.client->stop({"A", 1}, SIGUSR1);
  host.client->kill({"B", 1});
  REQUIRE(host.until([&] { return host.outcomes.size() == 3; }));
  CHECK(host.outcomes["A"][0].signal == SIGUSR1);
  CHECK(host.outcomes["B"][0].signal == SIGKILL);
  CHECK(host.outcomes["C"][0].failure.step == StartStep::dir);
}

TEST_CASE(
    "kill -9 of the supervisor: nothing is left running, its runs are lost, the next run works") {
  Host host;
  host.connect();
  host.client->start(host.shell("echo done", "OLD"));
  REQUIRE(host.until([&] { return host.outcomes.contains("OLD"); }));
  host.client->start(host.shell(
      "(setsid sh -c 'trap \"\" TERM HUP; echo up; exec sleep 1000' &); exec sleep 1000", "A"));
  REQUIRE(host.until([&] { return contents(host.out("A")) == "up\n"; }));
  const std::string first_uuid = host.uuid;
  ::kill(host.supervisor_pid(), SIGKILL);
  const int before = host.readies;
  REQUIRE(host.until([&] { return host.readies > before; }));
  CHECK(host.gone == 1);
  CHECK(host.uuid != first_uuid);
  CHECK(host.same_boot);
  CHECK(processes_of("A", 0).empty());
  REQUIRE(host.find("A") != nullptr);
  REQUIRE(host.find("A")->outcome.has_value());
  CHECK(host.find("A")->outcome->lost);
  REQUIRE(host.find("OLD") != nullptr);
  CHECK_FALSE(host.find("OLD")->outcome->lost);
  host.client->start(host.shell("exit 4", "NEXT"));
  REQUIRE(host.until([&] { return host.outcomes.contains("NEXT"); }));
  CHECK(host.outcomes["NEXT"][0].exit_code == 4);
}

TEST_CASE("SIGTERM ends the supervisor and all runs, and the outcomes are in the journal") {
  Host host;
  host.connect();
  host.client->start(host.shell("trap '' TERM; echo up; while :; do sleep 0.05; done", "A"));
  REQUIRE(host.until([&] { return contents(host.out("A")) == "up\n"; }));
  const pid_t pid = host.supervisor_pid();
  host.client.reset();
  ::kill(pid, SIGTERM);
  REQUIRE(host.until([&] { return host.supervisor_pid() != pid; }));
  CHECK(processes_of("A", 0).empty());
  host.connect();
  REQUIRE(host.find("A") != nullptr);
  CHECK_FALSE(host.find("A")->outcome->lost);
  CHECK(host.find("A")->outcome->stopped);
  CHECK(host.find("A")->outcome->signal == SIGKILL);
}

TEST_CASE(
    "a second supervisor refuses, one without daemon and work ends, and retire ends it at once") {
  Host host;
  host.connect();
  const std::string command = std::string(SUPERVISOR_PROGRAM) + " __supervisor --state " +
                              host.directory.path() + " --run " + host.directory.path();
  const int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 3);
  host.client->retire();
  CHECK(host.until([&] { return host.supervisor_pid() == 0; }));
  CHECK(host.gone == 0);
  host.connect();
  host.client.reset();
  CHECK(host.until([&] { return host.supervisor_pid() == 0; }));
}
