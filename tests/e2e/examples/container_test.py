"""examples/container.crontab with `dsched daemon --crontab`, as it would run in a container."""

import subprocess
import unittest
from pathlib import Path

from harness import Case, Daemon, wait_for

CRONTAB = Path(__file__).resolve().parents[3] / "examples" / "container.crontab"


class Container(Case):
    def setUp(self):
        super().setUp()
        self.crontab = self.place.file("crontab", CRONTAB.read_text())

    def test_it_has_no_fault(self):
        self.ok("check", "--strict", self.crontab)

    def test_output_comes_behind_the_name_of_the_job(self):
        out, err = self.place.root / "out", self.place.root / "err"
        with open(out, "wb") as stdout, open(err, "wb") as stderr:
            process = self.place.start("daemon", "--crontab", self.crontab, "--state", self.place.root / "data",
                                       stdout=stdout, stderr=stderr)
        daemon = Daemon(process, err)
        self.addCleanup(daemon.kill)
        wait_for("the output of the job", lambda: "crontab/hello | up since" in out.read_text())
        self.assertEqual(0, daemon.stop())

    def test_the_jobs_run_by_hand_too(self):
        self.assertIn("MemTotal: ", self.ok("run", "-f", self.crontab, "crontab/memory"))


if __name__ == "__main__":
    unittest.main()
