"""dsched add."""

import unittest

from harness import Case


class Add(Case):
    def test_a_job_is_made_and_told(self):
        done = self.place.run("add", "backup/db", "-s", "15 4 * * *", "--timeout", "2h", "--", "/bin/true", "--to", "/srv")
        self.assertEqual(0, done.returncode, done.stderr)
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], r"^created  .*config/dsched/jobs\.d/backup/db\.toml$")
        self.assertEqual("when     04:15 every day (Europe/Berlin)", lines[1])
        self.assertRegex(lines[2], r"^next     \w{3} \d{4}-\d\d-\d\d 04:15   in ")
        self.assertRegex(lines[3], r"^         \w{3} \d{4}-\d\d-\d\d 04:15$")
        self.assertRegex(lines[5], r"^daemon   not running: nothing will start")
        text = (self.place.jobs_directory / "backup/db.toml").read_text()
        self.assertIn('command = ["/bin/true", "--to", "/srv"]', text.replace("     ", " ").replace("  ", " "))
        self.assertEqual("1 file fine.\n", self.ok("check"))

    def test_one_word_is_for_the_shell(self):
        self.ok("add", "hello", "--", "echo hello | tr a-z A-Z")
        self.assertEqual("HELLO\n", self.ok("run", "hello"))

    def test_an_existing_job_is_left_alone(self):
        self.ok("add", "a", "--", "true")
        before = (self.place.jobs_directory / "a.toml").read_text()
        self.assertIn("exists already", self.fails(6, "add", "a", "--", "false"))
        self.assertEqual(before, (self.place.jobs_directory / "a.toml").read_text())
        self.ok("add", "a", "--force", "--", "false")
        self.assertNotEqual(before, (self.place.jobs_directory / "a.toml").read_text())

    def test_errors_are_shown_and_nothing_is_written(self):
        rows = [(["-s", "0 25 * * *"], "E304"), (["--timeout", "30"], "E206"), (["--tz", "Europe/Berlim"], "E310")]
        for words, code in rows:
            with self.subTest(words=words):
                self.assertIn(f"error[{code}]", self.fails(2, "add", "x", *words, "--", "true"))
        self.assertIn("--env must look like NAME=VALUE", self.fails(2, "add", "x", "--env", "A B=1", "--", "true"))
        self.assertIn("'X Y' cannot be a job name", self.fails(2, "add", "X Y", "--", "true"))
        self.assertEqual([], list(self.place.jobs_directory.iterdir()))

    def test_dry_run_and_print_write_nothing(self):
        self.assertIn("would create", self.ok("add", "a", "-s", "@daily", "--dry-run", "--", "true"))
        self.assertIn("@daily", self.ok("add", "a", "-s", "@daily", "--print", "--", "true"))
        self.assertEqual([], list(self.place.jobs_directory.iterdir()))

    def test_all_options_reach_the_file(self):
        self.ok("add", "a", "-s", "@daily", "-s", "@hourly", "--tz", "Asia/Tokyo", "--timeout", "90s", "--env", "A=x y",
                "--env", 'B="', "--tag", "t", "--description", "what", "--overlap", "queue", "--retry", 2, "--disabled",
                "--", "true")
        job = self.json("list", "a")["jobs"][0]
        self.assertEqual((["@daily", "@hourly"], "Asia/Tokyo", ["t"], False),
                         (job["schedules"], job["timezone"], job["tags"], job["enabled"]))

    def test_json(self):
        done = self.place.run("add", "a", "-s", "@daily", "--json", "--", "true")
        self.assertIn('"schema":"dsched.add/1","job":"a"', done.stdout)

    def test_without_a_terminal_it_does_not_ask(self):
        self.assertIn("a name is missing", self.fails(2, "add"))

    def test_a_directory_that_cannot_be_made(self):
        (self.place.jobs_directory / "a").write_text("a file in the way")
        self.assertNotEqual(0, self.place.run("add", "a/b", "--", "true").returncode)


if __name__ == "__main__":
    unittest.main()
