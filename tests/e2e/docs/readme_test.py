"""What README.md and its neighbours say: commands that exist, keys that exist, links that lead somewhere."""

import re
import shlex
import unittest
from pathlib import Path

from harness import Case

ROOT = Path(__file__).resolve().parents[3]
TEXTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]


class Texts(Case):
    def test_links_lead_somewhere(self):
        for text in TEXTS:
            for target in re.findall(r"\]\(([^)#]+)\)", text.read_text()):
                if not target.startswith("https://"):
                    self.assertTrue((ROOT / target).exists(), f"{text.name}: {target}")

    def test_commands_are_understood(self):
        lines = [line for text in TEXTS for line in re.findall(r"^(?:\$ )?dsched ([a-z]+ ?.*)$", text.read_text(), re.M)
                 if not line.startswith("runs jobs")]
        self.assertGreater(len(lines), 8)
        for line in lines:
            done = self.place.run(*shlex.split(re.split(r" (?:--|\||&&) ", line)[0]), "--help")
            self.assertEqual(0, done.returncode, f"dsched {line}\n{done.stderr}")

    def test_job_files_have_no_fault(self):
        readme = (ROOT / "README.md").read_text()
        jobs = re.findall(r"```toml\n(.*?)```", readme, re.S)
        self.assertEqual(4, len(jobs))
        settings, = re.findall(r"```ini\n(.*?)```", readme, re.S)
        self.place.file("config/dsched/dsched.toml", settings)
        for name, text in zip(("archive", "verify", "report", "night"), jobs):
            self.place.job(f"backup/{name}", text.replace("make-report", "true").replace("backup-all", "true"))
        self.ok("check", "--strict")


if __name__ == "__main__":
    unittest.main()
