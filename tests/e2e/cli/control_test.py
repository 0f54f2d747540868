"""trigger, stop, wait, pause, resume, resolve: what people ask a running daemon for."""

import json
import os
import unittest

from harness import Case, wait_for


class Control(Case):
    def setUp(self):
        super().setUp()
        self.gate = self.place.root / "gate"
        self.place.job("quick", 'command = "echo hello; exit ${CODE:-0}"\n')
        self.place.job("fails", 'command = "exit 28"\n')
        self.place.job("slow", f"command = 'until [ -e {self.gate} ]; do sleep 0.02; done'\n")
        self.place.job("often", 'command = "true"\nschedule = "* * * * * *"\n')
        self.place.job("param", 'command = "echo $DSCHED_PARAM_DAY"\n[[param]]\nname = "DAY"\nchoices = ["mon", "tue"]\n'
                                "required = true\n")

    def runs(self, job):
        return self.json("history", job)["runs"]

    def state(self, job):
        return self.json("list", job)["jobs"][0]["state"]


class Trigger(Control):
    def test_it_prints_the_run_and_how_to_undo_it(self):
        self.place.daemon()
        self.ok("trigger", "--wait", "often")  # the supervisor is there
        text = self.ok("trigger", "quick")
        run_id = wait_for("the run", lambda: self.runs("quick"))[0]["run_id"][4:12].lower()
        self.assertEqual(f"quick: started, run {run_id}.  Undo: dsched stop {run_id}\n", text)
        self.assertEqual("manual", self.runs("quick")[0]["trigger"])

    def test_quiet_prints_the_run_id_only(self):
        self.place.daemon()
        self.ok("trigger", "--wait", "quick")  # nothing waits for the supervisor to begin any more
        run_id = self.ok("trigger", "-q", "quick").strip()
        self.assertEqual(run_id, self.json("wait", run_id)["runs"][0]["run_id"])

    def test_wait_has_the_code_of_the_run(self):
        self.place.daemon()
        done = self.place.run("trigger", "--wait", "quick", "fails")
        self.assertEqual(28, done.returncode, done.stderr)
        self.assertRegex(done.stdout, r"quick ended ok after \S+, run \w{8}\nfails ended exit 28 after")
        answer = self.json("trigger", "--wait", "fails", code=28)
        self.assertEqual("started", answer["firings"][0]["state"])
        self.assertEqual(("failed", 28), (answer["runs"][0]["result"], answer["exit_code"]))

    def test_of_several_those_that_run_after_others_do_so(self):
        self.place.job("first", 'command = "true"\n')
        self.place.job("second", 'command = "true"\nafter = "first"\n')
        self.place.daemon()
        answer = self.json("trigger", "second", "first", "--wait")
        self.assertEqual(["second", "first"], [firing["job"] for firing in answer["firings"]])
        self.assertEqual(("waiting", "after first"), (answer["firings"][0]["state"], answer["firings"][0]["detail"]))
        second, first = answer["runs"]
        self.assertLessEqual(first["ended_at"], second["started_at"])

    def test_parameters(self):
        self.place.daemon()
        self.assertEqual(0, self.place.run("trigger", "param", "--wait", "--param", "DAY=tue").returncode)
        self.assertEqual("tue\n", self.ok("logs", "param"))
        self.assertEqual({"DAY": "tue"}, self.runs("param")[0]["params"])
        self.assertIn("must be one of mon, tue, not 'fri'", self.fails(2, "trigger", "param", "--param", "DAY=fri"))
        self.assertIn("needs the parameter 'DAY'", self.fails(2, "trigger", "param"))
        self.assertIn("has no parameter 'DAY'", self.fails(2, "trigger", "quick", "--param", "DAY=mon"))

    def test_what_is_busy_is_skipped_with_75(self):
        self.place.daemon()
        self.ok("trigger", "slow")
        done = self.place.run("trigger", "slow")
        self.assertEqual(75, done.returncode)
        self.assertRegex(done.stdout, r"^slow: skipped \(.*\)\.  Next: dsched why slow\n$")
        self.assertEqual("overlap", self.json("trigger", "slow", code=75)["firings"][0]["reason"])
        self.ok("trigger", "--force", "slow")
        wait_for("two runs", lambda: len(self.runs("slow")) == 2)
        self.gate.touch()

    def test_firings_of_the_past_are_made_up_for_once(self):
        self.place.job("hourly", 'command = "echo $DSCHED_SCHEDULED_UNIX $DSCHED_TRIGGER"\nschedule = "0 * * * *"\n')
        self.place.daemon()
        at = "2026-11-18T02:00"
        answer = self.json("trigger", "hourly", "--backfill", f"{at}..2026-11-18T04:00", "--wait")
        self.assertEqual(["ok"] * 3, [run["result"] for run in answer["runs"]])
        self.assertEqual({"backfill"}, {run["trigger"] for run in answer["runs"]})
        self.assertEqual(["2026-11-18T02:00:00+01:00", "2026-11-18T03:00:00+01:00", "2026-11-18T04:00:00+01:00"],
                         [run["scheduled_at"] for run in answer["runs"]])
        done = self.place.run("trigger", "hourly", "--backfill", f"{at}..2026-11-18T04:00")
        self.assertEqual((0, ""), (done.returncode, done.stdout))
        self.assertIn("nothing to make up for", done.stderr)
        again = self.json("trigger", "hourly", "--scheduled-at", at, code=75)
        self.assertEqual("refused", again["firings"][0]["state"])
        self.assertIn("'hourly' is not due at Wed 2026-11-18 02:30",
                      self.fails(2, "trigger", "hourly", "--scheduled-at", "2026-11-18T02:30"))

    def test_errors(self):
        self.assertIn("no daemon is running", self.fails(4, "trigger", "quick"))
        self.place.daemon()
        self.assertIn("no job 'quikc'; did you mean 'quick'?", self.fails(3, "trigger", "quikc"))
        self.assertIn("with --file there is no daemon",
                      self.fails(2, "trigger", "-f", self.place.job("x", 'command = "true"\n'), "x"))


