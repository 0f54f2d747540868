"""examples/container.crontab with `dsched daemon --crontab`, as it would run in a container."""

import subprocess
import unittest
from pathlib import Path

from harness import Case, Daemon, wait_for

CRONTAB = Path(__file__).resolve().parents[3] / "examples" / "container.crontab"


class Container(Case):
    def test_it_has_no_fault(self):
        crontab = self.place.file("container.cron", CRONTAB.read_text())
        self.ok("check", "--strict", crontab)

    def test_output_comes_behind_the_name_of_the_job(self):
        out, err = self.place.root / "out", self.place.root / "err"
        with open(out, "wb") as stdout, open(err, "wb") as stderr:
            process = self.place.start("daemon", "--crontab", CRONTAB, "--state", self.place.root / "data",
                                       stdout=stdout, stderr=stderr)
        daemon = Daemon(process, err)
        self.addCleanup(daemon.kill)
        wait_for("the output of the job", lambda: "container/hello | up since" in out.read_text())
        self.assertEqual(0, daemon.stop())

    def test_the_jobs_run_by_hand_too(self):
        crontab = self.place.file("container.cron", CRONTAB.read_text())
        self.assertIn("MemTotal: ", self.ok("run", "-f", crontab, "container/memory"))


if __name__ == "__main__":
    unittest.main()
