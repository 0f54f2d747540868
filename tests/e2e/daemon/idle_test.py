"""Ten thousand jobs in one file: quick to check and list, and no work while nothing is due."""

import time
import unittest

from harness import IS_SANITIZED, wait_for
from world import DaemonTest, cpu_seconds, measured, resident_kib

JOBS = 10_000
SPAN_S = 5


class Idle(DaemonTest):
    def setUp(self):
        super().setUp()
        self.world.job("many", "".join(
            f'[job.j{i}]\nschedule = "{i % 60} {i % 24} 1 1 *"\ncommand = "true"\n' for i in range(JOBS)))

    def timed(self, *arguments):
        before = time.monotonic()
        answer = self.world.dsched(*arguments, deadline=60)
        took = time.monotonic() - before
        self.assertEqual(answer.returncode, 0, answer.stderr[:2000])
        measured(f"dsched {' '.join(arguments)} with {JOBS} jobs: {took:.2f} s")
        self.assertLess(took, 10)
        return answer.stdout

    def wait_until_quiet(self, pid):
        """Starting has things to do behind the scenes: cursors to write, old history to drop."""
        seen = [cpu_seconds(pid)]

        def stands_still():
            time.sleep(0.5)
            seen.append(cpu_seconds(pid))
            return seen[-1] - seen[-2] < 0.01
        wait_for("the daemon has started for good", stands_still, 30)

    def test_ten_thousand_jobs_are_checked_and_listed_in_no_time(self):
        self.timed("check")
        self.assertEqual(self.timed("list", "--plain").count("\n"), JOBS)
        self.timed("next", "-n", "10")

    def test_a_daemon_with_nothing_due_does_nothing(self):
        before = time.monotonic()
        daemon = self.world.start()
        took = time.monotonic() - before
        measured(f"start of the daemon with {JOBS} jobs: {took:.2f} s, {resident_kib(daemon.pid)} KiB")
        supervisor = self.world.supervisor()
        self.wait_until_quiet(daemon.pid)
        pids = {"daemon": daemon.pid, "supervisor": supervisor}
        used = {name: cpu_seconds(pid) for name, pid in pids.items()}
        time.sleep(SPAN_S)
        for name, pid in pids.items():
            share = (cpu_seconds(pid) - used[name]) / SPAN_S
            measured(f"idle {name}: {share * 100:.2f} % of a CPU")
            if not IS_SANITIZED:
                self.assertLess(share, 0.02, name)
        self.world.stop()


if __name__ == "__main__":
    unittest.main()
