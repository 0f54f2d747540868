#include "supervise/attempts.h"

#include <algorithm>
#include <cerrno>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "unit/supervise/harness.h"

using namespace dsched;
using namespace std::chrono_literals;

TEST_CASE("an outcome is what the process did") {
  struct Row {
    const char* command;
    int exit_code;
    int signal;
  };
  const Row rows[] = {{"exit 0", 0, 0},         {"exit 1", 1, 0},        {"exit 255", 255, 0},
                      {"kill -TERM $$", 0, 15}, {"kill -KILL $$", 0, 9}, {"kill -SEGV $$", 0, 11}};
  Harness harness;
  for (const Row& row : rows) {
    CAPTURE(row.command);
    const AttemptOutcome outcome = harness.run(harness.shell(row.command));
    CHECK(outcome.failure.step == StartStep::none);
    CHECK(outcome.exit_code == row.exit_code);
    CHECK(outcome.signal == row.signal);
    CHECK_FALSE(outcome.stopped);
    CHECK_FALSE(outcome.timed_out);
    CHECK_FALSE(outcome.lost);
    CHECK_FALSE(outcome.left_processes);
    CHECK(outcome.ended_at >= outcome.started_at);
    CHECK(outcome.max_rss_bytes > 100'000);
  }
  CHECK(harness.attempts->running() == 0);
}

TEST_CASE("a start that fails names the step, the errno and the thing") {
  Harness harness;
  const std::string plain = harness.directory.file("plain");
  std::ofstream(plain) << "echo hello\n";
  ::chmod(plain.c_str(), 0755);
  struct Row {
    std::string what;
    StartStep step;
    int error;
    std::string detail;
    std::function<void(StartRequest&)> change;
  };
  const Row rows[] = {
      {"dir", StartStep::dir, ENOENT, "/no/such", [](auto& r) { r.dir = "/no/such"; }},
      {"dir is a file", StartStep::dir, ENOTDIR, plain, [&](auto& r) { r.dir = plain; }},
      {"program", StartStep::exec, ENOENT, "no-such", [](auto& r) { r.argv = {"no-such"}; }},
      {"no permission", StartStep::exec, EACCES, "/etc/passwd",
       [](auto& r) { r.argv = {"/etc/passwd"}; }},
      {"no interpreter", StartStep::exec, ENOEXEC, plain + " (no #! line)",
       [&](auto& r) { r.argv = {plain}; }},
      {"input", StartStep::input, ENOENT, "/no/input", [](auto& r) { r.input_path = "/no/input"; }},
      {"output", StartStep::output, ENOTDIR, plain + "/x",
       [&](auto& r) { r.output_path = plain + "/x"; }},
      {"too long", StartStep::exec, E2BIG, "/bin/sh",
       [](auto& r) { r.argv.push_back(std::string(1 << 20, 'x')); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    StartRequest request = harness.shell("exit 0");
    row.change(request);
    const AttemptOutcome outcome = harness.run(request);
    CHECK(outcome.failure.step == row.step);
    CHECK(outcome.failure.error_number == row.error);
    CHECK(outcome.failure.detail == row.detail);
    CHECK(harness.traces.empty());
  }
}

TEST_CASE("a program is searched in the PATH of the job, past what is missing") {
  Harness harness;
  StartRequest request = harness.shell("");
  request.argv = {"sh", "-c", "exit 7"};
  request.env = {"PATH=/no/such:/etc/passwd:/bin"};
  CHECK(harness.run(request).exit_code == 7);
}

TEST_CASE("the environment is exactly what was given") {
  Harness harness;
  StartRequest request = harness.shell("");
  request.argv = {"/usr/bin/env"};
  request.env = {"B=2", "A=1 \n3"};
  harness.run(request);
  CHECK(contents(harness.out()) == "B=2\nA=1 \n3\n");
}

TEST_CASE("a job has its three descriptors and no other") {
  const int inherited = ::open("/dev/null", O_RDONLY);
  Harness harness;
  // The fourth is that of ls itself.
  CHECK(harness.output_of("ls /proc/self/fd") == "0\n1\n2\n3\n");
  ::close(inherited);
}

TEST_CASE("signals are at their defaults and none is blocked") {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGUSR1, SIG_IGN);
  Harness harness;
  const std::string status = harness.output_of("grep -E '^Sig(Blk|Ign)' /proc/self/status");
  CHECK(status == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGUSR1, SIG_DFL);
}

TEST_CASE("a job leads its own session and group, and has the umask, directory and limits") {
  Harness harness;
  StartRequest request = harness.shell("cut -d' ' -f1,5,6 /proc/$$/stat; umask; pwd; ulimit -Sn");
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  request.umask = 027;
  request.dir = "/usr";
  harness.run(request);
  const std::string pid = std::to_string(harness.traces["R1"].pid);
  CHECK(contents(harness.out()).starts_with(pid + " " + pid + " " + pid + "\n0027\n/usr\n"));
}

TEST_CASE("the soft limit of open files is raised for us and not for jobs") {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit lowered{500, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &lowered);
  {
    Harness harness;
    rlimit ours{};
    ::getrlimit(RLIMIT_NOFILE, &ours);
    CHECK(ours.rlim_cur == before.rlim_max);
    CHECK(harness.output_of("ulimit -Sn") == "500\n");
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("standard input is nothing, a text or a file") {
  Harness harness;
  StartRequest request = harness.shell("cat");
  CHECK(harness.run(request).exit_code == 0);
  CHECK(contents(harness.out()).empty());
  request.input_text = std::string(200'000, 'x');
  harness.run(request);
  CHECK(contents(harness.out()) == request.input_text);
  request.input_text.clear();
  request.input_path = "usr/../etc/passwd";  // seen from the job's directory
  harness.run(request);
  CHECK(contents(harness.out()) == contents("/etc/passwd"));
}

TEST_CASE("another user: all three ids, the groups, and no way back" *
          doctest::skip(::geteuid() != 0)) {
  Harness harness;
  ::chmod(harness.directory.path().c_str(), 0755);
  StartRequest request = harness.shell("grep -E '^(Uid|Gid|Groups|CapEff)' /proc/self/status");
  request.identity = Identity{65534, 65533, {65533, 12}};
  harness.run(request);
  const std::string status = contents(harness.out());
  CHECK(status.find("Uid:\t65534\t65534\t65534\t65534\n") != std::string::npos);
  CHECK(status.find("Gid:\t65533\t65533\t65533\t65533\n") != std::string::npos);
  CHECK(status.find("Groups:\t12 65533") != std::string::npos);
  CHECK(status.find("CapEff:\t0000000000000000\n") != std::string::npos);
  request.script = "echo from $(id -u)\n";
  request.argv = {"/bin/sh"};
  harness.run(request);
  CHECK(contents(harness.out()) == "from 65534\n");
}

TEST_CASE("a script runs by its #! line, or by the given command, and its file goes away") {
  Harness harness;
  StartRequest request = harness.shell("");
  request.argv = {"/bin/sh"};
  request.script = "echo one; exit 3\n";
  CHECK(harness.run(request).exit_code == 3);
  CHECK(contents(harness.out()) == "one\n");
  request.script = "#! /bin/sh -e\nfalse\necho not reached\n";
  CHECK(harness.run(request).exit_code == 1);
  CHECK(contents(harness.out()).empty());
  const std::filesystem::directory_iterator files(harness.directory.path());
  CHECK(std::none_of(begin(files), end(files), [](const auto& entry) {
    return entry.path().filename().string().starts_with("dsched-script");
  }));
}

TEST_CASE("a job that does not end in time is ended, with the truth about how") {
  Harness harness;
  StartRequest request = harness.shell("exec sleep 1000");
  request.timeout = 30ms;
  AttemptOutcome outcome = harness.run(request);
  CHECK(outcome.timed_out);
  CHECK(outcome.signal == 15);
  request = harness.shell("trap 'exit 9' TERM; while :; do sleep 0.01; done");
  request.timeout = 100ms;
  outcome = harness.run(request);
  CHECK(outcome.timed_out);
  CHECK(outcome.exit_code == 9);
  CHECK(outcome.signal == 0);
}

TEST_CASE("stopping: the given signal, then KILL for who ignores it") {
  Harness harness;
  harness.attempts->start(harness.shell("echo up; exec sleep 1000", "A"));
  harness.attempts->start(
      harness.shell("trap '' TERM; echo up; while :; do sleep 0.05; done", "B"));
  harness.attempts->start(harness.shell("echo up; exec sleep 1000", "C"));
  REQUIRE(harness.until([&] {
    return contents(harness.out("A")) == "up\n" && contents(harness.out("B")) == "up\n" &&
           contents(harness.out("C")) == "up\n";
  }));
  CHECK(harness.attempts->running() == 3);
  harness.attempts->stop({"A", 1}, SIGINT);
  harness.attempts->stop({"B", 1}, 0);
  harness.attempts->kill({"C", 1});
  harness.attempts->stop({"unknown", 1}, 0);
  REQUIRE(harness.until([&] { return harness.ends == 3; }));
  CHECK(harness.outcomes["A"].signal == SIGINT);
  CHECK(harness.outcomes["B"].signal == SIGKILL);
  CHECK(harness.outcomes["B"].duration >= 300ms);
  CHECK(harness.outcomes["C"].signal == SIGKILL);
  for (const auto& [id, outcome] : harness.outcomes) CHECK(outcome.stopped);
}

TEST_CASE("an attempt that ignores TERM, forks and floods is wholly gone after kill_after") {
  for (const bool cgroups : {true, false}) {
    CAPTURE(cgroups);
    Harness harness({cgroups, ""});
    StartRequest request = harness.shell(
        "trap '' TERM; (setsid sh -c 'trap \"\" TERM; while :; do echo detached; sleep 0.01; done' "
        "&); "
        "(sh -c 'trap \"\" TERM; yes' &); yes flood",
        "FLOOD");
    request.timeout = 200ms;
    const AttemptOutcome outcome = harness.run(request);
    CHECK(outcome.timed_out);
    CHECK(outcome.signal == SIGKILL);
    CHECK(processes_of("FLOOD", 0).empty());
    CHECK(outcome.output_bytes > request.max_output);
    CHECK(std::filesystem::file_size(harness.out("FLOOD")) <= request.max_output);
    CHECK(outcome.dropped_bytes + std::filesystem::file_size(harness.out("FLOOD")) >=
          outcome.output_bytes);
  }
}

TEST_CASE("the main process dies from TERM, but the attempt ends when its children are gone too") {
  for (const bool cgroups : {true, false}) {
    CAPTURE(cgroups);
    Harness harness({cgroups, ""});
    StartRequest request = harness.shell(
        "setsid sh -c 'trap \"\" TERM; echo up; while :; do sleep 0.05; done' & wait", "T");
    harness.attempts->start(request);
    REQUIRE(harness.until([&] { return contents(harness.out("T")) == "up\n"; }));
    harness.attempts->stop({"T", 1}, 0);
    REQUIRE(harness.until([&] { return harness.ends == 1; }));
    CHECK(harness.outcomes["T"].signal == SIGTERM);
    CHECK(harness.outcomes["T"].duration >= 300ms);
    CHECK_FALSE(harness.outcomes["T"].left_processes);
    CHECK(processes_of("T", 0).empty());
  }
}

TEST_CASE(
    "a background process that holds the pipe does not hold the run, and its output is kept") {
  for (const bool cgroups : {true, false}) {
    CAPTURE(cgroups);
    Harness harness({cgroups, ""});
    const std::string go = harness.directory.file("go");
    AttemptOutcome outcome = harness.run(harness.shell(
        "echo first; (while ! test -e " + go + "; do sleep 0.01; done; echo later) & exit 4"));
    CHECK(outcome.exit_code == 4);
    CHECK(outcome.left_processes);
    CHECK(contents(harness.out()) == "first\n");
    CHECK(harness.attempts->draining() == 1);
    std::ofstream(go).put('x');
    CHECK(harness.until([&] { return harness.attempts->draining() == 0; }));
    CHECK(contents(harness.out()) == "first\nlater\n");
    CHECK(harness.ends == 1);
  }
}

TEST_CASE("a daemon made by double fork and setsid is left alone, and seen") {
  Harness harness;
  const AttemptOutcome outcome = harness.run(harness.shell(
      "(setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' &); while ! test -s " +
          harness.out("D") + "; do sleep 0.01; done",
      "D"));
  CHECK(outcome.exit_code == 0);
  if (!harness.traces["D"].cgroup.empty()) CHECK(outcome.left_processes);
  CHECK(processes_of("D", 0).size() == 1);
  CHECK(end_leftovers("D", harness.traces["D"]));
  CHECK(processes_of("D", 0).empty());
}

TEST_CASE("a job that closes its output runs on") {
  Harness harness;
  const AttemptOutcome outcome =
      harness.run(harness.shell("echo a; exec >&- 2>&-; sleep 0.05; exit 5"));
  CHECK(outcome.exit_code == 5);
  CHECK(contents(harness.out()) == "a\n");
}

TEST_CASE("what was written before the end is in the file at the end, in order") {
  Harness harness;
  const AttemptOutcome outcome = harness.run(harness.shell(
      "i=0; while test $i -lt 3000; do echo out $i; echo err $i >&2; i=$((i+1)); done"));
  std::string expected;
  for (int i = 0; i < 3000; ++i)
    expected += "out " + std::to_string(i) + "\nerr " + std::to_string(i) + "\n";
  CHECK(contents(harness.out()) == expected);
  CHECK(outcome.output_bytes == expected.size());
  CHECK(outcome.dropped_bytes == 0);
}

TEST_CASE("separate capture keeps two files") {
  Harness harness;
  StartRequest request = harness.shell("echo a; echo b >&2");
  request.capture = Capture::separate;
  harness.run(request);
  CHECK(contents(harness.out()) == "a\n");
  CHECK(contents(harness.out() + ".err") == "b\n");
}

TEST_CASE("two hundred attempts at once all end with their own outcome") {
  Harness harness;
  for (int i = 0; i < 200; ++i)
    harness.attempts->start(harness.shell("exit " + std::to_string(i), "N" + std::to_string(i)));
  REQUIRE(harness.until([&] { return harness.ends == 200; }));
  for (int i = 0; i < 200; ++i) CHECK(harness.outcomes["N" + std::to_string(i)].exit_code == i);
}

TEST_CASE("what runs dies with its Attempts") {
  {
    Harness harness;
    harness.attempts->start(harness.shell("echo up; exec sleep 1000", "GONE"));
    REQUIRE(harness.until([&] { return contents(harness.out("GONE")) == "up\n"; }));
  }
  CHECK(processes_of("GONE", 0).empty());
}

TEST_CASE("a child that hangs before exec hangs alone, and is ended in time") {
  Harness harness;
  const std::string fifo = harness.directory.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  StartRequest stuck = harness.shell("cat", "STUCK");
  stuck.input_path = fifo;  // nobody writes: opening it does not return
  stuck.timeout = 200ms;
  harness.attempts->start(stuck);
  CHECK(harness.run(harness.shell("exit 6", "FREE")).exit_code == 6);
  CHECK_FALSE(harness.outcomes.contains("STUCK"));
  REQUIRE(harness.until([&] { return harness.outcomes.contains("STUCK"); }));
  CHECK(harness.outcomes["STUCK"].timed_out);
  CHECK(harness.outcomes["STUCK"].signal == SIGKILL);
  CHECK_FALSE(harness.traces.contains("STUCK"));
}

namespace {

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmRSS:") {
  }
  std::size_t kib = 0;
  status >> kib;
  return kib;
}

}  // namespace

TEST_CASE("a flood of 200 MB leaves a capped file and our memory flat") {
  Harness harness;
  harness.output_of("yes | head -c 20000000");
  const std::size_t before = resident_kib();
  const AttemptOutcome outcome =
      harness.run(harness.shell("yes 'a line of text' | head -c 200000000"));
  CHECK(outcome.output_bytes == 200'000'000);
  const std::size_t size = std::filesystem::file_size(harness.out());
  CHECK(size <= 1 << 20);
  CHECK(size >= (1 << 20) / 2);
  CHECK(outcome.dropped_bytes + size > 200'000'000);
  CHECK(resident_kib() < before + 4096);
}

TEST_CASE("masked texts reach neither file nor listener") {
  Harness harness;
  StartRequest request = harness.shell("printf 'pass'; sleep 0.05; echo word is password");
  request.mask = {"password"};
  harness.run(request);
  CHECK(contents(harness.out()) == "*** is ***\n");
}

TEST_CASE("the loop goes on for as long as an attempt is there, and no longer") {
  Harness harness;
  harness.attempts->start(harness.shell("exec >&- 2>&-; sleep 0.05; exit 8"));
  harness.loop->run();
  CHECK(harness.outcomes["R1"].exit_code == 8);
}
