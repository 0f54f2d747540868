"""kill -9 of the daemon, of its supervisor, and of both: what must survive does, what must end does."""

import random
import signal
import time
import unittest

from check import check_world
from harness import wait_for
from world import DaemonTest, is_running

JOBS = {"quick": (1, 0.2, ""), "half": (2, 1.0, ""), "long": (3, 3.5, ""), "longer": (5, 6.0, 'overlap = "allow"\n')}
EVERY = {name: every for name, (every, _, _) in JOBS.items()}

# Ignores TERM, and leaves a process in a session of its own that has lost all ties but its environment.
STUBBORN = """
schedule = "every 4s"
command = '''
trap '' TERM
echo "begin $DSCHED_JOB $DSCHED_SCHEDULED_UNIX $DSCHED_RUN_ID $DSCHED_ATTEMPT $$" >> "$EVIDENCE"
( setsid sh -c 'trap "" TERM; sleep 301 & sleep 302' > /dev/null 2>&1 & )
sleep 303
'''
"""
PLAIN = """
schedule = "every 4s"
command = '''
echo "begin $DSCHED_JOB $DSCHED_SCHEDULED_UNIX $DSCHED_RUN_ID $DSCHED_ATTEMPT $$" >> "$EVIDENCE"
sleep 304
'''
"""


class Kill(DaemonTest):
    settings = '[daemon]\nstop_timeout = "20s"\n'

    def write_jobs(self):
        for name, (every, seconds, more) in JOBS.items():
            self.world.evidence_job(name, f"every {every}s", seconds, "by-time", more)

    def running_pids(self):
        ended = {(line[3], line[4]) for line in self.world.said("end")}
        return {line[3]: int(line[5]) for line in self.world.said("begin") if (line[3], line[4]) not in ended}

    def assert_undisturbed(self, pids):
        """Each of these jobs still runs as the same process, or has ended by itself."""
        over = {line[3] for line in self.world.said("end")}
        gone = [run for run, pid in pids.items() if not is_running(pid) and run not in over]
        wait_for(f"jobs that are gone have ended: {gone}",
                 lambda: {line[3] for line in self.world.said("end")}.issuperset(gone), 1)

    def test_killing_the_daemon_five_times_loses_and_doubles_nothing(self):
        self.write_jobs()
        self.world.start()
        supervisor = self.world.supervisor()
        dice = random.Random(1)
        for _ in range(5):
            time.sleep(dice.uniform(1.5, 2.5))
            running = self.running_pids()
            self.world.kill()
            time.sleep(dice.uniform(1, 3))
            self.assert_undisturbed(running)
            self.world.start()
            self.assertEqual(self.world.supervisor(), supervisor, "the daemon finds its supervisor again")
        wait_for("long runs end", lambda: len(self.world.said("end", "longer")) >= 2, 20)
        self.assertEqual(self.world.stop(40), 0)
        history = check_world(self, self.world, EVERY)
        # What was claimed and had not begun when the daemon was stopped is cancelled.
        self.assertEqual({run["result"] for run in history["runs"] if run["attempts"]}, {"ok", "failed"})
        self.assertEqual({one["reason"] for one in history["decisions"]} - {"overlap"}, set())
        self.assertGreater(sum(run["exit_code"] != 0 for run in history["runs"]), 5)

    def start_stubborn_jobs(self):
        self.world.job("stubborn", STUBBORN)
        self.world.job("plain", PLAIN)
        self.world.evidence_job("tick", "every 1s", 0, 0)
        self.world.start()
        wait_for("jobs run", lambda: self.world.said("begin", "stubborn") and self.world.said("begin", "plain"), 15)
        wait_for("they have processes", lambda: len(self.world.job_processes("DSCHED_JOB=stubborn\0")) >= 4, 5)
        return {job: self.world.said("begin", job)[0][3] for job in ("stubborn", "plain")}

    def assert_lost_and_gone(self, doomed):
        for job, run_id in doomed.items():
            run = wait_for(f"{job} has an outcome", lambda j=job, r=run_id: next(
                (run for run in self.world.runs(j, ended=True) if run["run_id"] == r), None), 20)
            self.assertEqual(run["result"], "lost")
            self.assertEqual(self.world.job_processes(f"DSCHED_RUN_ID={run_id}\0"), [], "nothing is left running")
            wait_for(f"the next firing of {job} runs",
                     lambda j=job, r=run_id: any(line[3] != r for line in self.world.said("begin", j)), 15)

    def finish(self):
        """Ends everything, the stubborn too, and compares the accounts."""
        self.world.daemon.send_signal(signal.SIGTERM)
        wait_for("it is stopping", lambda: "stopping" in self.world.log(), 5)
        self.world.daemon.send_signal(signal.SIGTERM)
        time.sleep(0.2)  # two signals that wait at the same time are one
        self.world.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.world.daemon.wait(20), 0)
        self.assertEqual(self.world.job_processes(), [])
        wait_for("the supervisor ends", lambda: not self.world.supervisors(), 15)
        return check_world(self, self.world, {"tick": 1, "stubborn": 4, "plain": 4})

    def test_killing_the_supervisor_ends_its_jobs_and_reports_them_lost(self):
        doomed = self.start_stubborn_jobs()
        self.world.kill_supervisors()
        self.assert_lost_and_gone(doomed)
        self.assertIsNone(self.world.daemon.poll(), "the daemon goes on")
        self.finish()

    def test_killing_both_ends_the_jobs_and_reports_them_lost(self):
        doomed = self.start_stubborn_jobs()
        self.world.daemon.kill()
        self.world.kill_supervisors()
        self.world.daemon.wait(10)
        self.world.start()
        self.assert_lost_and_gone(doomed)
        self.finish()

    def test_a_supervisor_outlives_its_daemon_only_while_jobs_run(self):
        self.world.evidence_job("once", "@reboot", 2, 5)
        self.world.start()
        wait_for("the job runs", lambda: self.world.said("begin", "once"), 10)
        self.world.kill()
        wait_for("the job ends without a daemon", lambda: self.world.said("end", "once"), 10)
        wait_for("the supervisor ends by itself", lambda: not self.world.supervisors(), 20)
        self.world.start()
        run = self.world.wait_run("once")
        self.assertEqual((run["result"], run["exit_code"]), ("failed", 5))
        self.world.stop()
        check_world(self, self.world, {})


if __name__ == "__main__":
    unittest.main()
