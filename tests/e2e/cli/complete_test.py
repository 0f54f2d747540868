"""dsched __complete: what the completions of all shells ask."""

import unittest

from harness import Case


class Complete(Case):
    def complete(self, *words):
        lines = self.ok("__complete", "--", *words).splitlines()
        return [line.split("\t")[0] for line in lines[:-1]], lines[-1]

    def setUp(self):
        super().setUp()
        self.place.job("backup/db", 'command = "true"\ndescription = "Dump the database"\n')
        self.place.job("report", 'command = "true"\nschedule = "@daily"\n')

    def test_commands(self):
        self.assertEqual((["list", "logs"], ":nofiles"), self.complete("l"))

    def test_options(self):
        self.assertEqual(["--schedule", "--state", "--system"], sorted(self.complete("next", "--s")[0]))
        self.assertEqual(["--color", "--columns", "--config", "--count"], sorted(self.complete("next", "--co")[0]))

    def test_values(self):
        self.assertEqual((["name", "next"], ":nofiles"), self.complete("list", "--sort", "n"))
        self.assertIn("Europe/Berlin", self.complete("list", "--tz", "Europe/B")[0])
        self.assertEqual(([], ":files"), self.complete("list", "--file", ""))

    def test_jobs_with_descriptions(self):
        self.assertEqual((["backup/db", "report"], ":nofiles"), self.complete("run", ""))
        self.assertIn("backup/db\tDump the database\n", self.ok("__complete", "--", "run", "b"))

    def test_files(self):
        self.assertEqual(([], ":files"), self.complete("check", ""))
        self.assertEqual(([], ":files"), self.complete("run", "--", ""))

    def test_it_is_silent_on_errors(self):
        self.place.job("broken", "x = \n")
        done = self.place.run("__complete", "--", "run", "")
        self.assertEqual((0, ""), (done.returncode, done.stderr))


if __name__ == "__main__":
    unittest.main()