class StopAndWait(Control):
    def test_stop_ends_a_run_which_is_cancelled(self):
        self.place.daemon()
        self.ok("trigger", "--wait", "quick")
        run_id = self.ok("trigger", "-q", "slow").strip()
        waiting = self.place.start("wait", "slow")
        text = self.ok("stop", "slow")
        self.assertEqual(f"run {run_id[4:12].lower()} is asked to end.  Quicker: dsched stop --now "
                         f"{run_id[4:12].lower()}\n", text)
        out, _ = waiting.communicate(timeout=30)
        self.assertIn("slow ended cancelled", out)
        self.assertEqual("cancelled", self.runs("slow")[0]["result"])
        self.assertIn("has ended already", self.fails(3, "stop", run_id))
        self.assertIn("'slow' does not run, and nothing of it waits", self.fails(3, "stop", "slow"))

    def test_what_waits_is_shown_and_can_be_taken_back(self):
        self.place.job("queue", f"overlap = \"queue\"\ncommand = 'until [ -e {self.gate} ]; do sleep 0.02; done'\n")
        self.place.daemon()
        self.ok("trigger", "queue")
        text = self.ok("trigger", "queue")
        self.assertRegex(text, r"^queue: waiting \(.*\)\.  Undo: dsched stop queue\n$")
        listed = self.json("list", "queue")["jobs"][0]
        self.assertEqual("overlap", listed["waiting"]["reason"])
        self.assertEqual(1, len(self.json("history", "queue", "--decisions")["waiting"]))
        report = self.json("stop", "queue")
        self.assertEqual((1, 1), (len(report["stopping"]), report["taken_back"]))
        decisions = wait_for("the decision", lambda: self.json("history", "queue", "--decisions")["decisions"])
        self.assertEqual("cancelled", decisions[0]["reason"])
        self.assertEqual([], self.json("history", "queue", "--decisions")["waiting"])

    def test_wait_gives_up_after_the_timeout(self):
        self.place.daemon()
        self.ok("trigger", "slow")
        self.fails(124, "wait", "slow", "--timeout", "200ms")
        self.gate.touch()
        self.assertEqual(0, self.place.run("wait", "slow").returncode)

    def test_wait_of_what_has_ended_answers_at_once(self):
        self.place.run("run", "fails")
        done = self.place.run("wait", "fails")
        self.assertEqual(28, done.returncode)
        self.assertRegex(done.stdout, r"^fails ended exit 28 after \S+, run \w{8}\n$")
        self.assertIn("'quick' has not run yet", self.fails(3, "wait", "quick"))

    def test_what_a_foreground_run_runs_is_not_the_daemons(self):
        self.place.daemon()
        process = self.place.start("run", "slow")
        run = wait_for("the run", lambda: self.runs("slow"))[0]
        self.assertIn("is not the daemon's", self.fails(2, "stop", run["run_id"]))
        self.gate.touch()
        process.communicate(timeout=30)


