"""State that is damaged, or of a newer dsched: refused with a clear message, and left as it is."""

import os
import sqlite3
import unittest

from harness import wait_for
from world import DaemonTest


class CorruptState(DaemonTest):
    def setUp(self):
        super().setUp()
        self.world.evidence_job("once", "@reboot", 0, 0)
        self.world.evidence_job("tick", "every 1s", 0, 0)
        self.world.start()
        self.world.wait_run("tick", 3)
        self.assertEqual(self.world.stop(), 0)
        wait_for("the supervisor ends", lambda: not self.world.supervisors(), 15)
        self.database = os.path.join(self.world.state, "history.db")
        self.journal = os.path.join(self.world.state, "supervisor.journal")

    def spoil(self, path, change):
        with open(path, "rb") as file:
            spoilt = change(file.read())
        with open(path, "wb") as file:
            file.write(spoilt)
        return spoilt

    def assert_left_alone(self, path, spoilt):
        with open(path, "rb") as file:
            self.assertEqual(file.read(), spoilt, f"{path} is untouched")

    def assert_refused(self, path, spoilt, words):
        before = len(self.world.log())
        self.assertEqual(self.world.spawn().wait(15), 75)
        said = self.world.log()[before:]
        self.assertIn(path, said)
        self.assertIn(words, said)
        self.assert_left_alone(path, spoilt)
        answer = self.world.dsched("history")
        self.assertNotEqual(answer.returncode, 0, "readers refuse it too")
        self.assertIn(path, answer.stderr)
        self.assert_left_alone(path, spoilt)

    def test_garbage_instead_of_the_history(self):
        spoilt = self.spoil(self.database, lambda old: b"garbage\n" * (len(old) // 8))
        self.assert_refused(self.database, spoilt, "--state DIR")

    def test_a_history_that_is_cut(self):
        self.assert_refused(self.database, self.spoil(self.database, lambda old: old[:len(old) // 2]), "move it away")

    def test_a_history_of_a_newer_dsched(self):
        with sqlite3.connect(self.database) as connection:
            connection.execute("PRAGMA user_version = 4242")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        self.assert_refused(self.database, self.spoil(self.database, lambda old: old), "schema version 4242")

    def test_a_damaged_journal_of_the_supervisor(self):
        def flip(old):
            self.assertGreater(len(old), 64, "there is something to damage")
            return old[:20] + bytes([old[20] ^ 0xFF]) + old[21:]

        spoilt = self.spoil(self.journal, flip)
        before = len(self.world.log())
        began = len(self.world.evidence())
        self.world.spawn()
        wait_for("the log names the journal", lambda: self.journal in self.world.log()[before:], 20)
        self.assert_left_alone(self.journal, spoilt)
        self.assertEqual(len(self.world.evidence()), began, "nothing is started without its journal")
        self.assertIn(self.world.stop(20), (0, 75))
        self.assert_left_alone(self.journal, spoilt)
        os.remove(self.journal)
        self.world.start()
        wait_for("without the damaged journal jobs run again", lambda: len(self.world.evidence()) > began, 15)

    def test_a_torn_end_of_the_journal_is_no_damage(self):
        with open(self.journal, "ab") as file:
            file.write(b"\x40\x00\x00\x00\x01\x02")
        count = len(self.world.runs("tick", ended=True))
        self.world.start()
        self.world.wait_run("tick", count + 2)
        self.assertEqual(self.world.stop(), 0)


class TwoDaemons(DaemonTest):
    def test_a_second_daemon_on_the_same_state_directory_refuses(self):
        self.world.evidence_job("tick", "every 1s", 0, 0)
        first = self.world.start()
        second = self.world.dsched("daemon")
        self.assertEqual(second.returncode, 75)
        self.assertIn(f"pid {first.pid}", second.stderr)
        self.assertIn(self.world.state, second.stderr)
        count = len(self.world.runs("tick", ended=True))
        self.world.wait_run("tick", count + 2)
        self.world.kill()
        self.world.start()  # the lock of a dead daemon holds nobody up


if __name__ == "__main__":
    unittest.main()
