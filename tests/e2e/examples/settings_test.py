"""examples/dsched.toml and the units of systemd."""

import configparser
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from harness import Case

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


class Settings(Case):
    def check(self, text):
        (self.place.config / "dsched.toml").write_text(text)
        self.place.job("one", 'command = "true"\n')
        self.ok("check", "--strict")

    def test_they_have_no_fault(self):
        self.check((EXAMPLES / "dsched.toml").read_text())

    def test_what_is_commented_out_has_no_fault_either(self):
        text = (EXAMPLES / "dsched.toml").read_text()
        self.check(re.sub(r"^# (\[|[a-zA-Z_]+ +=)", r"\1", text, flags=re.M))


class Units(unittest.TestCase):
    def unit(self, name):
        parser = configparser.ConfigParser(strict=False)
        parser.optionxform = str
        parser.read(EXAMPLES / name)
        return parser["Service"]

    def test_jobs_survive_the_daemon(self):
        for name in ("dsched.service", "dsched-user.service"):
            service = self.unit(name)
            self.assertEqual(("notify", "process", "yes"),
                             (service["Type"], service["KillMode"], service["Delegate"]), name)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_systemd_understands_them(self):
        for name in ("dsched.service", "dsched-user.service"):
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", EXAMPLES / name], capture_output=True, text=True)
            faults = [line for line in done.stderr.splitlines() if name in line and "is not executable" not in line]
            self.assertEqual([], faults)


if __name__ == "__main__":
    unittest.main()
