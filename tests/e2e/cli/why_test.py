"""dsched why, without a daemon: stories from the files and the history."""

import sqlite3
import unittest

from harness import Case, wait_for

NOW = "2026-11-20T17:12:00+01:00"


class Files(Case):
    """What the files alone tell."""

    def why(self, *words, code=0):
        return self.json("why", *words, "--now", NOW, code=code)

    def test_a_job_that_no_daemon_has_seen(self):
        self.place.job("backup/db", 'schedule = "15 2 * * *"\ncommand = "true"\n')
        self.assertEqual("backup/db has not been due yet.\n\n"
                         "because   02:15 every day\n"
                         '            schedule = "15 2 * * *"         ~/config/dsched/jobs.d/backup/db.toml:1\n'
                         "next      Sat 2026-11-21 02:15  (in 9h 3m)\n"
                         "fix       run it now:  dsched run backup/db\n", self.ok("why", "backup/db", "--now", NOW))

    def test_times_at_which_it_is_not_due(self):
        self.place.job("a", 'schedule = "15 2 * * 1"\nexcept = ["2026-12-14"]\ncommand = "true"\n')
        rows = [("2026-11-20T02:15", "no_match", "15 2 * * 1: the day does not match"),
                ("2026-11-23T03:15", "no_match", "15 2 * * 1: the day matches, the hour does not"),
                ("2026-12-14T02:15", "excepted", "that day is one of those that except takes out")]
        for at, reason, because in rows:
            with self.subTest(at=at):
                story = self.why("a", "--at", at)
                self.assertEqual(("not_due", reason, because), (story["state"], story["reason"], story["because"]))

    def test_the_evidence_of_a_key_has_its_line(self):
        path = self.place.job("a", 'command = "true"\nschedule = "15 2 * * *"\nexcept = ["2026-12-14"]\n')
        evidence = self.why("a", "--at", "2026-12-14T02:15")["evidence"]
        self.assertIn({"text": 'except = ["2026-12-14"]', "file": str(path), "line": 3}, evidence)
        self.assertIn({"text": "the last time before was Sun 2026-12-13 02:15", "file": None, "line": None}, evidence)

    def test_one_instant(self):
        self.place.job("once", 'schedule = "at 2026-11-20T02:15"\ncommand = "true"\n')
        self.assertEqual("before_start", self.why("once", "--at", "2026-11-19")["reason"])
        self.assertEqual("after_end", self.why("once", "--at", "2026-11-21")["reason"])

    def test_nights_in_which_clocks_change(self):
        self.place.job("skip", 'schedule = "30 2 * * *"\ndst_gap = "skip"\ncommand = "true"\n')
        self.place.job("once", 'schedule = "30 2 * * *"\ncommand = "true"\n')
        self.assertEqual("dst_gap", self.why("skip", "--at", "2027-03-28T03:00")["reason"])
        self.assertEqual("dst_repeat", self.why("once", "--at", "2026-10-25T02:30:00+01:00")["reason"])
        story = self.why("once", "--at", "2027-03-28T03:00")
        self.assertEqual("due", story["state"])

    def test_a_file_with_errors(self):
        path = self.place.job("bad", 'command = "true"\nschedule = "0 25 * * *"\n')
        story = self.why("bad")
        self.assertEqual(("not_known", "file_error"), (story["state"], story["reason"]))
        self.assertEqual({"text": "E304: hour 25 does not exist", "file": str(path), "line": 2}, story["evidence"][0])
        self.assertEqual("dsched check", story["fixes"][0]["command"])

    def test_a_file_that_is_ignored(self):
        (self.place.jobs_directory / "lost.txt").write_text('command = "true"\n', encoding="utf-8")
        story = self.why("lost")
        self.assertEqual(("not_known", "file_ignored"), (story["state"], story["reason"]))

    def test_a_job_that_is_disabled(self):
        self.place.job("off", 'schedule = "@daily"\nenabled = false\ncommand = "true"\n')
        story = self.why("off")
        self.assertEqual("disabled", story["reason"])
        self.assertEqual("none: the job is disabled", story["next_note"])

    def test_a_name_that_nobody_knows(self):
        self.place.job("backup", 'command = "true"\n')
        self.assertIn("no job 'bakcup'; did you mean 'backup'?", self.fails(3, "why", "bakcup"))
        self.assertIn("name of a job is missing", self.fails(2, "why"))

    def test_reasons_in_general(self):
        text = self.ok("explain", "lock_held")
        self.assertIn("A lock that the job needs was held by another run.", text)


