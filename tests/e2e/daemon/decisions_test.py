"""Overlap, retry and `after` with real processes."""

import unittest

from check import check_world, lost_firings
from harness import wait_for
from world import DaemonTest


def spans(world, job):
    """(begin, end) line numbers of each run of a job in the evidence; end is None for one that did not end."""
    begins, ends = {}, {}
    for number, line in enumerate(world.evidence()):
        if line[1] == job:
            (begins if line[0] == "begin" else ends).setdefault(line[3], number)
    return [(at, ends.get(run)) for run, at in begins.items()]


def most_at_once(world, job):
    """How many runs of a job there were at the same time, by its own account."""
    most = now = 0
    for line in world.evidence():
        if line[1] == job:
            now += 1 if line[0] == "begin" else -1
            most = max(most, now)
    return most


class Overlap(DaemonTest):
    settings = '[daemon]\nstop_timeout = "20s"\n'

    def run_job(self, overlap, until):
        self.world.evidence_job("job", "every 1s", 2.4, 0, f'overlap = "{overlap}"\n')
        self.world.start()
        wait_for(f"overlap = {overlap}", until, 25)

    def test_skip_runs_one_at_a_time_and_tells_what_it_skipped(self):
        self.run_job("skip", lambda: len(self.world.runs("job", ended=True)) >= 2)
        self.world.stop()
        history = check_world(self, self.world, {"job": 1})
        self.assertEqual(most_at_once(self.world, "job"), 1)
        skipped = self.world.decisions("job", "overlap")
        self.assertGreaterEqual(len(skipped), 2)
        ids = {run["run_id"] for run in history["runs"]}
        self.assertTrue(all(one["detail"] for one in skipped), "each says which run was in the way")
        self.assertTrue(ids)

    def test_queue_runs_every_firing_one_after_the_other(self):
        self.run_job("queue", lambda: len(self.world.runs("job", ended=True)) >= 2)
        self.world.stop()
        history = self.world.history()
        self.assertEqual(most_at_once(self.world, "job"), 1)
        self.assertEqual(lost_firings(history, "job", 1), [])
        self.assertEqual([one for one in history["decisions"] if one["reason"] != "draining"], [])
        began = [int(line[2]) for line in self.world.said("begin", "job")]
        self.assertEqual(began, sorted(began), "in order")

    def test_allow_runs_them_side_by_side(self):
        self.run_job("allow", lambda: len(self.world.runs("job", ended=True)) >= 3)
        self.world.stop()
        history = check_world(self, self.world, {"job": 1})
        self.assertGreaterEqual(most_at_once(self.world, "job"), 2)
        self.assertEqual(history["decisions"], [])

    def test_replace_ends_the_older_run_first(self):
        self.run_job("replace", lambda: len(self.world.runs("job", ended=True)) >= 2)
        self.world.settings('[daemon]\nstop_timeout = "20s"\n')
        self.world.stop()
        runs = self.world.runs("job")
        self.assertEqual({run["result"] for run in runs[:-1]}, {"cancelled"})
        self.assertEqual({run["signal"] for run in runs[:-1] if run["attempts"]}, {15})
        self.assertEqual(lost_firings(self.world.history(), "job", 1), [])
        self.assertEqual(runs[-1]["result"], "ok", "the last one was not replaced")

    def test_max_running_holds_over_all_jobs(self):
        self.world.settings('[daemon]\nmax_running = 2\nstop_timeout = "20s"\n')
        for name in ("a", "b", "c", "d", "e"):
            self.world.evidence_job(name, "@reboot", 0.7, 0)
        self.world.start()
        for name in ("a", "b", "c", "d", "e"):
            self.world.wait_run(name)
        self.world.stop()
        check_world(self, self.world, {})
        most = now = 0
        for line in self.world.evidence():
            now += 1 if line[0] == "begin" else -1
            most = max(most, now)
        self.assertEqual(most, 2)


