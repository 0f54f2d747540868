"""dsched __complete: what the completions of all shells ask."""

import subprocess
import unittest
from pathlib import Path

from harness import DSCHED, Case

BASH_SCRIPT = Path(__file__).resolve().parents[3] / "completions" / "dsched.bash"


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

    def test_jobs_as_the_value_of_an_option(self):
        self.assertEqual((["backup/db"], ":nofiles"), self.complete("run", "--from", "b"))

    def test_files(self):
        self.assertEqual(([], ":files"), self.complete("check", ""))
        self.assertEqual(([], ":files"), self.complete("run", "--", ""))

    def test_it_is_silent_on_errors(self):
        self.place.job("broken", "x = \n")
        done = self.place.run("__complete", "--", "run", "")
        self.assertEqual((0, ""), (done.returncode, done.stderr))

    def test_the_script_for_bash(self):
        for words, wanted in ((["l"], "list logs"), (["list", "--so"], "--sort"), (["run", "rep"], "report")):
            quoted = " ".join(["dsched", *words])
            script = (f"dsched() {{ '{DSCHED}' \"$@\"; }}; . '{BASH_SCRIPT}'; COMP_WORDS=({quoted}); "
                      f"COMP_CWORD={len(words)}; COMP_LINE='{quoted}'; COMP_POINT={len(quoted)}; "
                      f"_dsched; echo \"${{COMPREPLY[*]}}\"")
            done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30,
                                  env=self.place.environment())
            self.assertEqual((wanted + "\n", ""), (done.stdout, done.stderr))


if __name__ == "__main__":
    unittest.main()
