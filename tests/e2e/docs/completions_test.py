"""The completions in the shells themselves: what a TAB does to a line that somebody types."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
import unittest
from pathlib import Path

from harness import DEADLINE_S, DSCHED, Case

COMPLETIONS = Path(__file__).resolve().parents[3] / "completions"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|[\a\r]")
TAB = "\t"


def as_seen(shown):
    """Without colours, and without what a backspace takes back."""
    text = CONTROL.sub("", shown)
    while "\b" in text[1:]:
        text = re.sub("[^\b]\b", "", text)
    return text


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, argv, environment, directory):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execvpe(argv[0], argv, environment)

    def close(self):
        os.close(self.master)  # the shell gets SIGHUP
        os.waitpid(self.pid, 0)

    def type(self, text):
        os.write(self.master, text.encode())

    def wait_for(self, pattern):
        """Reads until the pattern has been shown since the last call; answers what was shown."""
        shown = ""
        end = time.monotonic() + DEADLINE_S
        while not re.search(pattern, as_seen(shown)):
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"{pattern!r} was not shown within {DEADLINE_S} s, but:\n{shown!r}")
            shown += os.read(self.master, 65536).decode(errors="replace")
        return as_seen(shown)


class ShellCase(Case):
    def setUp(self):
        super().setUp()
        self.place.job("backup/db", 'command = "true"\ndescription = "Dump the database"\n')
        self.place.job("backup/files", 'command = "true"\ndescription = "Copy the files"\n')
        self.place.job("night.cron", "15 2 * * * true\n")
        self.place.file("pipeline.toml", "")
        programs = self.place.root / "bin"
        programs.mkdir()
        (programs / "dsched").symlink_to(Path(DSCHED).resolve())
        self.variables = self.place.environment(TERM="xterm", PATH=f"{programs}:{os.environ['PATH']}")


class OnTerminal:
    """The same lines for every shell that needs a terminal to complete."""

    def open(self):
        terminal = Terminal(self.argv, self.variables, self.place.root)
        self.addCleanup(terminal.close)
        terminal.type(f"{self.prepare}; echo prep''ared\n")
        terminal.wait_for(r"prepared\n(?s:.*)[#$%] $")
        return terminal

    def test_a_command(self):
        terminal = self.open()
        terminal.type("dsched hist" + TAB + "END")
        terminal.wait_for("dsched history END")

    def test_an_option(self):
        terminal = self.open()
        terminal.type("dsched list --fai" + TAB + "END")
        terminal.wait_for("--failed END")

    def test_a_job(self):
        terminal = self.open()
        terminal.type("dsched run backup/d" + TAB + "END")
        terminal.wait_for("backup/db END")

    def test_a_job_with_a_colon(self):
        terminal = self.open()
        terminal.type("dsched run nig" + TAB + "END")
        terminal.wait_for(r"night\\?:1-true END")

    def test_a_file(self):
        terminal = self.open()
        terminal.type("dsched check pipe" + TAB + "END")
        terminal.wait_for("pipeline.toml END")

    def test_several_jobs_are_shown_with_their_descriptions(self):
        terminal = self.open()
        terminal.type("dsched run back" + TAB + TAB + TAB)
        shown = terminal.wait_for(r"(?s)Dump the database.*Copy the files")
        self.assertIn("backup/db", shown)


@unittest.skipUnless(shutil.which("bash"), "bash is not installed")
class Bash(OnTerminal, ShellCase):
    argv = ["bash", "--norc", "-i"]
    prepare = f"bind 'set bell-style none'; source {COMPLETIONS}/dsched.bash"

    def test_behind_a_colon_only_the_rest_is_inserted(self):
        terminal = self.open()
        terminal.type("dsched run night:" + TAB + "END")
        terminal.wait_for("night:1-true END")


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class Zsh(OnTerminal, ShellCase):
    argv = ["zsh", "-f", "-i"]
    prepare = f"fpath=({COMPLETIONS} $fpath); autoload -U compinit; compinit -D -u"


@unittest.skipUnless(shutil.which("fish"), "fish is not installed")
class Fish(ShellCase):
    """fish says without a terminal what it would offer."""

    def offered(self, line):
        done = subprocess.run(["fish", "--no-config", "-c", f"source {COMPLETIONS}/dsched.fish; complete -C '{line}'"],
                              env=self.variables, cwd=self.place.root, capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual("", done.stderr)
        return done.stdout.splitlines()

    def test_a_command(self):
        self.assertEqual(["history\tpast runs"], self.offered("dsched hist"))

    def test_an_option(self):
        self.assertEqual(["--failed\tonly jobs whose last run failed"], self.offered("dsched list --fai"))

    def test_jobs_with_their_descriptions(self):
        self.assertEqual(["backup/db\tDump the database", "backup/files\tCopy the files"],
                         self.offered("dsched run back"))

    def test_a_file(self):
        self.assertEqual(["pipeline.toml"], [line.split("\t")[0] for line in self.offered("dsched check pipe")])

    def test_nothing_where_nothing_fits(self):
        self.assertEqual([], self.offered("dsched list --sort nothing"))


if __name__ == "__main__":
    unittest.main()