class Retry(DaemonTest):
    def job(self, name, code, retry):
        self.world.job(name, f"""
schedule = "@reboot"
command = '''echo try $DSCHED_JOB $DSCHED_ATTEMPT/$DSCHED_MAX_ATTEMPTS $DSCHED_TRIGGER >> $EVIDENCE
echo output of try $DSCHED_ATTEMPT
{code}'''
retry = {{ {retry} }}
""")

    def tries(self, name):
        return [line[2:] for line in self.world.said("try", name)]

    def test_retries_go_by_count_and_exit_code(self):
        self.job("never", "exit 3", 'max = 2, delay = "100ms"')
        self.job("second", "[ $DSCHED_ATTEMPT = 2 ]", 'max = 3, delay = "100ms"')
        self.job("other", "exit 3", 'max = 2, delay = "100ms", on = [4, 5]')
        self.job("chosen", "[ $DSCHED_ATTEMPT = 1 ] && exit 5; exit 3", 'max = 5, delay = "100ms", on = [4, 5]')
        self.world.start()
        expected = {"never": ("failed", 3, 3), "second": ("ok", 0, 2), "other": ("failed", 3, 1),
                    "chosen": ("failed", 3, 2)}
        for name, outcome in expected.items():
            run = self.world.wait_run(name)
            self.assertEqual((run["result"], run["exit_code"], len(run["attempts"])), outcome, name)
        self.assertEqual(self.tries("never"), [["1/3", "boot"], ["2/3", "retry"], ["3/3", "retry"]])
        attempt = self.world.dsched("logs", "never", "--attempt", "2")
        self.assertEqual(attempt.stdout, "output of try 2\n")

    def test_pauses_grow_and_survive_the_daemon(self):
        self.job("growing", "date +%s.%N | sed \"s/^/at $DSCHED_JOB /\" >> $EVIDENCE; exit 1",
                 'max = 3, delay = "700ms", backoff = "exponential"')
        self.world.start()
        wait_for("two attempts", lambda: len(self.world.said("at", "growing")) == 2, 15)
        self.world.kill()
        self.world.start()
        run = self.world.wait_run("growing")
        self.assertEqual(len(run["attempts"]), 4)
        self.assertEqual(len(self.tries("growing")), 4, "the restart neither repeats nor drops an attempt")
        times = [float(line[2]) for line in self.world.said("at", "growing")]
        pauses = [later - earlier for earlier, later in zip(times, times[1:])]
        self.assertGreater(pauses[0], 0.3)
        self.assertGreater(pauses[2], pauses[0])


class After(DaemonTest):
    def job(self, name, code, more):
        self.world.evidence_job(name, "", 0, code, more)
        path = f"jobs.d/{name}.toml"
        with open(self.world.path(path), encoding="utf-8") as file:
            text = file.read()
        self.world.write(path, text.replace('schedule = ""\n', ""))

    def test_joins_wait_for_all_and_run_once(self):
        self.world.evidence_job("a", "*/4 * * * * *", 0.2, 0)
        self.world.evidence_job("b", "*/4 * * * * *", 1.0, 0)
        self.world.evidence_job("bad", "*/4 * * * * *", 0.1, 3)
        self.job("both", 0, 'after = ["a", "b"]\n')
        self.job("blocked", 0, 'after = ["a", "bad"]\n')
        self.job("alarm", 0, 'after = "bad"\nafter_on = "failure"\n')
        self.job("calm", 0, 'after = "a"\nafter_on = "failure"\n')
        self.job("always", 0, 'after = ["a", "bad"]\nafter_on = "any"\n')
        self.job("last", 0, 'after = "both"\n')
        self.world.start()
        self.world.wait_run("last", 2)
        self.world.stop()
        history = check_world(self, self.world, {name: 4 for name in ("a", "b", "bad")})
        instants = [int(line[2]) for line in self.world.said("begin", "last")][:2]
        place = {(line[0], line[1], int(line[2])): number for number, line in enumerate(self.world.evidence())}
        for at in instants:
            self.assertGreater(place["begin", "both", at], place["end", "a", at])
            self.assertGreater(place["begin", "both", at], place["end", "b", at])
            self.assertGreater(place["begin", "last", at], place["end", "both", at])
            for ran in ("alarm", "always"):
                self.assertIn(("end", ran, at), place)
            for did_not in ("blocked", "calm"):
                self.assertNotIn(("begin", did_not, at), place)
            reasons = {(one["job"], one["reason"]) for one in history["decisions"] if one["firing_unix"] == at}
            self.assertEqual(reasons, {("blocked", "upstream_failed"), ("calm", "condition")})

    def test_a_join_that_waits_survives_the_daemon(self):
        self.world.evidence_job("quick", "*/15 * * * * *", 0, 0)
        self.world.evidence_job("slow", "*/15 * * * * *", 3, 0)
        self.job("join", 0, 'after = ["quick", "slow"]\n')
        self.world.start()
        at = int(wait_for("the slow one runs", lambda: self.world.said("begin", "slow"), 20)[0][2])
        wait_for("the quick one has ended", lambda: self.world.runs("quick", ended=True), 5)
        self.world.kill()
        wait_for("the slow one ends without a daemon", lambda: self.world.said("end", "slow"), 10)
        self.world.start()
        run = self.world.wait_run("join")
        self.assertEqual((run["result"], run["scheduled_unix"], run["trigger"]), ("ok", at, "after"))

    def test_a_cycle_is_refused_whole_and_the_others_run(self):
        self.job("x", 0, 'after = "y"\n')
        self.job("y", 0, 'after = "x"\n')
        self.world.evidence_job("tick", "every 1s", 0, 0)
        self.world.start()
        self.world.wait_run("tick")
        self.assertRegex(self.world.log(), "x.*y|y.*x")


if __name__ == "__main__":
    unittest.main()
