"""The state directory on a disk that is full, or read-only: told clearly, nothing forgotten, and it goes on."""

import os
import unittest

from check import check_world
from private_mounts import enter_private_mounts, fill, mount_small, set_writable, unmount
from harness import wait_for
from world import DaemonTest, need_root

TROUBLE = "the history cannot be written"
RECOVERED = "the history can be written again"


class FullDisk(DaemonTest):
    def setUp(self):
        need_root(self)
        super().setUp()
        enter_private_mounts()
        mount_small(self.world.state, "3m")
        self.addCleanup(unmount, self.world.state)
        self.filler = os.path.join(self.world.state, "filler")

    def test_a_disk_that_fills_up_stops_nothing_that_runs_and_forgets_nothing(self):
        self.world.evidence_job("tick", "every 1s", 0, 0)
        self.world.evidence_job("long", "every 20s", 4, 7, 'overlap = "skip"\n')
        self.world.start()
        wait_for("the long job runs", lambda: self.world.said("begin", "long"), 25)
        self.world.wait_run("tick", 2)
        fill(self.filler)
        wait_for("the log tells of the full disk", lambda: TROUBLE in self.world.log(), 10)
        wait_for("the long job ends meanwhile", lambda: self.world.said("end", "long"), 10)
        self.assertIsNone(self.world.daemon.poll())
        answer = self.world.dsched("history")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        began = len(self.world.said("begin", "tick"))
        os.remove(self.filler)
        wait_for("the log tells that there is room again", lambda: RECOVERED in self.world.log(), 15)
        wait_for("scheduling goes on", lambda: len(self.world.said("begin", "tick")) >= began + 3, 15)
        self.assertEqual(self.world.wait_run("long")["exit_code"], 7)
        self.assertEqual(self.world.stop(), 0)
        check_world(self, self.world, {"tick": 1}, check_output=False)
        self.assertEqual(self.world.log().count(TROUBLE), 1, "said once, not with every try")

    def test_a_daemon_killed_on_a_full_disk_finds_every_outcome_later(self):
        self.world.evidence_job("tick", "every 1s", 0, 0)
        self.world.evidence_job("long", "@reboot", 4, 7)
        self.world.start()
        wait_for("the long job runs", lambda: self.world.said("begin", "long"), 10)
        self.world.wait_run("tick", 2)
        fill(self.filler)
        wait_for("the log tells of the full disk", lambda: TROUBLE in self.world.log(), 10)
        self.world.kill()
        wait_for("the long job ends without a daemon", lambda: self.world.said("end", "long"), 10)
        again = self.world.spawn()
        wait_for("a daemon on a full disk says so, and ends or waits",
                 lambda: again.poll() is not None or self.world.log().count(TROUBLE) > 1, 15)
        self.assertIn(again.poll(), (None, 75), "no crash")
        if again.poll() is None:
            self.world.kill()
        os.remove(self.filler)
        self.world.start()
        self.assertEqual(self.world.wait_run("long")["exit_code"], 7)
        self.assertEqual(self.world.stop(), 0)
        check_world(self, self.world, {"tick": 1}, check_output=False)

    def test_term_ends_a_daemon_whose_disk_is_full(self):
        self.world.evidence_job("tick", "every 1s", 0, 0)
        self.world.start()
        self.world.wait_run("tick", 2)
        fill(self.filler)
        wait_for("the log tells of the full disk", lambda: TROUBLE in self.world.log(), 10)
        self.world.settings('[daemon]\nstop_timeout = "1s"\n')
        wait_for("the settings are loaded", lambda: "configuration loaded" in self.world.log(), 10)
        self.world.stop(20)
        os.remove(self.filler)
        self.world.start()
        self.world.wait_run("tick", 3)
        self.world.stop()
        check_world(self, self.world, {}, check_output=False)


class ReadOnly(DaemonTest):
    def setUp(self):
        need_root(self)
        super().setUp()
        enter_private_mounts()
        mount_small(self.world.state, "8m")
        self.addCleanup(unmount, self.world.state)
        self.world.evidence_job("tick", "@reboot", 0, 3)

    def test_a_daemon_refuses_a_read_only_state_directory(self):
        set_writable(self.world.state, False)
        daemon = self.world.spawn()
        self.assertEqual(daemon.wait(10), 5)
        self.assertIn(self.world.state, self.world.log())
        self.assertIn("Read-only file system", self.world.log())

    def test_a_daemon_that_has_been_here_refuses_it_too_and_readers_go_on(self):
        self.world.start()
        run = self.world.wait_run("tick")
        self.world.stop()
        set_writable(self.world.state, False)
        self.assertEqual(self.world.spawn().wait(10), 5)
        self.assertIn("Read-only file system", self.world.log())
        self.assertEqual([one["run_id"] for one in self.world.runs("tick")], [run["run_id"]])
        self.assertEqual(self.world.dsched("logs", "tick").returncode, 0)

    def test_a_run_in_the_foreground_goes_on_unrecorded_with_one_warning(self):
        set_writable(self.world.state, False)
        answer = self.world.dsched("run", "tick")
        self.assertEqual(answer.returncode, 3, answer.stderr)
        self.assertIn("line 20 of", answer.stdout)
        about_it = [line for line in answer.stderr.splitlines() if "Read-only file system" in line]
        self.assertEqual(len(about_it), 1, answer.stderr)


if __name__ == "__main__":
    unittest.main()
