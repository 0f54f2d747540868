"""A daemon with files and state of its own, and jobs that leave evidence of what they did.

Jobs append to a file of their own account; check.py compares it with what dsched says.
"""

import contextlib
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from harness import DSCHED, wait_for

# sh JOB_SH SECONDS EXIT: tells when it began and ended, and writes output whose every line is known.
# EXIT "by-time" is the scheduled second modulo 4. One write per line keeps the lines of many jobs whole.
JOB_SH = """\
code=$2
[ "$code" != by-time ] || code=$((DSCHED_SCHEDULED_UNIX % 4))
key="$DSCHED_JOB $DSCHED_SCHEDULED_UNIX $DSCHED_RUN_ID $DSCHED_ATTEMPT"
echo "begin $key $$" >> "$EVIDENCE"
i=0
while [ $i -lt 20 ]; do
  i=$((i + 1))
  echo "line $i of $DSCHED_RUN_ID"
done
sleep "$1"
echo "last line of $DSCHED_RUN_ID" >&2
read -r uptime rest < /proc/uptime
echo "end $key $code $uptime" >> "$EVIDENCE"
exit $code
"""


def expected_output(run_id):
    lines = [f"line {i} of {run_id}" for i in range(1, 21)] + [f"last line of {run_id}"]
    return "".join(line + "\n" for line in lines)


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def process_state(pid):
    """The letter of proc(5), or None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_running(pid):
    return process_state(pid) not in (None, "Z", "X")


def children_of(pid):
    """Pids of the children of a process, zombies included."""
    children = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            with open(path, encoding="ascii", errors="replace") as file:
                head, _, rest = file.read().rpartition(")")
            if int(rest.split()[1]) == pid:
                children.append(int(head.split()[0]))
    return children


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", read_text(f"/proc/{pid}/status")).group(1))


def cpu_seconds(pid):
    fields = read_text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processes_with(file, text):
    """Pids whose /proc/PID/FILE (cmdline, environ) holds text, without us and zombies."""
    found = []
    for path in glob.glob(f"/proc/[0-9]*/{file}"):
        pid = int(path.split("/")[2])
        with contextlib.suppress(OSError):
            with open(path, "rb") as stream:
                if pid != os.getpid() and text.encode() in stream.read() and is_running(pid):
                    found.append(pid)
    return found


def end_process(pid, number=signal.SIGKILL):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


class World:
    """Directories, files and processes of one test. Nothing of it outlives close()."""

    def __init__(self, settings=""):
        self.root = tempfile.mkdtemp(prefix="dsched-e2e-")
        os.chmod(self.root, 0o755)
        self.config = self.path("dsched.toml")
        self.jobs = self.path("jobs.d")
        self.state = self.path("state")
        self.evidence_file = self.path("evidence")
        self.log_file = self.path("daemon.log")
        self.daemon = None
        self.supervisor_kills = []  # /proc/uptime of each
        os.mkdir(self.jobs)
        self.write("evidence", "")
        os.chmod(self.evidence_file, 0o666)  # jobs of other users write it too
        self.write("job.sh", JOB_SH)
        self.settings(settings)

    def path(self, name):
        return os.path.join(self.root, name)

    def write(self, name, text):
        """Replaces a file at once, as editors and packages do."""
        path = self.path(name)
        hidden = os.path.join(os.path.dirname(path), "." + os.path.basename(path))
        with open(hidden, "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(hidden, path)
        return path

    def settings(self, text=""):
        evidence = f'[defaults.env]\nEVIDENCE = "{self.evidence_file}"\n'
        self.write("dsched.toml", f"{text}\n{evidence}")

    def job(self, name, text):
        os.makedirs(os.path.dirname(os.path.join(self.jobs, name)), exist_ok=True)
        return self.write(f"jobs.d/{name}.toml", text)

    def evidence_job(self, name, schedule, seconds, code, more=""):
        command = json.dumps(["/bin/sh", self.path("job.sh"), str(seconds), str(code)])
        return self.job(name, f'schedule = "{schedule}"\ncommand = {command}\n{more}')

    # The daemon and its supervisor.

    def spawn(self, *arguments, environment=None, prefix=(), stdout=None):
        """Starts `dsched daemon` and waits for nothing. Its log is appended to log_file."""
        command = [*prefix, DSCHED, "daemon", "--config", self.config, "--state", self.state, *arguments]
        with open(self.log_file, "ab") as log:
            self.daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout or log, stderr=log,
                                           env={**os.environ, **(environment or {})})
        return self.daemon

    def start(self, *arguments, **options):
        """Starts a daemon and waits until it says that it runs."""
        before = self.log().count("dsched is running")
        daemon = self.spawn(*arguments, **options)
        wait_for("the daemon says that it runs",
                 lambda: daemon.poll() is not None or self.log().count("dsched is running") > before, 20)
        if daemon.poll() is not None:
            raise AssertionError(f"the daemon ended with {daemon.returncode} instead of running")
        return daemon

    def stop(self, deadline=30):
        """TERM; answers the exit code."""
        self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(deadline)

    def kill(self):
        self.daemon.kill()
        self.daemon.wait(10)

    def log(self):
        return read_text(self.log_file)

    def supervisors(self):
        return processes_with("cmdline", f"__supervisor\0--state\0{self.state}\0")

    def supervisor(self):
        """The pid of the one supervisor."""
        return wait_for("one supervisor", lambda: len(self.supervisors()) == 1 and self.supervisors()[0], 10)

    def kill_supervisors(self):
        for pid in self.supervisors():
            end_process(pid)
        self.supervisor_kills.append(float(read_text("/proc/uptime").split()[0]))

    def job_processes(self, text=None):
        """Everything that jobs of this world started and that still runs; of one run or job when text says so."""
        found = processes_with("environ", f"EVIDENCE={self.evidence_file}\0")
        chosen = found if text is None else processes_with("environ", text)
        return [pid for pid in found if pid in chosen]

    # Questions.

    def dsched(self, *arguments, deadline=30, environment=None, source=True):
        where = ["--config", self.config, "--state", self.state] if source else []
        return subprocess.run([DSCHED, *arguments, *where], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=deadline, check=False, env={**os.environ, **(environment or {})})

    def ask(self, *arguments):
        """The JSON that a command answers."""
        answer = self.dsched(*arguments, "--json")
        try:
            return json.loads(answer.stdout)
        except ValueError:
            raise AssertionError(f"dsched {arguments} exit {answer.returncode}: no JSON: {answer}") from None

    def history(self):
        return self.ask("history", "--decisions", "-n", "1000000")

    def runs(self, job=None, ended=False):
        """Runs in the history, the oldest first."""
        runs = [run for run in self.history().get("runs", []) if job in (None, run["job"])]
        return [run for run in reversed(runs) if run["result"] or not ended]

    def decisions(self, job, reason=None):
        return [one for one in self.history()["decisions"] if one["job"] == job and reason in (None, one["reason"])]

    def wait_run(self, job, count=1, deadline=20):
        """Waits until `count` runs of a job have ended, and answers the last of them."""
        ended = wait_for(f"{count} ended runs of {job}",
                         lambda: len(runs := self.runs(job, ended=True)) >= count and runs, deadline)
        return ended[count - 1]

    def output(self, run):
        return read_text(run["log"]["path"])

    def evidence(self):
        """Lines that jobs wrote, as lists of words."""
        return [line.split() for line in read_text(self.evidence_file).splitlines()]

    def said(self, word, job=None):
        """Evidence lines that begin with a word, and with the job's name after it."""
        return [line for line in self.evidence() if line[0] == word and job in (None, line[1])]

    def close(self):
        if self.daemon is not None and self.daemon.poll() is None:
            self.kill()
        for pid in self.supervisors():
            end_process(pid)
        for pid in self.job_processes():
            end_process(pid)
        shutil.rmtree(self.root, ignore_errors=True)


class DaemonTest(unittest.TestCase):
    """Gives each test a world, and shows the daemon's log when it failed."""

    settings = ""

    def setUp(self):
        self.world = World(self.settings)
        self.addCleanup(self.world.close)
        self.addCleanup(self._show_log_of_failure, self._faults())

    def run(self, result=None):
        self._result = result
        return super().run(result)

    def _faults(self):
        return len(self._result.failures) + len(self._result.errors)

    def _show_log_of_failure(self, before):
        if self._faults() > before:
            print("\n".join(["--- the daemon's log", *self.world.log().splitlines()[-60:]]), file=sys.stderr)


def need_root(test):
    """Skips where only root can make the stage. Never in CI: there it must be tried."""
    if os.geteuid() != 0 and os.environ.get("CI") != "true":
        test.skipTest("needs root")


def measured(text):
    """For the log of the test: numbers that are told, not asserted."""
    print(f"measured: {text}", flush=True)
