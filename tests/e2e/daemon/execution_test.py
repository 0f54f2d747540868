"""What a job finds: environment, user, directory, umask, standard input, descriptors. And jobs that cannot start."""

import json
import os
import pwd
import socket
import unittest

from world import DaemonTest, need_root

HOME = pwd.getpwuid(os.geteuid()).pw_dir
NAME = pwd.getpwuid(os.geteuid()).pw_name
PATH = "/usr/local/bin:/usr/bin:/bin"
ROOT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Execution(DaemonTest):
    def once(self, name, command, more=""):
        """Writes a job that fires when the daemon starts. A list is executed, a text goes to the shell."""
        self.world.job(name, f'schedule = "@reboot"\ncommand = {json.dumps(command)}\n{more}')

    def output_of(self, name):
        run = self.world.wait_run(name)
        return self.world.output(run), run

    def environment_of(self, name):
        text, run = self.output_of(name)
        return dict(line.split("=", 1) for line in text.split("\0") if line), run

    def test_the_environment_is_built_from_nothing(self):
        self.once("env", ["env", "-0"], 'timeout = "90s"\n[retry]\nmax = 2\n')
        self.world.start(environment={"SECRET_OF_THE_DAEMON": "1", "LANG": "C.UTF-8", "PATH": "/bin:/usr/bin:/sbin"})
        found, run = self.environment_of("env")
        root = os.geteuid() == 0
        fixed = {"HOME": HOME, "LOGNAME": NAME, "USER": NAME, "SHELL": "/bin/sh", "PATH": ROOT_PATH if root else PATH,
                 "LANG": "C.UTF-8", "PWD": HOME, "EVIDENCE": self.world.evidence_file,
                 "DSCHED_JOB": "env", "DSCHED_RUN_ID": run["run_id"], "DSCHED_ATTEMPT": "1",
                 "DSCHED_MAX_ATTEMPTS": "3", "DSCHED_SCHEDULED_UNIX": str(run["scheduled_unix"]),
                 "DSCHED_LAST_SUCCESS_AT": "", "DSCHED_TRIGGER": "boot", "DSCHED_HOST": socket.gethostname(),
                 "DSCHED_SCOPE": "system" if root else "user", "DSCHED_FENCE_TOKEN": str(run["fence"])}
        for name, value in fixed.items():
            self.assertEqual(found.get(name), value, name)
        changing = {"DSCHED_SCHEDULED_AT", "DSCHED_PREVIOUS_AT", "DSCHED_FIRING", "DSCHED_DEADLINE_UNIX",
                    "DSCHED_TMPDIR", "DSCHED_OUTPUT"}
        self.assertEqual(set(found) - set(fixed), changing, "and nothing else")
        self.assertAlmostEqual(int(found["DSCHED_DEADLINE_UNIX"]), run["scheduled_unix"] + 90, delta=5)

    def test_the_job_adds_to_its_environment(self):
        self.world.write("file.env", "# comment\nFROM_FILE=file\nexport QUOTED='a b'\nBOTH=file\n")
        self.once("env", ["env", "-0"], f"""
timezone = "Europe/Berlin"
env_file = ["{self.world.path('file.env')}", "-{self.world.path('absent.env')}"]
[env]
BOTH = "job"
COMPOSED = "${{HOME}}/x:$$HOME"
DSCHED_JOB = "cannot be set"
""")
        self.world.start()
        found, _ = self.environment_of("env")
        self.assertEqual([found.get(name) for name in ("FROM_FILE", "QUOTED", "BOTH", "COMPOSED", "TZ", "DSCHED_JOB")],
                         ["file", "a b", "job", f"{HOME}/x:$HOME", "Europe/Berlin", "env"])

    def test_previous_firing_and_last_success_are_told(self):
        self.world.job("data", 'schedule = "*/2 * * * * *"\ntimezone = "UTC"\n'
                               'command = "echo $DSCHED_PREVIOUS_AT $DSCHED_SCHEDULED_AT $DSCHED_LAST_SUCCESS_AT"\n')
        self.world.start()
        text, run = (self.world.output(run := self.world.wait_run("data", 2)), run)
        previous, scheduled, success = text.split()
        first = self.world.runs("data")[0]
        self.assertEqual(scheduled[:19], run["scheduled_at"].replace("+00:00", "Z")[:19])
        self.assertNotEqual(previous, scheduled)
        self.assertLess(first["scheduled_unix"], run["scheduled_unix"])
        self.assertTrue(success)

    def test_a_job_is_alone_with_its_descriptors(self):
        self.once("fds", "ls /proc/self/fd; ps -o sid=,pgid=,pid=,tty= -p $$; umask; grep Sig[BI] /proc/$$/status; "
                         "pwd; wc -c < /dev/stdin")
        self.world.start()
        text, _ = self.output_of("fds")
        lines = text.splitlines()
        self.assertEqual(lines[:3], ["0", "1", "2"])
        self.assertEqual(lines[3], "3", "the directory that ls reads")
        sid, group, pid, terminal = lines[4].split()
        self.assertEqual((sid, group, terminal), (pid, pid, "?"))
        self.assertEqual(lines[5], "0022")
        self.assertEqual({line.split()[1] for line in lines[6:8]}, {"0" * 16}, "no signal is blocked or ignored")
        self.assertEqual(lines[8:], [HOME, "0"])

    def test_input_directory_umask_and_arguments(self):
        self.world.write("input", "from a file")
        self.once("text", "cat", 'stdin = "from the job"\n')
        self.once("file", "cat", f'stdin = "file:{self.world.path("input")}"\n')
        self.once("where", "pwd; umask", 'dir = "/usr"\numask = "077"\n')
        self.once("words", ["printf", "%s|", "a b", "$HOME", "*", ""])
        self.world.job("script", 'schedule = "@reboot"\nscript = """\n#!/usr/bin/env python3\nprint(6 * 7)\n"""\n')
        self.world.start()
        self.assertEqual(self.output_of("text")[0], "from the job")
        self.assertEqual(self.output_of("file")[0], "from a file")
        self.assertEqual(self.output_of("where")[0], "/usr\n0077\n")
        self.assertEqual(self.output_of("words")[0], "a b|$HOME|*||")
        self.assertEqual(self.output_of("script")[0], "42\n")

    def test_streams_can_be_kept_apart(self):
        self.once("apart", "echo out; echo err >&2", '[output]\ncapture = "separate"\n')
        self.world.start()
        text, run = self.output_of("apart")
        self.assertEqual(text, "out\n")
        with open(run["log"]["path"].replace(".log", ".err"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "err\n")

    def test_root_runs_jobs_as_somebody_else(self):
        need_root(self)
        self.once("nobody", "id -un; id -gn; id -G; grep -E '^(Uid|Gid|Cap(Eff|Prm))' /proc/self/status; env | grep -E "
                            "'^(HOME|USER|LOGNAME)='; touch /etc/dsched-e2e 2>/dev/null || echo denied",
                  'user = "nobody"\ndir = "/"\n')
        self.once("group", "id -un; id -gn", 'group = "daemon"\n')
        self.world.start()
        text, run = self.output_of("nobody")
        self.assertEqual(sorted(text.splitlines()), sorted([
            "nobody", "nogroup", "65534", "Uid:\t65534\t65534\t65534\t65534", "Gid:\t65534\t65534\t65534\t65534",
            "CapPrm:\t" + "0" * 16, "CapEff:\t" + "0" * 16, "HOME=/nonexistent", "LOGNAME=nobody", "USER=nobody",
            "denied"]))
        self.assertEqual(run["user"], "nobody")
        self.assertEqual(self.output_of("group")[0], "root\ndaemon\n")

    def test_what_cannot_start_says_why(self):
        self.world.write("plain", "not a program")
        self.once("no-program", ["/nonexistent/program"])
        self.once("not-executable", [self.world.path("plain")])
        self.once("no-dir", "true", 'dir = "/nonexistent/dir"\n')
        self.once("no-env", "true", 'env_file = "/nonexistent/env"\n')
        self.once("no-input", "true", 'stdin = "file:/nonexistent/input"\n')
        expected = {"no-program": (127, "/nonexistent/program"), "not-executable": (126, self.world.path("plain")),
                    "no-dir": (125, "/nonexistent/dir"), "no-env": (125, "/nonexistent/env"),
                    "no-input": (125, "/nonexistent/input")}
        if os.geteuid() == 0:
            self.once("no-user", "true", 'user = "no-such-user"\n')
            expected["no-user"] = (125, "no-such-user")
        self.world.start()
        for name, (code, what) in expected.items():
            run = self.world.wait_run(name)
            self.assertEqual((run["result"], run["exit_code"]), ("failed", code), name)
            self.assertIn(what, run["attempts"][0]["failure"], name)
        for reason in ("exec_failed", "dir_missing"):
            self.assertIn(f"reason={reason}", self.world.log())
        self.assertNotIn("/nonexistent/program", "".join(
            line for line in self.world.log().splitlines() if " ended " in line), "no command lines")


if __name__ == "__main__":
    unittest.main()
