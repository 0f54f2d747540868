"""examples/ci.toml: the pipeline runs in a copy of the checkout, in the right order, and stops at a fault."""

import shutil
import subprocess
import unittest
from pathlib import Path

from harness import Case

ROOT = Path(__file__).resolve().parents[3]


class Pipeline(Case):
    def setUp(self):
        super().setUp()
        for folder in ("examples", "completions"):
            shutil.copytree(ROOT / folder, self.place.root / folder)
        (self.place.root / "tests").mkdir()
        for file in ("LICENSE", "tests/run.sh", "tests/packages.sh"):
            shutil.copy(ROOT / file, self.place.root / file)
        self.output = self.place.root / "build" / "ci"

    def pipeline(self, *words):
        return self.place.run("run", "-f", "examples/ci.toml", "-j2", *words)

    def test_it_leaves_an_archive_with_its_checksum(self):
        done = self.pipeline()
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        subprocess.run(["sha256sum", "-c", "dsched-examples.tar.gz.sha256"], cwd=self.output, check=True,
                       stdout=subprocess.DEVNULL)
        listing = subprocess.run(["tar", "-tzf", "dsched-examples.tar.gz"], cwd=self.output, check=True,
                                 capture_output=True, text=True).stdout
        self.assertIn("dsched-examples/housekeeping/jobs.d/backup/archive.toml\n", listing)

    def test_a_named_job_brings_those_it_comes_after(self):
        done = self.pipeline("build")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertTrue((self.output / "dsched-examples").is_dir())
        self.assertFalse((self.output / "dsched-examples.tar.gz").exists())

    def test_a_script_that_cannot_be_parsed_stops_it(self):
        (self.place.root / "examples" / "bad.sh").write_text("if true; then\n")
        done = self.pipeline()
        self.assertEqual(2, done.returncode, done.stdout + done.stderr)
        self.assertIn("bad.sh", done.stdout + done.stderr)
        self.assertFalse(self.output.exists())

    def test_a_blank_at_the_end_of_a_line_stops_it(self):
        (self.place.root / "examples" / "bad.toml").write_text("a = 1 \n")
        done = self.pipeline()
        self.assertEqual(1, done.returncode, done.stdout + done.stderr)
        self.assertIn("examples/bad.toml:1:", done.stdout)


if __name__ == "__main__":
    unittest.main()
