"""Stopping: TERM lets runs end within stop_timeout, a second one is quicker, nothing is left. What systemd hears."""

import os
import signal
import socket
import time
import unittest

from check import check_world
from harness import wait_for
from world import DaemonTest


class Drain(DaemonTest):
    settings = '[daemon]\nstop_timeout = "2s"\n'

    def start_job(self, name, seconds, more=""):
        self.world.evidence_job(name, "@reboot", seconds, 3, more)
        self.world.start()
        wait_for("the job runs", lambda: self.world.said("begin", name), 10)

    def assert_nothing_left(self):
        self.assertEqual(self.world.job_processes(), [])
        wait_for("the supervisor is gone too", lambda: not self.world.supervisors(), 5)

    def test_a_run_that_ends_in_time_ends_well(self):
        self.world.evidence_job("tick", "every 1s", 0, 0)
        self.start_job("short", 1.5)
        wait_for("the other job runs too", lambda: self.world.said("end", "tick"), 1.4)
        self.assertEqual(self.world.stop(), 0)
        self.assert_nothing_left()
        run = self.world.runs("short")[-1]
        self.assertEqual((run["result"], run["exit_code"]), ("failed", 3))
        check_world(self, self.world, {"tick": 1})

    def test_a_run_that_takes_longer_is_told_to_end(self):
        self.start_job("slow", 60)
        before = time.monotonic()
        self.assertEqual(self.world.stop(), 0)
        self.assertTrue(1.5 < time.monotonic() - before < 5, "stop_timeout, and not much more")
        self.assert_nothing_left()
        run = self.world.runs("slow")[-1]
        self.assertEqual((run["result"], run["exit_code"]), ("cancelled", 143))

    def test_a_second_term_is_quicker(self):
        self.start_job("slow", 60)
        before = time.monotonic()
        self.world.daemon.send_signal(signal.SIGTERM)
        wait_for("it drains", lambda: "nothing new is started" in self.world.log(), 5)
        self.world.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.world.daemon.wait(10), 0)
        self.assertLess(time.monotonic() - before, 1.8)
        self.assert_nothing_left()

    def test_a_job_that_ignores_term_is_killed_after_kill_after(self):
        self.world.job("deaf", 'schedule = "@reboot"\nkill_after = "1s"\n'
                               'command = "trap \'\' TERM; echo begin deaf >> $EVIDENCE; while :; do sleep 1; done"\n')
        self.world.start()
        wait_for("the job runs", lambda: self.world.said("begin", "deaf"), 10)
        before = time.monotonic()
        self.assertEqual(self.world.stop(), 0)
        self.assertLess(time.monotonic() - before, 6)
        self.assert_nothing_left()
        run = self.world.runs("deaf")[-1]
        self.assertEqual((run["result"], run["signal"]), ("cancelled", 9))

    def test_draining_starts_nothing_and_says_so(self):
        self.world.evidence_job("second", "@reboot", 0, 0, 'overlap = "queue"\n')
        self.world.job("pausing", 'schedule = "@reboot"\ncommand = "exit 1"\nretry = { max = 5, delay = "1h" }\n')
        self.start_job("first", 1)
        self.world.wait_run("second")
        self.world.stop()
        ends = [run["result"] for run in self.world.runs("pausing")]
        self.assertEqual(ends, ["failed"], "a run between attempts ends as its last attempt did")
        self.assert_nothing_left()


class ServiceManager(DaemonTest):
    settings = '[daemon]\nstop_timeout = "2s"\n'

    def listen(self, address):
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(receiver.close)
        receiver.bind(address)
        receiver.setblocking(False)
        heard = []

        def hear():
            while True:
                try:
                    heard.extend(receiver.recv(4096).decode().split("\n"))
                except BlockingIOError:
                    return heard

        return hear

    def test_a_manager_that_does_not_read_holds_nothing_up(self):
        self.listen(self.world.path("notify"))
        self.world.evidence_job("tick", "every 1s", 0, 0)
        self.world.start(environment={"NOTIFY_SOCKET": self.world.path("notify"), "WATCHDOG_USEC": "20000"})
        self.world.wait_run("tick", 3)
        self.assertEqual(self.world.stop(10), 0)

    def test_systemd_hears_of_readiness_reload_life_and_stopping(self):
        hear = self.listen(self.world.path("notify"))
        self.world.evidence_job("short", "@reboot", 1, 0)
        self.world.start(environment={"NOTIFY_SOCKET": self.world.path("notify"), "WATCHDOG_USEC": "400000"})
        wait_for("READY=1", lambda: "READY=1" in hear(), 5)
        wait_for("a sign of life every half of the time", lambda: hear().count("WATCHDOG=1") >= 4, 5)
        self.world.daemon.send_signal(signal.SIGHUP)
        wait_for("RELOADING=1, READY=1", lambda: "RELOADING=1" in hear() and hear().count("READY=1") >= 2, 5)
        self.world.daemon.send_signal(signal.SIGTERM)
        wait_for("STOPPING=1", lambda: "STOPPING=1" in hear(), 5)
        self.assertEqual(self.world.daemon.wait(10), 0)
        self.assertTrue(any(line.startswith("STATUS=") for line in hear()))

    def test_an_abstract_socket_is_one_too(self):
        name = f"dsched-e2e-{os.getpid()}"
        hear = self.listen("\0" + name)
        self.world.start(environment={"NOTIFY_SOCKET": "@" + name})
        wait_for("READY=1", lambda: "READY=1" in hear(), 5)

    def test_a_socket_that_is_not_there_harms_nobody(self):
        self.world.start(environment={"NOTIFY_SOCKET": "/nonexistent/notify"})
        self.assertEqual(self.world.stop(), 0)


if __name__ == "__main__":
    unittest.main()
