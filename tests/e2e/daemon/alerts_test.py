"""Alerts arrive: by web address and by command, also when nobody listened at first or the daemon was killed."""

import http.server
import json
import threading
import unittest

from harness import wait_for
from world import DaemonTest, read_text


class Hook:
    """A web server that keeps what it is sent, and answers as it is told."""

    def __init__(self):
        self.received = []
        self.status = 200
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                hook.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/secret"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Alerts(DaemonTest):
    def setUp(self):
        super().setUp()
        self.hook = Hook()
        self.addCleanup(self.hook.close)
        self.told = self.world.path("told")

    def failing_job(self, name, schedule="@reboot"):
        tell = f"{{ env; cat; }} > {self.told}.tmp && mv {self.told}.tmp {self.told}"
        self.world.job(name, f'schedule = "{schedule}"\ncommand = "echo some output; exit 28 # hush"\n[notify]\n'
                             f'webhook = "{self.hook.url}"\ncommand = "{tell}"\n')

    def test_a_failure_is_told_on_every_channel(self):
        self.failing_job("sync")
        self.world.start()
        text = wait_for("the command to be run", lambda: read_text(self.told))
        [alert] = wait_for("the web address to be told", lambda: self.hook.received)
        self.assertEqual("dsched.alert/1", alert["schema"])
        self.assertEqual("failure", alert["kind"])
        self.assertEqual(28, alert["run"]["exit_code"])
        self.assertEqual("some output\n", alert["output"])
        self.assertIn("DSCHED_ALERT_JOB=sync\n", text)
        self.assertIn("\nsome output\n", text)
        self.assertNotIn("EVIDENCE", text)
        for place in (json.dumps(alert), text, self.world.log()):
            self.assertNotIn("hush", place)
        self.assertNotIn("secret", self.world.log())

    def test_what_could_not_be_delivered_is_delivered_by_the_next_daemon(self):
        self.hook.status = 503
        self.failing_job("sync")
        self.world.start()
        wait_for("a first try", lambda: "alert not delivered yet" in self.world.log())
        self.world.kill()
        self.hook.status = 200
        self.world.start()
        wait_for("another try", lambda: "alert delivered channel=http://127.0.0.1" in self.world.log(), 30)
        self.assertEqual(2, len(self.hook.received))

    def test_once_waits_until_everybody_is_told(self):
        self.failing_job("sync")
        self.world.spawn("--once")
        self.assertEqual(0, self.world.daemon.wait(30))
        self.assertEqual(1, len(self.hook.received))
        self.assertIn("DSCHED_ALERT_JOB=sync\n", read_text(self.told))

    def test_a_web_server_that_does_not_answer_does_not_keep_the_daemon_from_stopping(self):
        silent = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        self.addCleanup(silent.server_close)
        self.hook.url = f"http://127.0.0.1:{silent.server_port}/"
        self.failing_job("sync")
        self.world.start()
        wait_for("the command to be run", lambda: read_text(self.told))
        self.assertEqual(0, self.world.stop(10))


if __name__ == "__main__":
    unittest.main()
