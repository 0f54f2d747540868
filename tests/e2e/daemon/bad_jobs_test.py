"""Jobs that do what jobs should not: none of them hangs a run, fills the memory or leaves a zombie."""

import time
import unittest

from harness import IS_SANITIZED, wait_for
from world import DaemonTest, children_of, measured, process_state, resident_kib

# 1 GiB, no end on TERM, and helpers in the background and in a session of their own.
FLOOD = """
schedule = "@reboot"
timeout = "2s"
kill_after = "1s"
command = '''
trap '' TERM
( setsid sleep 301 & )
( sleep 302 & )
head -c 1073741824 /dev/zero | tr '\\\\0' x &
yes & yes &
sleep 303
'''
[output]
max_size = "1M"
"""


class BadJobs(DaemonTest):
    def job_once(self, name, command, more=""):
        self.world.job(name, f'schedule = "@reboot"\n{more}\ncommand = \'\'\'\n{command}\n\'\'\'\n')

    def test_a_flood_that_ignores_term_ends_in_time_and_costs_no_memory(self):
        self.world.start()
        supervisor = self.world.supervisor()
        pids = [self.world.daemon.pid, supervisor]
        before = [resident_kib(pid) for pid in pids]
        self.world.job("flood", FLOOD.replace("@reboot", "* * * * * *"))
        wait_for("the flood starts", lambda: self.world.runs("flood"), 10)
        self.world.evidence_job("tick", "every 1s", 0, 0)
        peak = before
        run = None
        for _ in range(200):
            peak = [max(old, resident_kib(pid)) for old, pid in zip(peak, pids)]
            run = next(iter(self.world.runs("flood", ended=True)), None)
            if run:
                break
            time.sleep(0.1)
        self.assertEqual((run["result"], run["exit_code"]), ("timeout", 124))
        self.assertLess(run["duration_s"], 5)
        self.assertEqual(self.world.job_processes(f"DSCHED_RUN_ID={run['run_id']}\0"), [])
        self.assertTrue(run["log"]["truncated"])
        text = self.world.output(run)
        self.assertLessEqual(len(text), 1 << 20)
        self.assertRegex(text, r"\[dsched: \d+ bytes left out here\]\n")
        self.assertGreater(run["log"]["bytes"], 50 << 20, "the flood was one")
        self.assertTrue(self.world.runs("tick"), "other jobs run meanwhile")
        for name, low, high in zip(("daemon", "supervisor"), before, peak):
            measured(f"{name}: {low} KiB before, {high} KiB at most during {run['log']['bytes'] >> 20} MiB of output")
            if not IS_SANITIZED:
                self.assertLess(high - low, 24 << 10)
        self.world.job("flood", FLOOD.replace("@reboot", "0 0 1 1 *"))

    def test_output_that_is_closed_early_does_not_end_the_run(self):
        self.job_once("closes", "echo before; exec >&- 2>&-; sleep 1; exit 3")
        self.world.start()
        run = self.world.wait_run("closes")
        self.assertEqual((run["result"], run["exit_code"]), ("failed", 3))
        self.assertGreaterEqual(run["duration_s"], 1)
        self.assertEqual(self.world.output(run), "before\n")

    def test_a_grandchild_that_holds_the_pipe_does_not_hold_the_run(self):
        self.job_once("holds", "sh -c 'sleep 2; echo late; sleep 1' & echo early; exit 4")
        self.world.start()
        supervisor = self.world.supervisor()
        run = self.world.wait_run("holds")
        self.assertEqual((run["result"], run["exit_code"]), ("failed", 4))
        self.assertLess(run["duration_s"], 1.5)
        wait_for("what comes later is kept too", lambda: self.world.output(run) == "early\nlate\n", 10)
        wait_for("the grandchild ends by itself", lambda: not self.world.job_processes(), 10)
        wait_for("no zombie is left", lambda: not children_of(supervisor), 5)

    def test_orphans_become_no_zombies(self):
        self.job_once("orphans", "for i in 1 2 3 4 5 6 7 8; do ( setsid sleep 0.3 & ); done; exit 0")
        self.world.start()
        supervisor = self.world.supervisor()
        self.world.wait_run("orphans")
        wait_for("orphans end", lambda: not self.world.job_processes(), 10)
        wait_for("no zombie is left", lambda: all(process_state(pid) != "Z" for pid in children_of(supervisor)), 5)

    def test_a_job_may_kill_itself_or_its_group(self):
        self.job_once("segv", "kill -SEGV $$")
        self.job_once("group", "kill -KILL 0")
        self.world.start()
        segv, group = self.world.wait_run("segv"), self.world.wait_run("group")
        self.assertEqual((segv["result"], segv["signal"], segv["exit_code"]), ("killed", 11, 139))
        self.assertEqual((group["result"], group["signal"], group["exit_code"]), ("killed", 9, 137))

    def test_binary_output_is_kept_as_it_is(self):
        self.job_once("binary", r"printf '\000\377\033[31m\r\nno newline'")
        self.world.start()
        run = self.world.wait_run("binary")
        with open(run["log"]["path"], "rb") as file:
            self.assertEqual(file.read(), b"\0\xff\x1b[31m\r\nno newline")


if __name__ == "__main__":
    unittest.main()
