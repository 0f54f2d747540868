"""dsched run."""

import json
import os
import signal
import time
import unittest

from harness import Case, wait_for

PIPELINE = """
[job.lint]
command = "echo lint"

[job.build]
command = "echo build"
after = ["lint"]

[job.test]
command = "echo test; exit ${CODE:-0}"
after = ["build"]

[job.other]
command = "echo other"
"""


class OneJob(Case):
    def test_output_passes_through_and_the_code_is_the_jobs(self):
        self.place.job("a", 'command = "echo out; echo err >&2; exit 28"\n')
        done = self.place.run("run", "a")
        self.assertEqual((28, "out\n"), (done.returncode, done.stdout))
        self.assertRegex(done.stderr, r"^dsched: a: start\nerr\ndsched: a: exit 28 \(\S+\)\n$")

    def test_quiet_says_nothing_of_its_own(self):
        self.place.job("a", 'command = "echo err >&2"\n')
        self.assertEqual("err\n", self.place.run("run", "-q", "a").stderr)

    def test_codes(self):
        rows = [("exit 0", 0), ("exit 1", 1), ("exit 255", 255), ("kill -9 $$", 137), ("kill -TERM $$", 143)]
        for command, code in rows:
            with self.subTest(command=command):
                self.assertEqual(code, self.place.run("run", "--", command).returncode)
        self.place.job("fine", 'command = "exit 3"\nsuccess_exit = [0, 3]\n')
        self.assertEqual(0, self.place.run("run", "fine").returncode)
        self.assertEqual(127, self.place.run("run", "--", "/no/such/program", "x").returncode)
        self.assertEqual(126, self.place.run("run", "--", "/etc/passwd", "x").returncode)

    def test_a_timeout(self):
        start = time.monotonic()
        self.assertEqual(124, self.place.run("run", "--timeout", "300ms", "--", "sleep 60").returncode)
        self.assertLess(time.monotonic() - start, 20)

    def test_retries(self):
        counter = self.place.root / "tries"
        self.place.job("flaky", f'command = "echo x >> {counter}; [ $(wc -l < {counter}) = 3 ]"\n'
                                '[retry]\ndelay = "1ms"\n')
        done = self.place.run("run", "flaky", "--retry", 5)
        self.assertEqual(0, done.returncode)
        self.assertIn("dsched: flaky: try 2 of 6 failed (exit 1), again in", done.stderr)

    def test_variables(self):
        self.place.job("a", 'command = "echo $A $B $MINE"\nenv = { A = "1", B = "2" }\n')
        self.assertEqual("1 3 yes\n", self.ok("run", "a", "--env", "B=3", env={"MINE": "yes"}))
        self.assertEqual("1 2\n", self.ok("run", "a", "--as-daemon", env={"MINE": "yes"}))

    def test_words_for_the_job(self):
        self.place.job("list", 'command = ["printf", "%s|", "a b"]\n')
        self.place.job("shell", "command = \"printf '%s|'\"\n")
        self.assertEqual("a b|--json|it's|", self.ok("run", "list", "--", "--json", "it's"))
        self.assertEqual("--json|it's|", self.ok("run", "shell", "--", "--json", "it's"))

    def test_wrong_names(self):
        self.place.job("backup/db", 'command = "true"\n')
        self.assertEqual("dsched: no job 'bakcup/db'; did you mean 'backup/db'?\n", self.fails(3, "run", "bakcup/db"))
        self.place.job("broken", 'command = "true"\ntimeout = 3\n')
        self.assertIn("job 'broken' has errors", self.fails(2, "run", "broken"))

    def test_json_is_alone_on_stdout(self):
        self.place.job("a", 'command = "echo out; exit 28"\n')
        done = self.place.run("run", "a", "--json")
        answer = json.loads(done.stdout)
        self.assertEqual(("dsched.run/1", "a", "failed", 28, "manual"),
                         tuple(answer[key] for key in ("schema", "job", "result", "exit_code", "trigger")))
        self.assertIn("out\n", done.stderr)

    def test_it_is_recorded_unless_not_wanted(self):
        self.place.job("a", 'command = "true"\n')
        self.ok("run", "a", "--no-record")
        self.ok("run", "a", "--no-state")
        self.assertEqual([], self.json("history")["runs"])
        self.ok("run", "a")
        self.assertEqual(1, len(self.json("history")["runs"]))

    def test_a_state_directory_that_cannot_be_written_is_one_warning(self):
        self.place.job("a", 'command = "echo hi"\n')
        done = self.place.run("run", "a", "--state", "/proc/nothing")
        self.assertEqual((0, "hi\n"), (done.returncode, done.stdout))
        self.assertEqual(1, done.stderr.count("not recorded"), done.stderr)

    def test_ctrl_c_stops_the_job(self):
        process = self.place.start("run", "--", "echo ready; exec sleep 60")
        self.assertEqual("ready\n", process.stdout.readline())
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
        self.assertEqual(130, process.returncode, err)
        self.assertIn("stopping", err)

    def test_a_schedule_in_the_foreground(self):
        process = self.place.start("run", "-s", "every 1s", "--", "echo tick")
        for _ in range(2):
            self.assertEqual("tick\n", process.stdout.readline())
        os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
        self.assertEqual(130, process.returncode)


