"""A job `every 1s` for 20 seconds: every second fires once, and each firing is one run."""

import datetime
import time
import unittest

from check import check_world
from world import DaemonTest, measured

SECONDS = 20


def lateness_ms(run):
    started = datetime.datetime.fromisoformat(run["started_at"])
    return (started.timestamp() - run["scheduled_unix"]) * 1000


class EverySecond(DaemonTest):
    def test_every_second_fires_once(self):
        self.world.evidence_job("tick", "every 1s", 0, 0)
        self.world.start()
        time.sleep(SECONDS)  # the time of the schedule is real time
        self.assertEqual(self.world.stop(), 0)
        history = check_world(self, self.world, {"tick": 1})
        self.assertEqual(history["decisions"], [], "nothing is skipped or missed")
        self.assertAlmostEqual(len(history["runs"]), SECONDS, delta=1)
        self.assertEqual({run["result"] for run in history["runs"]}, {"ok"})
        late = sorted(lateness_ms(run) for run in history["runs"])
        self.assertGreaterEqual(late[0], 0, "nothing starts too early")
        measured(f"start lateness p50 {late[len(late) // 2]:.1f} ms, p99 {late[-1]:.1f} ms of {len(late)} firings")


if __name__ == "__main__":
    unittest.main()