class Runs(Case):
    """What the history of runs tells."""

    def setUp(self):
        super().setUp()
        self.place.job("good", 'command = "true"\n')
        self.place.job("bad", 'command = "exit 28"\n')
        self.place.job("none", 'command = ["/nowhere/at/all"]\n')
        self.place.run("run", "good")
        self.place.run("run", "bad")
        self.place.run("run", "none")

    def test_a_run_that_ended_ok(self):
        self.assertRegex(self.ok("why", "good"), r"^good ran today at [:0-9]+ and ended ok after \S+\.\n\n"
                                                 r"because   manual, run \w{8} on \S+\n")

    def test_a_run_that_failed(self):
        story = self.json("why", "bad")
        self.assertEqual("started", story["decision"])
        self.assertIn("ended exit 28", story["headline"])
        self.assertTrue(story["fixes"][0]["command"].startswith("dsched logs "))

    def test_a_program_that_is_not_there(self):
        story = self.json("why", "none")
        self.assertEqual(("not_started", "exec_failed"), (story["state"], story["reason"]))
        self.assertEqual("cannot execute: /nowhere/at/all: No such file or directory", story["because"])
        self.assertEqual('command = ["/nowhere/at/all"]', story["evidence"][0]["text"])

    def test_every_reason_on_record_is_told(self):
        """Writes each decision into the history, as a daemon would have."""
        path = self.place.job("nightly", 'schedule = "15 2 * * *"\ncommand = "true"\n')
        database = sqlite3.connect(self.place.state / "history.db")
        job_id = database.execute("INSERT INTO jobs (name) VALUES ('nightly')").lastrowid
        reasons = ["disabled", "paused", "overlap", "lock_held", "pool_full", "resources", "queue_full", "condition",
                   "upstream_failed", "upstream_timeout", "daemon_down", "host_asleep", "deadline_passed",
                   "clock_jumped", "no_space", "draining", "cancelled"]
        first = 1795137300  # 2026-11-20T02:15:00+01:00
        for day, reason in enumerate(reasons):
            at = (first - day * 86400) * 1_000_000
            kind = "missed" if reason in ("daemon_down", "host_asleep", "clock_jumped") else "skipped"
            database.execute("INSERT INTO decisions (job_id, firing_at, last_firing_at, firings, kind, reason, detail,"
                             " decided_at) VALUES (?, ?, ?, 1, ?, ?, '', ?)", (job_id, at, at, kind, reason, at))
        database.commit()
        database.close()
        for day, reason in enumerate(reasons):
            with self.subTest(reason=reason):
                story = self.json("why", "nightly", "--at", f"@{first - day * 86400}", "--now", NOW)
                self.assertEqual(reason, story["reason"])
                self.assertIn(story["decision"], ("skipped", "missed"))
                self.assertTrue(story["because"])
                self.assertTrue(story["fixes"])
        since = self.json("why", "nightly", "--since", "-100d", "--now", NOW)
        self.assertEqual(reasons, [story["reason"] for story in since["stories"]])
        lines = self.ok("why", "nightly", "--since", "-100d", "--now", NOW).splitlines()
        self.assertEqual(len(reasons), len(lines))
        self.assertTrue(path.exists())


class Daemon(Case):
    """What a running daemon makes of files."""

    def test_a_job_that_it_has_not_loaded(self):
        (self.place.config / "dsched.toml").write_text("[daemon]\nwatch = false\n", encoding="utf-8")
        self.place.job("old", 'schedule = "@yearly"\ncommand = "true"\n')
        self.place.daemon()
        self.place.job("new", 'schedule = "@yearly"\ncommand = "true"\n')
        story = self.json("why", "new")
        self.assertEqual(("not_loaded_yet", "dsched reload"), (story["reason"], story["fixes"][0]["command"]))
        self.assertEqual("old has not been due yet.", self.json("why", "old")["headline"])
        self.ok("reload")
        wait_for("the new one to be known", lambda: self.json("why", "new")["reason"] is None)

    def test_a_firing_while_no_daemon_runs(self):
        self.place.job("often", 'schedule = "* * * * * *"\ncommand = "true"\n')
        daemon = self.place.daemon()
        wait_for("a run", lambda: self.json("history", "often")["runs"])
        daemon.stop()
        story = wait_for("it to be said", lambda: (found := self.json("why", "often"))["state"] == "undecided" and found)
        self.assertEqual("daemon_down", story["reason"])
        self.assertIn("dsched daemon", [fix["command"] for fix in story["fixes"]])

    def test_a_file_that_went_bad_counts_more_than_what_it_did_before(self):
        self.place.job("a", 'command = "true"\n')
        self.place.daemon()
        self.ok("trigger", "a", "--wait")
        self.place.job("a", 'command = \n')
        self.assertEqual("file_error", self.json("why", "a")["reason"])

    def test_a_job_that_is_gone(self):
        path = self.place.job("a", 'command = "true"\n')
        self.place.run("run", "a")
        path.unlink()
        story = self.json("why", "a")
        self.assertEqual(("started", "none: no file defines the job"), (story["state"], story["next_note"]))


if __name__ == "__main__":
    unittest.main()
