"""dsched logs."""

import unittest

from harness import Case, wait_for


class Logs(Case):
    def setUp(self):
        super().setUp()
        self.place.job("count", "command = 'for i in 1 2 3; do echo line $i; done; exit ${CODE:-0}'\n")
        self.place.run("run", "count")
        self.place.run("run", "count", "--env", "CODE=5")

    def test_the_latest_run(self):
        done = self.place.run("logs", "count")
        self.assertEqual("line 1\nline 2\nline 3\n", done.stdout)
        self.assertRegex(done.stderr, r"^--- count, \w{3} [-0-9]+ [:0-9]+ CET?S?T?, exit 5 after \S+, run \S{8} on \S+\n"
                                      r"--- 3 lines \(before: dsched logs count@-1\)\n$")

    def test_selectors(self):
        runs = self.json("history", "count")["runs"]
        newest, oldest = runs[0]["run_id"], runs[1]["run_id"]
        for word, run_id in (("count", newest), ("count@0", newest), ("count@-1", oldest), ("count@failed", newest),
                             ("count@ok", oldest), (newest[4:12].lower(), newest), (oldest, oldest)):
            with self.subTest(word=word):
                self.assertEqual(run_id, self.json("logs", word)["run"]["run_id"])
        for word in ("count@-2", "count@lost", "count@2001-01-01", "zzzzzzzz"):
            with self.subTest(word=word):
                self.fails(3, "logs", word)
        self.assertIn("names no run", self.fails(2, "logs", "count@frob"))
        self.assertIn("did you mean 'count'?", self.fails(3, "logs", "cuont"))

    def test_a_job_that_has_not_run(self):
        self.place.job("new", 'command = "true"\n')
        self.assertIn("'new' has not run yet", self.fails(3, "logs", "new"))

    def test_last_lines(self):
        for count, text in ((1, "line 3\n"), (2, "line 2\nline 3\n"), (3, "line 1\nline 2\nline 3\n"),
                            (9, "line 1\nline 2\nline 3\n"), (0, "")):
            self.assertEqual(text, self.ok("logs", "count", "-n", count))

    def test_the_name_of_the_file(self):
        path = self.ok("logs", "--path", "count").rstrip("\n")
        with open(path, encoding="utf-8") as file:
            self.assertEqual("line 1\nline 2\nline 3\n", file.read())

    def test_tries(self):
        self.place.job("again", 'command = "echo try $DSCHED_ATTEMPT; exit 1"\n[retry]\nmax = 1\ndelay = "1ms"\n')
        self.place.run("run", "again")
        self.assertEqual("try 2\n", self.ok("logs", "again"))
        self.assertEqual("try 1\n", self.ok("logs", "again", "--attempt", 1))
        self.assertIn("has 2 tries, not 3", self.fails(3, "logs", "again", "--attempt", 3))

    def test_error_output_kept_apart(self):
        self.place.job("two", 'command = "echo out; echo err >&2"\n[output]\ncapture = "separate"\n')
        self.place.run("run", "two")
        self.assertEqual("out\n", self.ok("logs", "two"))
        self.assertEqual("err\n", self.ok("logs", "two", "--stderr"))

    def test_bytes_pass_unchanged_into_a_pipe(self):
        self.place.job("escape", r'''command = "printf '\\033[31mred\\033[0m\\n'"''' + "\n")
        self.place.run("run", "escape")
        self.assertEqual("\x1b[31mred\x1b[0m\n", self.ok("logs", "escape"))


class Follow(Case):
    def test_it_goes_on_until_the_run_ends_and_has_its_code(self):
        gate = self.place.root / "gate"
        self.place.job("slow", f"command = 'echo one; while [ ! -e {gate} ]; do sleep 0.05; done; echo two; exit 9'\n")
        run = self.place.start("run", "slow")
        wait_for("the run to be in the history", lambda: self.json("history", "slow")["runs"])
        follow = self.place.start("logs", "-f", "slow")
        self.assertEqual("one\n", follow.stdout.readline())
        gate.touch()
        self.assertEqual("two\n", follow.stdout.readline())
        self.assertEqual(9, follow.wait(30))
        self.assertEqual(9, run.wait(30))
        for process in (run, follow):
            process.communicate()

    def test_of_an_ended_run_it_shows_all(self):
        self.place.job("quick", 'command = "echo hi; exit 3"\n')
        self.place.run("run", "quick")
        done = self.place.run("logs", "-f", "quick")
        self.assertEqual((3, "hi\n"), (done.returncode, done.stdout))


if __name__ == "__main__":
    unittest.main()
