"""`dsched daemon --crontab FILE` as the first process of a PID namespace, as in a container."""

import os
import signal
import subprocess
import unittest

from harness import wait_for
from world import DaemonTest, children_of, need_root, process_state, read_text

CRONTAB = """\
GREETING=hello
# dsched: name=greet
@reboot  echo "$GREETING $INHERITED"; echo second >&2
# dsched: name=fails
@reboot  echo why; exit 3
# dsched: name=minutely
* * * * *  echo minute
"""


class Container(DaemonTest):
    def setUp(self):
        need_root(self)
        super().setUp()
        self.crontab = self.world.write("crontab", CRONTAB)
        self.output = self.world.path("stdout")

    def start_container(self):
        """Answers the pid, as we see it, of the daemon that is process 1 in there."""
        with open(self.output, "wb") as output:
            outer = self.world.start("--crontab", self.crontab, stdout=output,
                                     environment={"INHERITED": "from outside"},
                                     prefix=["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"])
        return wait_for("unshare has a child", lambda: children_of(outer.pid), 5)[0]

    def stop_container(self, daemon):
        os.kill(daemon, signal.SIGTERM)
        return self.world.daemon.wait(20)

    def test_jobs_inherit_the_environment_and_write_to_our_output(self):
        daemon = self.start_container()
        wait_for("jobs write", lambda: "why" in read_text(self.output) and "second" in read_text(self.output), 10)
        lines = read_text(self.output).splitlines()
        self.assertIn("crontab/greet | hello from outside", lines)
        self.assertIn("crontab/greet | second", lines)
        self.assertIn("crontab/fails | why", lines)
        self.assertEqual(self.stop_container(daemon), 0)
        self.assertIn("pid=1 ", self.world.log())
        answer = self.world.dsched("history", "--plain")
        self.assertRegex(answer.stdout, r"crontab/fails\t.*\tfailed\t")
        self.assertRegex(answer.stdout, r"crontab/greet\t.*\tok\t")

    def test_the_first_process_reaps_orphans(self):
        daemon = self.start_container()
        before = set(children_of(daemon))
        subprocess.run(["nsenter", "--target", str(daemon), "--pid", "sh", "-c",
                        "for i in 1 2 3 4 5; do sleep 0.4 & done"], check=True)
        orphans = wait_for("orphans are ours", lambda: set(children_of(daemon)) - before, 5)
        wait_for("none stays as a zombie", lambda: all(process_state(pid) is None for pid in orphans), 10)
        self.assertEqual(self.stop_container(daemon), 0)

    def test_term_lets_runs_end_and_ends_all(self):
        self.world.write("crontab", "# dsched: name=slow\n@reboot echo begin; sleep 1.5; echo end\n")
        daemon = self.start_container()
        wait_for("the job runs", lambda: "begin" in read_text(self.output), 10)
        self.assertEqual(self.stop_container(daemon), 0)
        self.assertIn("crontab/slow | end", read_text(self.output))
        self.assertEqual(self.world.supervisors(), [])


if __name__ == "__main__":
    unittest.main()
