"""What the end-to-end tests share: a place of their own for every test, the binary run with a deadline, daemons.

The binary is the one of DSCHED_BINARY. No test sleeps for a fixed time: wait_for() looks again until a deadline.
"""

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

DSCHED = os.environ.get("DSCHED_BINARY", "dsched")
# A sanitizer's own memory and time say nothing about dsched's.
IS_SANITIZED = bool(os.environ.get("DSCHED_SANITIZE"))
DEADLINE_S = 30


def wait_for(what, condition, deadline_s=DEADLINE_S):
    """Calls condition() until it is true, and answers what it answered."""
    end = time.monotonic() + deadline_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline_s} s in vain for {what}")
        time.sleep(0.02)


class Daemon:
    """A running `dsched daemon`; stderr goes to a file."""

    def __init__(self, process, log_path):
        self.process = process
        self.log_path = log_path

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def stop(self, deadline_s=DEADLINE_S):
        """TERM, and KILL when the deadline is over; answers the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the daemon did not end within {deadline_s} s:\n{self.log()}")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Place:
    """A home directory for one test, with nothing of the caller's environment but PATH and what sanitizers read."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="dsched-e2e-")
        self.root = Path(self._directory.name).resolve()
        self.config = self.root / "config" / "dsched"
        self.jobs_directory = self.config / "jobs.d"
        self.state = self.root / "state" / "dsched"
        self.jobs_directory.mkdir(parents=True)
        self.runtime = self.root / "runtime"
        self.runtime.mkdir(mode=0o700)
        self._daemons = []

    def close(self):
        for daemon in self._daemons:
            daemon.kill()
        self.end_supervisor()
        self._directory.cleanup()

    def environment(self, **more):
        kept = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "TZDIR")
                if name in os.environ}
        return {**kept, "HOME": str(self.root), "XDG_CONFIG_HOME": str(self.root / "config"),
                "XDG_STATE_HOME": str(self.root / "state"), "XDG_RUNTIME_DIR": str(self.runtime),
                "DSCHED_SCOPE": "user", "TZ": "Europe/Berlin", "LANG": "C.UTF-8", **more}

    def job(self, name, text):
        """Writes jobs.d/NAME.toml (or NAME as it is, when it has an ending) and answers its path."""
        path = self.jobs_directory / (name if Path(name).suffix in (".toml", ".cron") else name + ".toml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
        return path

    def file(self, name, text):
        path = self.root / name
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *arguments, env=None, stdin="", deadline_s=DEADLINE_S):
        """Runs dsched to its end. stdout and stderr are text; the code is in returncode."""
        return subprocess.run([DSCHED, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                              encoding="utf-8", errors="replace", timeout=deadline_s, cwd=self.root,
                              env=self.environment(**(env or {})))

    def start(self, *arguments, env=None, **popen):
        """Starts dsched with pipes for its output; the caller waits for it."""
        return subprocess.Popen([DSCHED, *map(str, arguments)], stdin=subprocess.DEVNULL, cwd=self.root,
                                env=self.environment(**(env or {})),
                                **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **popen})

    def daemon(self, *arguments, env=None, wait=True):
        """Starts a daemon; with wait, answers when it listens."""
        log_path = self.root / f"daemon.{len(self._daemons)}.log"
        with open(log_path, "wb") as log:
            process = subprocess.Popen([DSCHED, "daemon", *map(str, arguments)], stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, cwd=self.root, env=self.environment(**(env or {})))
        daemon = Daemon(process, log_path)
        self._daemons.append(daemon)
        if wait:
            wait_for("the daemon to answer", lambda: self._answers(daemon))
        return daemon

    def _answers(self, daemon):
        if daemon.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {daemon.process.returncode}:\n{daemon.log()}")
        return self.run("reload").returncode in (0, 1)

    def end_supervisor(self):
        """A supervisor lingers after its daemon; it is found by its command line, which names our directory."""
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"__supervisor" in words and any(str(self.root).encode() in word for word in words):
                os.kill(int(entry.name), signal.SIGKILL)


class Case(unittest.TestCase):
    """A test with a place of its own."""

    maxDiff = None

    def setUp(self):
        self.place = Place()
        self.addCleanup(self.place.close)

    def ok(self, *arguments, **more):
        """Runs dsched, which must succeed; answers its stdout."""
        done = self.place.run(*arguments, **more)
        self.assertEqual(0, done.returncode, f"dsched {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
        return done.stdout

    def fails(self, code, *arguments, **more):
        """Runs dsched, which must end with the code; answers its stderr."""
        done = self.place.run(*arguments, **more)
        self.assertEqual(code, done.returncode, f"dsched {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
        return done.stderr

    def json(self, *arguments, code=0, **more):
        """Runs dsched with --json; answers the object on stdout."""
        done = self.place.run(*arguments, "--json", **more)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return json.loads(done.stdout)
