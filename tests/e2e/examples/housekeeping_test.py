"""examples/housekeeping: every job of it does what it says, and notices what it should notice."""

import gzip
import json
import shutil
import unittest
from pathlib import Path

from harness import Case, wait_for

JOBS = Path(__file__).resolve().parents[3] / "examples" / "housekeeping" / "jobs.d"


class Housekeeping(Case):
    def setUp(self):
        super().setUp()
        shutil.copytree(JOBS, self.place.jobs_directory, dirs_exist_ok=True)
        self.data, self.backups, self.logs = (self.place.root / name for name in ("data", "backups", "logs"))
        self.data.mkdir()
        self.logs.mkdir()
        (self.data / "letter.txt").write_text("Dear reader\n")
        (self.place.config / "dsched.toml").write_text(
            "[defaults.env]\n" + "".join(f'{key}_DIR = "{path}"\n' for key, path in
                                         (("DATA", self.data), ("BACKUP", self.backups), ("LOG", self.logs))))

    def archives(self):
        return sorted(self.backups.glob("data-*.tar.gz"))

    def test_the_files_have_no_fault(self):
        self.assertIn("7 files fine", self.place.run("check", "--strict").stdout + self.place.run("check").stderr)

    def test_a_full_disk_fails_the_check_and_names_it(self):
        self.assertIn("more than 100% full", self.ok("run", "disk/check", "--env", "MAX_PERCENT=100"))
        done = self.place.run("run", "disk/check", "--env", "MAX_PERCENT=-1")
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stdout, r"/: \d+% of the space used, -1% allowed")

    def test_logs_are_compressed_and_the_oldest_fall_off(self):
        log = self.logs / "app.log"
        (self.logs / "small.log").write_text("x")
        for n in range(1, 5):
            log.write_text(f"text {n}\n" * 100)
            self.ok("run", "logs/rotate", "--env", "MIN_BYTES=100", "--env", "KEEP=3")
        self.assertEqual("", log.read_text())
        self.assertEqual("x", (self.logs / "small.log").read_text())
        kept = {path.name: gzip.decompress(path.read_bytes())[:6] for path in self.logs.glob("*.gz")}
        self.assertEqual({"app.log.1.gz": b"text 4", "app.log.2.gz": b"text 3", "app.log.3.gz": b"text 2"}, kept)

    def test_a_backup_is_made_verified_and_pruned(self):
        self.backups.mkdir()
        for day in range(1, 10):
            (self.backups / f"data-2001010{day}T000000Z.tar.gz").write_text("old")
        out = self.ok("run", "backup/archive", "backup/verify", "backup/prune")
        self.assertIn(": OK", out)
        self.assertIn("1 files came out of", out)
        self.assertIn("removed data-20010103T000000Z.tar.gz", out)
        self.assertEqual(7, len(self.archives()))

    def test_a_damaged_archive_is_noticed(self):
        self.ok("run", "backup/archive")
        with open(self.archives()[-1], "ab") as archive:
            archive.write(b"x")
        done = self.place.run("run", "backup/verify")
        self.assertEqual(1, done.returncode)
        self.assertIn("FAILED", done.stdout)

    def test_the_daemon_raises_the_alarm_when_the_backup_fails_and_does_not_verify(self):
        shutil.rmtree(self.data)
        archive = self.place.jobs_directory / "backup" / "archive.toml"
        text = archive.read_text().replace('"15 4 * * *"', '"every 1s"')
        archive.write_text(text)
        self.place.daemon()
        alarm = self.backups / "ALARM"
        wait_for("the alarm", alarm.exists)
        self.assertIn("no good backup for", alarm.read_text())
        skipped = wait_for("the decisions", lambda: [
            decision for decision in json.loads(self.ok("history", "--decisions", "--json"))["decisions"]
            if decision["job"] == "backup/verify"])
        self.assertEqual({("skipped", "upstream_failed")}, {(one["decision"], one["reason"]) for one in skipped})
        self.assertEqual([], self.archives())


if __name__ == "__main__":
    unittest.main()
