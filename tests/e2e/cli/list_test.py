"""dsched list."""

import unittest

from harness import Case

NOW = "2026-11-20T17:12"
KEYS = {"name", "file", "line", "enabled", "state", "schedules", "schedule_text", "timezone", "next_at", "next_unix",
        "paused", "waiting", "running", "last", "last_success_at", "last_success_unix", "consecutive_failures", "recent", "tags"}


class List(Case):
    def setUp(self):
        super().setUp()
        self.place.job("backup/db", 'command = "true"\nschedule = "15 2 * * *"\ntags = ["night"]\n')
        self.place.job("report", 'command = "true"\nschedule = "0 9 * * 1"\nenabled = false\n')
        self.place.job("by-hand", 'command = "exit 4"\ndescription = "Only by hand"\n')

    def test_a_file_that_is_not_there(self):
        self.assertIn("cannot read none.toml: No such file", self.fails(2, "list", "-f", "none.toml"))

    def test_jobs_that_never_ran_are_new(self):
        self.assertEqual(
            "JOB        STATE     SCHEDULE          NEXT                LAST   TOOK  RECENT\n"
            "backup/db  new       02:15 every day   Sat 02:15  in 9h 3m  never  -\n"
            "by-hand    new       by hand           -                   never  -\n"
            "report     disabled  09:00 on Mondays  -                   never  -\n".replace(
                "NEXT                LAST", "NEXT                 LAST").replace(
                "-                   never", "-                    never"),
            self.ok("list", "--now", NOW))

    def test_plain_has_one_record_a_line(self):
        self.assertEqual(
            "backup/db\tnew\t15 2 * * *\t2026-11-21T02:15:00+01:00\t-\t-\t-\n"
            "by-hand\tnew\t-\t-\t-\t-\t-\n"
            "report\tdisabled\t0 9 * * 1\t-\t-\t-\t-\n",
            self.ok("list", "--plain", "--now", NOW))

    def test_columns_can_be_chosen(self):
        self.assertEqual("by-hand\tOnly by hand\n",
                         self.ok("list", "by-hand", "--plain", "--columns", "job,description"))
        self.assertEqual("JOB        TAGS\nbackup/db  night\n", self.ok("list", "--tag", "night", "--columns", "job,tags"))
        self.assertEqual("by-hand\n", self.ok("list", "by-hand", "--columns", "job", "--no-header"))

    def test_json_has_every_key(self):
        answer = self.json("list", "--now", NOW)
        self.assertEqual("dsched.list/1", answer["schema"])
        self.assertEqual("2026-11-20T17:12:00+01:00", answer["generated_at"])
        self.assertEqual("user", answer["scope"])
        self.assertEqual(["backup/db", "by-hand", "report"], [job["name"] for job in answer["jobs"]])
        for job in answer["jobs"]:
            self.assertEqual(KEYS, set(job))
        first = answer["jobs"][0]
        self.assertEqual(("15 2 * * *", "Europe/Berlin", 1795223700, None, []),
                         (first["schedules"][0], first["timezone"], first["next_unix"], first["last"], first["recent"] or []))

    def test_a_failed_run_is_shown(self):
        self.place.run("run", "by-hand")
        job = self.json("list", "by-hand")["jobs"][0]
        self.assertEqual(("failed", 1, "f"), (job["state"], job["consecutive_failures"], job["recent"]))
        self.assertEqual(("failed", 4, None, 1, "manual"),
                         tuple(job["last"][key] for key in ("result", "exit_code", "signal", "attempts", "trigger")))
        self.assertRegex(self.ok("list", "by-hand"), r"by-hand +FAILED +by hand +- +\S+( \S+)? exit 4 +\S+ +✗")
        self.assertEqual(["by-hand"], [job["name"] for job in self.json("list", "--failed")["jobs"]])

    def test_selection(self):
        for words, names in ((["backup/*"], ["backup/db"]), (["--disabled"], ["report"]),
                             (["report", "by-hand"], ["by-hand", "report"]), (["--tag", "night"], ["backup/db"]),
                             (["--failed"], [])):
            with self.subTest(words=words):
                self.assertEqual(names, [job["name"] for job in self.json("list", *words)["jobs"]])
        self.assertEqual("dsched: no job 'bakcup/db'; did you mean 'backup/db'?\n", self.fails(3, "list", "bakcup/db"))
        self.assertIn("no job 'x*'", self.fails(3, "list", "x*"))

    def test_sort(self):
        self.place.job("early", 'command = "true"\nschedule = "0 18 * * *"\n')
        names = [job["name"] for job in self.json("list", "--sort", "next", "--now", NOW)["jobs"]]
        self.assertEqual(["early", "backup/db", "by-hand", "report"], names)

    def test_a_bad_file_is_told_and_harms_no_other(self):
        self.place.job("broken", "command = \n")
        done = self.place.run("list", "--json")
        self.assertEqual(0, done.returncode)
        self.assertIn("broken.toml with errors: dsched check", done.stderr)
        self.assertIn('"by-hand"', done.stdout)

    def test_an_empty_place_is_an_empty_list(self):
        done = self.place.run("list", "--config", self.place.file("dsched.toml", ""), "--json")
        self.assertIn('"jobs":[]', done.stdout)


if __name__ == "__main__":
    unittest.main()
