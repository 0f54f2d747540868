"""examples/quickstart.sh, with a cmake that puts the binary under test where the build would put it."""

import os
import shutil
import subprocess
import unittest
from pathlib import Path

from harness import DSCHED, Case

ROOT = Path(__file__).resolve().parents[3]
CMAKE = f"""#!/bin/sh
mkdir -p build/quickstart/src/cli
ln -sf {Path(DSCHED).resolve()} build/quickstart/src/cli/dsched
"""


def processes_in(directory):
    """Command lines that name the directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(directory).encode() in words:
            found.append(words)
    return found


class Quickstart(Case):
    def setUp(self):
        super().setUp()
        self.checkout = self.place.root / "checkout"
        for folder in ("examples", "completions"):
            shutil.copytree(ROOT / folder, self.checkout / folder)
        (self.checkout / "tests").mkdir()
        for file in ("LICENSE", "tests/run.sh"):
            shutil.copy(ROOT / file, self.checkout / file)
        (self.checkout / "tests" / "packages.sh").write_text("build_packages=\nensure_packages() { :; }\n")
        programs = self.place.root / "bin"
        programs.mkdir()
        (programs / "cmake").write_text(CMAKE)
        (programs / "cmake").chmod(0o755)
        self.variables = self.place.environment(PATH=f"{programs}:{os.environ['PATH']}")

    def test_jobs_run_and_nothing_stays_behind(self):
        before = {path for path in self.place.root.rglob("*") if self.checkout not in path.parents}
        done = subprocess.run(["sh", self.checkout / "examples" / "quickstart.sh"], env=self.variables,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        for command in ("list", "next -n 3", "history -n 9", "logs tick"):
            self.assertIn(f"$ dsched {command}\n", done.stdout)
        self.assertRegex(done.stdout, r"tick at \d\d:\d\d:\d\d")
        self.assertEqual([], processes_in(self.checkout))
        self.assertEqual(before, {path for path in self.place.root.rglob("*") if self.checkout not in path.parents})
        self.assertEqual({"build", "completions", "examples", "tests", "LICENSE"},
                         {path.name for path in self.checkout.iterdir()})


if __name__ == "__main__":
    unittest.main()