class SeveralJobs(Case):
    def setUp(self):
        super().setUp()
        self.file = self.place.file("ci.toml", PIPELINE)

    def test_the_whole_file_in_order(self):
        done = self.place.run("run", "-f", self.file)
        self.assertEqual(0, done.returncode, done.stderr)
        lines = done.stdout.split()
        self.assertEqual({"lint", "build", "test", "other"}, set(lines))
        self.assertLess(lines.index("lint"), lines.index("build"))
        self.assertLess(lines.index("build"), lines.index("test"))

    def test_a_named_job_brings_what_it_runs_after(self):
        self.assertEqual(["lint", "build", "test"], self.ok("run", "-f", self.file, "test").split())
        self.assertEqual(["test"], self.ok("run", "-f", self.file, "test", "--only").split())

    def test_from_standard_input(self):
        self.assertEqual(["other"], self.ok("run", "-f", "-", "other", stdin=PIPELINE).split())

    def test_the_code_of_the_first_that_failed(self):
        self.assertEqual(6, self.place.run("run", "-f", self.file, env={"CODE": "6"}).returncode)

    def test_an_alarm_that_was_not_needed_is_no_failure(self):
        self.place.file("alarm.toml", '[job.work]\ncommand = "true"\n'
                        '[job.alarm]\ncommand = "echo alarm"\nafter = "work"\nafter_on = "failure"\n')
        done = self.place.run("run", "-f", "alarm.toml")
        self.assertEqual((0, ""), (done.returncode, done.stdout))

    def test_a_failure_ends_what_depends_on_it(self):
        file = self.place.file("f.toml", '[job.a]\ncommand = "exit 4"\n[job.b]\ncommand = "echo b"\nafter = ["a"]\n'
                                         '[job.c]\ncommand = "echo c"\nafter = ["d"]\n[job.d]\ncommand = "sleep 0.3"\n')
        done = self.place.run("run", "-f", file, "-j", 2, "-k")
        self.assertEqual((4, "c\n"), (done.returncode, done.stdout))
        self.assertIn("dsched: b: skipped: upstream_failed", done.stderr)

    def test_jobs_run_side_by_side(self):
        meet = self.place.root / "meet"
        meet.mkdir()
        wait = "while [ $(ls {0} | wc -l) -lt 3 ]; do sleep 0.02; done"
        text = "".join(f"[job.j{n}]\ncommand = '''touch {meet}/{n}; {wait.format(meet)}'''\ntimeout = \"20s\"\n"
                       for n in range(3))
        self.ok("run", "-f", self.place.file("p.toml", text), "-j", 3)

    def test_json_of_several(self):
        answer = self.json("run", "-f", self.file)
        self.assertEqual(("dsched.runs/1", 0, 4), (answer["schema"], answer["exit_code"], len(answer["runs"])))

    def test_a_file_with_errors_runs_nothing(self):
        bad = self.place.file("bad.toml", PIPELINE + "frob = 1\n")
        done = self.place.run("run", "-f", bad)
        self.assertEqual((2, ""), (done.returncode, done.stdout))
        self.assertIn("error[E201]", done.stderr)

    def test_the_plan(self):
        self.assertRegex(self.ok("run", "-f", self.file, "test", "--dry-run"),
                         r"^would run 3 jobs as \S+\n"
                         r"  1  lint   echo lint\n"
                         r"  2  build  echo build   \(after lint\)\n"
                         r"  3  test   echo test; exit \$\{CODE:-0\}   \(after build\)\n$")
        steps = self.json("run", "-f", self.file, "--dry-run")["steps"]
        self.assertEqual({"lint": 1, "other": 1, "build": 2, "test": 3}, {step["job"]: step["step"] for step in steps})