class Pauses(Control):
    def test_firings_of_a_paused_job_are_skipped_until_it_is_resumed(self):
        self.place.daemon()
        wait_for("a run", lambda: self.runs("often"))
        self.assertEqual("paused often.  Undo: dsched resume often\n", self.ok("pause", "often", "--reason", "disks"))
        decision = wait_for("a skip", lambda: self.json("history", "often", "--decisions")["decisions"])[0]
        self.assertEqual("paused", decision["reason"])
        paused = self.json("list", "often")["jobs"][0]["paused"]
        self.assertEqual(("person", "disks", False, None),
                         (paused["kind"], paused["reason"], paused["all_jobs"], paused["until_at"]))
        self.assertTrue(paused["who"])
        self.assertIn("dsched resume often", self.ok("why", "often"))
        self.assertEqual(["often"], [job["name"] for job in self.json("list", "--paused")["jobs"]])
        self.assertEqual("often may start again.  Undo: dsched pause often\n", self.ok("resume", "often"))
        before = len(self.runs("often"))
        wait_for("it to run again", lambda: len(self.runs("often")) > before)
        self.assertEqual("often was not paused\n", self.ok("resume", "often"))

    def test_a_pause_outlives_the_daemon(self):
        daemon = self.place.daemon()
        self.ok("pause", "quick", "--for", "2h")
        daemon.stop()
        self.assertEqual("paused", self.state("quick"))
        self.place.daemon()
        answer = self.json("trigger", "quick", code=75)
        self.assertEqual(("skipped", "paused"), (answer["firings"][0]["state"], answer["firings"][0]["reason"]))

    def test_all_jobs(self):
        self.place.daemon()
        self.assertEqual("paused all jobs.  Undo: dsched resume --all\n", self.ok("pause", "--all"))
        self.assertEqual("quick is paused with all jobs.  Next: dsched resume --all\n", self.ok("resume", "quick"))
        self.assertEqual(75, self.place.run("trigger", "quick").returncode)
        self.assertEqual("all jobs may start again.  Undo: dsched pause --all\n", self.ok("resume", "--all"))
        self.ok("trigger", "quick")

    def test_kill_ends_what_runs(self):
        self.place.daemon()
        self.ok("trigger", "slow")
        self.assertEqual(1, len(self.json("pause", "slow", "--kill")["stopping"]))
        self.place.run("wait", "slow")
        self.assertEqual("cancelled", self.runs("slow")[0]["result"])

    def test_wrong_lines(self):
        self.place.daemon()
        for words, message in ((["pause"], "name jobs, or say --all"), (["resume"], "name jobs, or say --all"),
                               (["pause", "quick", "--all"], "either jobs or --all"),
                               (["pause", "quick", "--for", "1h", "--until", "23:59"], "exclude each other"),
                               (["pause", "quick", "--until", "yesterday"], "that time is over")):
            with self.subTest(words=words):
                self.assertIn(message, self.fails(2, *words))
        self.assertIn("did you mean 'quick'?", self.fails(3, "pause", "quikc"))

    def test_a_job_that_is_held_after_a_lost_run_waits_for_resolve(self):
        self.place.job("hold", f"on_lost = \"hold\"\ncommand = 'until [ -e {self.gate} ]; do sleep 0.02; done'\n")
        self.place.daemon()
        self.ok("trigger", "hold")
        wait_for("it to run", lambda: self.state("hold") == "running")
        self.place.end_supervisor()
        paused = wait_for("it to be held", lambda: self.json("list", "hold")["jobs"][0]["paused"])
        self.assertEqual("hold", paused["kind"])
        refused = self.place.run("resume", "hold")
        self.assertEqual((1, "hold is held since a run of it was lost.  Next: dsched resolve hold\n"),
                         (refused.returncode, refused.stdout))
        self.assertIn("stays so", self.fails(6, "pause", "hold"))
        self.assertEqual(75, self.place.run("trigger", "hold").returncode)
        self.assertIn("dsched resolve hold", self.ok("why", "hold"))
        self.assertEqual("hold may start again.  Undo: dsched pause hold\n", self.ok("resolve", "hold"))
        self.gate.touch()
        wait_for("it to run again", lambda: self.place.run("trigger", "--wait", "hold").returncode == 0)

    def test_resolve_says_when_nothing_is_held(self):
        self.place.daemon()
        self.assertEqual("quick was not paused\n", self.ok("resolve", "quick"))
        answer = self.json("resolve", "quick")
        self.assertEqual(([], ["quick"]), (answer["resumed"], answer["not_paused"]))


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class Strangers(Control):
    def test_they_may_look_but_not_touch(self):
        self.place.daemon()
        socket = self.place.runtime / "dsched" / "control.sock"
        for path in (self.place.root, self.place.runtime, socket.parent):
            path.chmod(0o755)
        script = ("import json,os,socket,struct,sys,zlib\n"
                  "os.setuid(65534)\n"
                  "def crc(data):\n"
                  "  c=0xffffffff\n"
                  "  for b in data:\n"
                  "    c^=b\n"
                  "    for _ in range(8): c=(c>>1)^(0x82f63b78 if c&1 else 0)\n"
                  "  return c^0xffffffff\n"
                  "for request in ({'request':'status'},{'request':'trigger','jobs':['quick']}):\n"
                  "  body=json.dumps(request).encode()\n"
                  f"  s=socket.socket(socket.AF_UNIX); s.connect('{socket}')\n"
                  "  s.sendall(struct.pack('<II',len(body),crc(body))+body)\n"
                  "  print(s.recv(65536)[8:].decode())\n")
        import subprocess
        import sys
        lines = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30,
                               check=True).stdout.splitlines()
        self.assertTrue(json.loads(lines[0])["ok"])
        self.assertEqual("denied", json.loads(lines[1])["error"])


if __name__ == "__main__":
    unittest.main()