class From(Case):
    """run --from: again from a job on."""

    def setUp(self):
        super().setUp()
        self.out = self.place.root / "out"
        self.fix = self.place.root / "fix"
        for name, more in (("a", ""), ("b", 'after = "a"\n'), ("c", 'after = "b"\n'), ("other", "")):
            test = f"; [ {name} != b ] || [ -e {self.fix} ]"
            self.place.job(name, f"command = 'echo {name} >> {self.out}{test}'\n{more}")

    def ran(self):
        text = self.out.read_text().split() if self.out.exists() else []
        self.out.unlink(missing_ok=True)
        return text

    def test_what_ended_ok_is_not_run_again(self):
        self.fails(1, "run", "a", "b", "c")
        self.assertEqual(["a", "b"], self.ran())
        self.fix.touch()
        self.ok("run", "--from", "b")
        self.assertEqual(["b", "c"], self.ran())
        self.ok("run", "--from", "c")
        self.assertEqual(["c"], self.ran())
        self.ok("run", "--from", "a")
        self.assertEqual(["a", "b", "c"], self.ran())

    def test_what_failed_elsewhere_in_the_graph_is_run_too(self):
        self.fails(1, "run", "a", "b")
        self.ran()
        self.fix.touch()
        self.ok("run", "--from", "c")
        self.assertEqual(["b", "c"], self.ran())

    def test_a_name_that_is_none(self):
        self.assertIn("no job 'd'", self.fails(3, "run", "--from", "d"))


class Busy(Case):
    """run --if-busy: when a job runs elsewhere."""

    def setUp(self):
        super().setUp()
        self.gate = self.place.root / "gate"
        self.place.job("slow", f"command = 'until [ -e {self.gate} ]; do sleep 0.02; done'\n")
        self.other = self.place.start("run", "slow")
        wait_for("the other to run", lambda: self.place.run("history", "slow", "-q", "--plain").stdout)

    def tearDown(self):
        self.gate.touch()
        self.other.communicate(timeout=30)

    def test_fail_and_skip(self):
        self.assertRegex(self.fails(75, "run", "slow", "--if-busy", "fail"), "'slow' is running already, run ")
        done = self.place.run("run", "slow", "--if-busy", "skip")
        self.assertEqual(0, done.returncode)
        self.assertIn("skipped", done.stderr)
        self.assertEqual(1, len(self.json("history", "slow")["runs"]))

    def test_wait(self):
        second = self.place.start("run", "slow", "--if-busy", "wait")
        self.assertIn("waiting", second.stderr.readline())
        self.gate.touch()
        self.assertEqual(0, second.wait(30))
        second.communicate()
        self.assertEqual(["ok", "ok"], [run["result"] for run in self.json("history", "slow")["runs"]])

    def test_a_process_that_was_killed_is_not_busy(self):
        self.other.kill()
        self.other.wait(30)
        self.gate.touch()
        self.ok("run", "slow", "--if-busy", "fail")


class Parameters(Case):
    def test_they_are_checked_and_seen(self):
        self.place.job("load", 'command = "echo $DSCHED_PARAM_DAY $DSCHED_PARAM_SPEED"\n[[param]]\nname = "DAY"\n'
                               'choices = ["mon", "tue"]\nrequired = true\n[[param]]\nname = "SPEED"\n'
                               'default = "slow"\n')
        self.assertEqual("mon slow\n", self.ok("run", "load", "--param", "DAY=mon"))
        self.assertIn("must be one of mon, tue, not 'x'", self.fails(2, "run", "load", "--param", "DAY=x"))
        self.assertIn("needs the parameter 'DAY'", self.fails(2, "run", "load"))


class WithADaemon(Case):
    def test_reload_tells_what_changed(self):
        self.place.job("a", 'command = "true"\nschedule = "@yearly"\n')
        daemon = self.place.daemon()
        self.place.job("b", 'command = "true"\n')
        wait_for("b to be known", lambda: self.json("reload")["jobs"] == 2)
        self.assertEqual(0, daemon.stop())
        self.assertEqual(4, self.place.run("reload").returncode)

    def test_add_tells_the_daemon(self):
        self.place.daemon()
        self.assertIn("daemon   running, loaded it.", self.ok("add", "a", "-s", "@yearly", "--", "true"))


if __name__ == "__main__":
    unittest.main()
